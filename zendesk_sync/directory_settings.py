"""The part of the configuration about a directory of customers: any JSON API that answers by HTTP GET."""

from __future__ import annotations

import re
from typing import Annotated
from urllib.parse import parse_qsl, urlsplit

from pydantic import AfterValidator, BaseModel, Field, model_validator
from pydantic_core import PydanticCustomError

from zendesk_sync.settings_model import FROZEN, LOOPBACK, SECRET_KEY
from zendesk_sync.toml_file import UNSHOWN

ASKED_BY = ("organization_id", "external_id", "domain", "name")
"""What an address may hold in braces, of the organization; ``domain`` also of a requester without one."""
PLACE = re.compile(r"\{([^{}]*)\}")
HEADER = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
SCHEME = re.compile(r"\s*(bearer|basic|token)\s", re.IGNORECASE)
QUOTATIONS = ("'", '"', "%27", "%22")
SECRET_PLACE = "{secret}"  # noqa: S105  the placeholder


def _address(value: str) -> str:
    if "@" in (parts := urlsplit(value)).netloc:
        raise PydanticCustomError(UNSHOWN, "credentials do not belong into the address; use headers and {secret}")
    if any(SECRET_KEY.search(key) for key, _ in parse_qsl(parts.query, keep_blank_values=True)):
        raise PydanticCustomError(UNSHOWN, "a secret does not belong into the address; use headers and {secret}")
    origin = f"{parts.scheme}://{parts.netloc}"
    if not (re.fullmatch(r"https://[A-Za-z0-9.-]+(:\d+)?", origin) or LOOPBACK.fullmatch(origin)):
        raise ValueError("must be https://HOST/... (plain http only for this machine)")
    return value


def _template(value: str) -> str:
    _address(value)
    places = PLACE.findall(value)
    allowed = ", ".join(f"{{{name}}}" for name in ASKED_BY)
    if not places or not set(places) <= set(ASKED_BY) or set("{}") & set(PLACE.sub("", value)):
        raise ValueError(f"must hold one or more of {allowed}, and no other braces")
    if any(quotation in value.lower() for quotation in QUOTATIONS) and set(places) != {"organization_id"}:
        raise ValueError("with quotes in it may hold {organization_id} alone: any other value could end the quotes")
    if urlsplit(value).fragment:
        raise ValueError("must have no #fragment, which no server ever sees")
    return value


def _pointer(value: str) -> str:
    if not re.fullmatch(r"(/([^~]|~[01])*)+", value):
        raise ValueError("must be a JSON pointer (RFC 6901), such as /properties/plan or /records/0/Plan__c")
    return value


def _headers(value: dict[str, str]) -> dict[str, str]:
    for name, text in value.items():
        if not HEADER.fullmatch(name):
            raise ValueError(f"{name!r} is no name of a header")
        if not text.isprintable() or not text.isascii() or set(PLACE.findall(text)) - {"secret"}:
            raise PydanticCustomError(UNSHOWN, f"{name}: must be one line of ASCII, in braces only {SECRET_PLACE}")
        if (SECRET_KEY.search(name) or name.lower() == "cookie" or SCHEME.match(text)) and SECRET_PLACE not in text:
            raise PydanticCustomError(
                UNSHOWN,
                f'{name}: a secret does not belong into this file; write for example "Bearer {SECRET_PLACE}" here, and '
                f"the secret itself as directory_secret into ACCOUNT.secrets.toml or the environment",
            )
    return value


Pointer = Annotated[str, AfterValidator(_pointer)]
Seconds = Annotated[float, Field(gt=0, allow_inf_nan=False)]


class Directory(BaseModel):
    """A directory of customers.

    Attributes:
        url: what is asked, with ``{organization_id}``, ``{external_id}``, ``{domain}`` or ``{name}`` of the
            organization; values are percent-encoded. 404 says that the directory does not know the customer.
        headers: name -> text, with ``{secret}`` in the place of the account's ``directory_secret``.
        token_url: where an OAuth client gets its tokens (``client_credentials``); its secret is ``directory_secret``.
        client_id: that client.
        plan: JSON pointer to the plan's name in the answer.
        paying: JSON pointer to whether they pay (true or false, yes or no).
        lifecycle: JSON pointer to where the customer stands, in the words of ``customers.lifecycles``.
        deployment: JSON pointer to where they run the product: Cloud, self-hosted.
        plan_ends: JSON pointer to the plan's last day.
        fresh_seconds: so long an answer is used without asking again.
        stale_seconds: so long an old answer is used while the directory is down.
        timeout_seconds: of one request.
        tries: of one question; repeated are lost connections and 5xx.
    """

    model_config = FROZEN

    url: Annotated[str, AfterValidator(_template)]
    headers: Annotated[dict[str, str], AfterValidator(_headers)] = {}
    token_url: Annotated[str, AfterValidator(_address)] | None = None
    client_id: str | None = None
    plan: Pointer | None = None
    paying: Pointer | None = None
    lifecycle: Pointer | None = None
    deployment: Pointer | None = None
    plan_ends: Pointer | None = None
    fresh_seconds: Seconds = 3600.0
    stale_seconds: Seconds = 86_400.0
    timeout_seconds: Annotated[float, Field(gt=0, le=30)] = 5.0
    tries: Annotated[int, Field(ge=1, le=5, strict=True)] = 3

    @property
    def host(self) -> str:
        """For people: who is asked."""
        return urlsplit(self.url).netloc

    @property
    def needs_secret(self) -> bool:
        return self.token_url is not None or any(SECRET_PLACE in text for text in self.headers.values())

    @model_validator(mode="after")
    def _whole(self) -> Directory:
        if not (self.plan or self.paying or self.lifecycle):
            raise ValueError("says nothing of who pays; give a JSON pointer as plan, paying or lifecycle")
        if (self.token_url is None) != (self.client_id is None):
            raise ValueError("token_url and client_id belong together; give both or neither")
        if self.token_url is not None and any(name.lower() == "authorization" for name in self.headers):
            raise ValueError("headers.Authorization and token_url exclude each other; keep one of them")
        if self.stale_seconds < self.fresh_seconds:
            raise ValueError("stale_seconds must not be less than fresh_seconds")
        return self
