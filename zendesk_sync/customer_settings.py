"""The part of the configuration that says where the customer's plan stands (policy §2, "where the facts come from")."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BaseModel, Field, ValidationInfo, model_validator

from zendesk_sync.directory_settings import Directory
from zendesk_sync.settings_model import FROZEN


class SourceName(StrEnum):
    """Where a customer's plan may stand; the order is the one in which they are asked."""

    FIELD = "organization_field"
    ORGANIZATION_TAGS = "organization_tags"
    USER_TAGS = "user_tags"
    TABLE = "table"
    DIRECTORY = "directory"


class Column(StrEnum):
    """The columns of a table of customers: three by which one is found, the others with the answer."""

    ORGANIZATION_ID = "organization_id"
    DOMAIN = "domain"
    NAME = "name"
    PLAN = "plan"
    PAYING = "paying"
    LIFECYCLE = "lifecycle"
    DEPLOYMENT = "deployment"
    PLAN_ENDS = "plan_ends"


class Lifecycle(StrEnum):
    """Where a customer stands: before the sale, a customer, or one no more."""

    PRESALES = "presales"
    ACTIVE = "active"
    EXPIRED = "expired"


def _beside_the_configuration(value: str, info: ValidationInfo) -> str:
    folder = (info.context or {}).get("folder")
    return value if folder is None else str((Path(folder) / value).resolve())


class Part(BaseModel):
    """Frozen, and an unknown key is an error."""

    model_config = FROZEN


class Table(Part):
    """A table of customers.

    Attributes:
        file: CSV or TSV (by its name's end), UTF-8, relative to the configuration file.
        columns: our column -> the header in the file, where they differ.
    """

    file: Annotated[str, Field(min_length=1), AfterValidator(_beside_the_configuration)]
    columns: dict[Column, Annotated[str, Field(min_length=1)]] = {}


LIFECYCLES = {
    "active": Lifecycle.ACTIVE,
    "customer": Lifecycle.ACTIVE,
    "live": Lifecycle.ACTIVE,
    "paying": Lifecycle.ACTIVE,
    "renewal": Lifecycle.ACTIVE,
    "evangelist": Lifecycle.ACTIVE,
    "trial": Lifecycle.PRESALES,
    "evaluation": Lifecycle.PRESALES,
    "poc": Lifecycle.PRESALES,
    "presales": Lifecycle.PRESALES,
    "prospect": Lifecycle.PRESALES,
    "lead": Lifecycle.PRESALES,
    "marketingqualifiedlead": Lifecycle.PRESALES,
    "salesqualifiedlead": Lifecycle.PRESALES,
    "opportunity": Lifecycle.PRESALES,
    "expired": Lifecycle.EXPIRED,
    "cancelled": Lifecycle.EXPIRED,
    "canceled": Lifecycle.EXPIRED,
    "churned": Lifecycle.EXPIRED,
    "former": Lifecycle.EXPIRED,
    "inactive": Lifecycle.EXPIRED,
}
"""Words that records use for where a customer stands, HubSpot's lifecycle stages among them."""

Words = dict[Annotated[str, Field(min_length=1)], Annotated[str, Field(min_length=1)]]


class Customers(Part):
    """Where the customer's plan stands (policy §2, "customer, paying, deployment, lifecycle").

    Attributes:
        sources: which are asked, in this order; by default those that are configured, in the order of the words here.
        plan_field: key of the organization field that holds the plan.
        deployment_field: key of the organization field that says Cloud or self-hosted.
        plan_ends_field: key of the organization field with the plan's last day.
        organization_tags: tag of an organization -> plan of the policy file, customer type, or ``expired``.
        user_tags: the same for tags of the requester.
        table: a file of customers.
        directory: a JSON API that knows the customers.
        lifecycles: further words -> ``presales``, ``active`` or ``expired``.
        public_domains: further mail domains that anybody can have, which never identify a customer.
    """

    sources: list[SourceName] = []
    plan_field: str = "zs_plan"
    deployment_field: str = "zs_deployment"
    plan_ends_field: str = "zs_plan_ends"
    organization_tags: Words = {}
    user_tags: Words = {}
    table: Table | None = None
    directory: Directory | None = None
    lifecycles: dict[str, Lifecycle] = {}
    public_domains: list[str] = []

    @property
    def chain(self) -> tuple[SourceName, ...]:
        """The sources in the order in which they are asked."""
        return tuple(self.sources) or tuple(name for name in SourceName if self._has(name))

    @property
    def field_keys(self) -> dict[str, str]:
        """Setting -> key of each organization field that is read; none where the chain does not ask for them."""
        if SourceName.FIELD not in self.chain:
            return {}
        return {name: getattr(self, name) for name in ("plan_field", "deployment_field", "plan_ends_field")}

    def lifecycle(self, word: str) -> Lifecycle | None:
        """What a record's word says; None where it is in neither list."""
        known = LIFECYCLES | {_plain(key): value for key, value in self.lifecycles.items()}
        return known.get(_plain(word))

    @model_validator(mode="after")
    def _chain_and_parts_agree(self) -> Customers:
        if len(set(self.sources)) != len(self.sources):
            raise ValueError(f"sources: each at most once; found {', '.join(self.sources)}")
        for name in self.sources:
            if not self._has(name):
                raise ValueError(f"sources: {name.value} is named, but customers.{name.value} says nothing; add it")
        for name in SourceName:
            if self.sources and self._has(name) and name not in self.sources and name is not SourceName.FIELD:
                raise ValueError(f"sources: customers.{name.value} is configured, but not named here; add or delete it")
        return self

    def _has(self, name: SourceName) -> bool:
        return name is SourceName.FIELD or bool(getattr(self, name.value))


def _plain(word: str) -> str:
    return "".join(word.casefold().split()).replace("_", "").replace("-", "")
