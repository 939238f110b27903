"""The configuration of one Zendesk account: where it is, who is who in it, and which fields of its own are meant."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator, BaseModel, BeforeValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from zendesk_sync.customer_settings import Customers
from zendesk_sync.settings_model import FROZEN, LOOPBACK, spelled
from zendesk_sync.toml_file import UNSHOWN
from zendesk_sync.workload_settings import WorkloadAdvice


def _account_url(value: str) -> str:
    value = value.rstrip("/")
    if "@" in value:
        raise PydanticCustomError(UNSHOWN, "credentials do not belong into the address; must be https://HOST")
    if not (re.fullmatch(r"https://[a-z0-9.-]+(:\d+)?", value) or LOOPBACK.fullmatch(value)):
        raise ValueError("must be https://HOST (plain http only for this machine, such as http://127.0.0.1:8099)")
    return value


def _email(value: str) -> str:
    # Not even the message may hold it: people write EMAIL/token:TOKEN, as Zendesk's own examples do.
    if not re.fullmatch(r"[^@\s/:]+@[^@\s/:]+", value):
        raise PydanticCustomError(UNSHOWN, "must be the email address of a Zendesk user, and nothing else")
    return value


class Part(BaseModel):
    """Frozen, and an unknown key is an error."""

    model_config = FROZEN


class People(Part):
    """How the account tells customer engineers and colleagues from customers (policy §2, "reporter").

    Attributes:
        our_domains: mail domains of the company itself; who writes from there is a colleague.
        ce_domains: mail domains whose people are customer engineers.
        ce_tag: the user tag that marks a customer engineer.
        bots: ids of the users under whose name bots write; their comments are receipts, never a first response.
    """

    our_domains: list[str] = []
    ce_domains: list[str] = []
    ce_tag: str = "customer_engineer"
    bots: list[int] = []


class Inputs(Part):
    """The account's own ticket fields and tags that facts are read from, by field title or id.

    Attributes:
        presales_exception_tag: the ticket tag with which a person lets a prospect write to support directly.
        beta_tags: ticket tags that say that the issue is about an experimental or beta feature.
        wish_field: a field in which people say how urgent they find it; quoted in a note, never obeyed.
        answers: checklist item -> the field whose filling answers it.
    """

    presales_exception_tag: str = "presales_exception"
    beta_tags: list[str] = ["beta", "experimental"]
    wish_field: str | int | None = None
    answers: dict[str, str | int] = {}


class OwnField(Part):
    """A drop-down of the account's own that takes the place of one of our inputs; a title or an id alone will do.

    Attributes:
        field: its exact title, or its id.
        options: its options, by tag or title -> our word; needed where they do not say it themselves.
    """

    field: str | int
    options: dict[str, Annotated[str, BeforeValidator(lambda word: str(word) if type(word) is int else word)]] = {}

    @model_validator(mode="before")
    @classmethod
    def _alone(cls, value: object) -> object:
        if isinstance(value, str) or type(value) is int:
            return {"field": value}
        if not isinstance(value, dict):
            raise ValueError("must be the title or the id of a ticket field")  # noqa: TRY004  pydantic's way
        return value


class Fields(Part):
    """Which fields of the account take the place of ours; none by default.

    Attributes:
        severity: in the place of "Severity".
        presales_severity: in the place of "Pre-sales severity".
        cannot_wait: in the place of "Cannot wait a day".
    """

    severity: OwnField | None = None
    presales_severity: OwnField | None = None
    cannot_wait: OwnField | None = None


class Account(Part):
    """One Zendesk account. Secrets are not here; see :class:`Secrets`.

    Attributes:
        url: the account's own address, such as ``https://acme.zendesk.com``.
        client_id: the OAuth client that signs in, by its own secret.
        email: the user whose API token signs in, where there is no OAuth client; Zendesk retires API tokens.
        keyring: secrets that stand in neither environment nor file are looked up in the system keyring.
        prefix: what the tags of our fields' options begin with; a-z, 0-9 and _.
        official: the field that holds the official priority: Zendesk's own ``priority``, or a drop-down's title or id.
        jobs: bulk jobs of ours at once; all integrations of an account share 30.
        rate_share: our part of the rate limits; agents and other integrations keep the rest.
        paused: nothing is written to the account, whatever the store says; see ``zendesk-sync pause``.
        fields: the account's own fields in the place of our inputs.
        workload: when surge is suggested.
        forms: the ticket forms that show our fields, by name or id; every active one where none is named.
    """

    url: Annotated[str, AfterValidator(_account_url)]
    client_id: str | None = None
    email: Annotated[str, AfterValidator(_email)] | None = None
    keyring: bool = False
    prefix: Annotated[str, spelled(r"[a-z0-9_]{1,20}", "must be 1 to 20 of a-z, 0-9 and _")] = "zs_"
    official: str | int = "priority"
    jobs: Annotated[int, Field(ge=1, le=30, strict=True)] = 8
    rate_share: Annotated[float, Field(gt=0, le=1, allow_inf_nan=False)] = 0.5
    paused: Annotated[bool, Field(strict=True)] = False
    people: People = People()
    customers: Customers = Customers()
    inputs: Inputs = Inputs()
    fields: Fields = Fields()
    workload: WorkloadAdvice = WorkloadAdvice()
    forms: list[str | int] = []
