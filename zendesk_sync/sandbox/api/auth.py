"""Who calls: OAuth bearer tokens, API tokens over Basic, and nobody.

Source: Zendesk API reference, Introduction > Security and authentication; OAuth tokens for grant types.
"""

import base64
import secrets

from starlette.requests import Request

from zendesk_sync.sandbox.api.call import Call, Reply, rule
from zendesk_sync.sandbox.errors import Refused, forbidden, invalid_token, unauthenticated
from zendesk_sync.sandbox.model import users
from zendesk_sync.sandbox.model.values import integer_or_none
from zendesk_sync.sandbox.state import State
from zendesk_sync.sandbox.store import Doc

TOKEN = "token"  # noqa: S105 - the name of a kind of record
DEFAULT_SCOPE = "read write"
_SHORTEST, _LONGEST = 300, 172_800


def identify(state: State, request: Request) -> Doc | None:
    """Return the acting user; None without credentials; refuse wrong ones and those whose scope does not reach."""
    header = request.headers.get("authorization", "")
    if not header:
        return None
    scheme, _, value = header.partition(" ")
    if scheme.lower() == "bearer":
        return _bearer(state, request, value.strip())
    if scheme.lower() == "basic":
        return _basic(state, value.strip())
    raise unauthenticated()


def issue(state: State, user_id: int, *, scope: str = DEFAULT_SCOPE, lifetime: int | None = None) -> str:
    """Make a bearer token that acts as a user."""
    value = secrets.token_hex(32)
    expires = None if lifetime is None else state.clock.timestamp() + lifetime
    state.store.put(TOKEN, value, {"user_id": user_id, "scope": scope, "expires": expires})
    return value


def _bearer(state: State, request: Request, value: str) -> Doc:
    if secrets.compare_digest(value.encode(), state.secret("token").encode()):
        user = users.get(state, state.named_id("owner"))
    else:
        token = state.store.get(TOKEN, value)
        if token is None or (token["expires"] is not None and token["expires"] <= state.clock.timestamp()):
            raise invalid_token()
        if not _reaches(token["scope"], request):
            raise forbidden()
        user = users.get(state, token["user_id"])
    if user is None or user["suspended"] or not user["active"]:
        raise invalid_token()
    return user


def _basic(state: State, value: str) -> Doc:
    try:
        name, _, secret = base64.b64decode(value, validate=True).decode().partition(":")
    except ValueError:  # neither Base64, nor ASCII, nor UTF-8
        raise unauthenticated() from None
    user = users.by_email(state, name.removesuffix("/token")) if name.endswith("/token") else None
    if user is None or not users.is_staff(user):
        raise unauthenticated()
    if not secrets.compare_digest(secret.encode(), state.secret("api_token").encode()):
        raise unauthenticated()
    return user


def _reaches(scope: str, request: Request) -> bool:
    mode = "read" if request.method in {"GET", "HEAD"} else "write"
    pieces = request.url.path.removeprefix("/api/v2/").split("/")
    return bool({mode, f"{pieces[0]}:{mode}"} & set(scope.split()))


def create_token(call: Call) -> Reply:
    """`POST /oauth/tokens`, JSON or form: `{"grant_type": "client_credentials", "client_id", "client_secret"}`: 201.

    The token acts as the integration user, who owns the client.
    """
    given = call.form()
    if given.get("grant_type") != "client_credentials":
        return _oauth_error(400, "unsupported_grant_type", "The authorization grant type is not supported.")
    known = (str(given.get("client_id") or ""), str(given.get("client_secret") or ""))
    wanted = (call.state.secret("client_id"), call.state.secret("client_secret"))
    if not all(secrets.compare_digest(a.encode(), b.encode()) for a, b in zip(known, wanted, strict=True)):
        text = "Client authentication failed due to unknown client, no client authentication included, or unsupported."
        return _oauth_error(401, "invalid_client", text)
    seconds = integer_or_none(given.get("expires_in"))
    if given.get("expires_in") is not None and (seconds is None or not _SHORTEST <= seconds <= _LONGEST):
        return _oauth_error(400, "invalid_request", f"expires_in must be between {_SHORTEST} and {_LONGEST}.")
    scope = str(given.get("scope") or DEFAULT_SCOPE)
    value = issue(call.state, call.state.named_id("integration"), scope=scope, lifetime=seconds)
    body: Doc = {"access_token": value, "token_type": "bearer", "scope": scope}
    return Reply(body if seconds is None else {**body, "expires_in": seconds}, 201)


def _oauth_error(status: int, error: str, description: str) -> Reply:
    return Reply({"error": error, "error_description": description}, status)


def _current(call: Call) -> str:
    return call.request.headers.get("authorization", "").partition(" ")[2].strip()


def show_current(call: Call) -> Reply:
    """`GET /oauth/tokens/current`: `{"token": {"user_id", "scopes", "expires_at"}}`, never the token itself."""
    token = call.state.store.get(TOKEN, _current(call)) or {"scope": DEFAULT_SCOPE}
    return Reply({"token": {"user_id": call.me["id"], "scopes": token["scope"].split()}})


def revoke_current(call: Call) -> Reply:
    """`DELETE /oauth/tokens/current`: the token in use stops working."""
    if not call.state.store.delete(TOKEN, _current(call)):
        raise Refused(404, {"error": "RecordNotFound", "description": "Not found"})
    return Reply(status=204)


ROUTES = [
    rule("POST", "/oauth/tokens", create_token, "nobody"),
    rule("GET", "/api/v2/oauth/tokens/current", show_current, "user"),
    rule("DELETE", "/api/v2/oauth/tokens/current", revoke_current, "user"),
]
