"""One visit to an agent page: who is acting, what was sent, and whether it came from this machine's own page.

There is no login. A page elsewhere must not act through a visitor's browser, so the Host header has to name this
machine, and what a browser says of a request's origin has to be this very address.
"""

from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from zendesk_sync.sandbox.agent import reading
from zendesk_sync.sandbox.errors import Refused
from zendesk_sync.sandbox.model import users
from zendesk_sync.sandbox.model.values import whole_number
from zendesk_sync.sandbox.state import State
from zendesk_sync.sandbox.store import Doc

COOKIE = "acting_as"
_LARGEST = 1_000_000
_SUGGESTED = 60
_PAGES = Environment(loader=PackageLoader("zendesk_sync.sandbox"), autoescape=True, undefined=StrictUndefined)
_PAGES.filters["moment"] = reading.moment
_PAGES.filters["word"] = reading.word


@dataclass(frozen=True, slots=True)
class Visit:
    """A request to a page. `form` has every value of a name, in order."""

    state: State
    request: Request
    user: Doc
    form: dict[str, list[str]]

    @property
    def is_staff(self) -> bool:
        return users.is_staff(self.user)

    @property
    def is_light(self) -> bool:
        """Whether this is a light agent, who only writes internal notes."""
        return users.is_light(self.user)

    @property
    def is_admin(self) -> bool:
        return bool(self.user["role"] == "admin")

    def given(self, name: str) -> str | None:
        """Return the last value sent under a name; None when there was none."""
        values = self.form.get(name)
        return values[-1] if values else None

    def html(self, template: str, status: int = 200, **values: Any) -> Response:
        """Return a page; `error` and `saved` are shown on top of it."""
        shown = {"error": None, "saved": None, **values}
        text = _PAGES.get_template(template).render(
            visit=self, here=self.request.url.path, people=_suggestions(self.state), **shown
        )
        policy = "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'"
        headers = {"content-security-policy": policy, "referrer-policy": "same-origin", "cache-control": "no-store"}
        return HTMLResponse(text, status, headers)

    def missing(self, what: str) -> Response:
        return self.html("missing.html", 404, what=what)


Handler = Callable[[Visit], Response]


def page(path: str, handler: Handler, method: str = "GET") -> Route:
    """Return the route to a page; everything it does is one transaction."""

    async def endpoint(request: Request) -> Response:
        state: State = request.app.state.sandbox
        if not _is_own(request, state):
            return Response("This page is for a browser on this machine, at its own address.\n", 403)
        body = await request.body() if method == "POST" else b""
        form: dict[str, list[str]] = {}
        if len(body) <= _LARGEST:
            for name, value in parse_qsl(body.decode(errors="replace"), keep_blank_values=True):
                form.setdefault(name, []).append(value)
        visit = Visit(state, request, _acting(state, request), form)
        try:
            with state.store.transaction():
                return handler(visit)
        except Refused as refused:
            return visit.html("refused.html", refused.status, reason=reading.reason(refused))

    return Route(path, endpoint, methods=[method])


def _is_own(request: Request, state: State) -> bool:
    """Whether the address is this machine's, and, when something is changed, whether our own page asks for it."""
    host = request.headers.get("host", "")
    name = urlsplit(f"//{host}").hostname or ""
    bound = urlsplit(state.base_url).hostname or ""
    if not (_is_loopback(name) or bound in {name, "0.0.0.0"}):  # noqa: S104 - compared, not bound
        return False
    if request.method == "GET":
        return True
    origin, site = request.headers.get("origin"), request.headers.get("sec-fetch-site")
    return origin in {None, f"http://{host}"} and site in {None, "same-origin", "none"}


def _is_loopback(name: str) -> bool:
    try:
        return name == "localhost" or ip_address(name).is_loopback
    except ValueError:
        return False


def _acting(state: State, request: Request) -> Doc:
    """Return the chosen user; the account's owner when none was chosen, or the chosen one is gone."""
    chosen = users.get(state, whole_number(request.cookies.get(COOKIE, "")))
    owner = users.get(state, state.named_id("owner"))
    if chosen is not None and chosen["active"]:
        return chosen
    if owner is None:
        raise LookupError("owner")
    return owner


def _suggestions(state: State) -> list[Doc]:
    """Return people to choose from: all staff, then the customers who were added last."""
    sql = (
        "SELECT json_extract(body, '$.email'), json_extract(body, '$.name'), json_extract(body, '$.role') FROM record "
        "WHERE kind = 'user' AND json_extract(body, '$.email') IS NOT NULL AND json_extract(body, '$.active') "
        "ORDER BY json_extract(body, '$.role') = 'end-user', id DESC LIMIT ?"
    )
    rows = state.store.select(sql, (_SUGGESTED,))
    return [{"email": email, "name": name, "role": role} for email, name, role in rows]


def act_as(visit: Visit) -> Response:
    """Choose who is acting, by e-mail address; then back to where one was."""
    email = (visit.given("email") or "").strip()
    person = users.by_email(visit.state, email) if email else None
    back = visit.given("next") or ""
    back = back if back.startswith("/agent") else "/agent"
    if person is None or not person["active"]:
        return visit.html("refused.html", 422, reason=f"There is no user with the e-mail address “{email}”.")
    answer = RedirectResponse(back, 303)
    answer.set_cookie(COOKIE, str(person["id"]), httponly=True, samesite="strict", path="/agent")
    return answer


ROUTES = [page("/agent/act-as", act_as, "POST")]
