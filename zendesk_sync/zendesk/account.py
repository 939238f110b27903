"""The account around the tickets: who we are, fields, forms, webhooks, triggers, views. Low volume, through zenpy.

The only module that imports zenpy, and none of its objects leave it. Its rules here: no cache, no credentials, no
retries of its own, one instance a thread, fresh objects for every write, and never a filter that it may drop silently.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Protocol, TypeVar

import msgspec
from requests.exceptions import InvalidSchema

from zendesk_sync.errors import (
    AccessDenied,
    ConfigurationError,
    CredentialsRejected,
    UnexpectedAnswer,
    ZendeskSyncError,
)
from zendesk_sync.zendesk.client import Client
from zendesk_sync.zendesk.configuration import (
    FieldOption,
    OrganizationField,
    TicketField,
    TicketForm,
    Trigger,
    TriggerDefinitions,
    View,
    Webhook,
)
from zendesk_sync.zendesk.records import User, convert
from zendesk_sync.zendesk.transport import zenpy_session

# zenpy can only spell https://SUBDOMAIN.DOMAIN. It is given a name that no resolver knows, and the adapter sends what
# it asks there to the account: nothing zenpy does can reach another host.
STAND_IN = ("zendesk-account", "invalid")
FORBIDDEN = ("ZENPY_FORCE_SCHEME", "ZENPY_FORCE_NETLOC", "DEBUG_LOG")
T = TypeVar("T")
Payload = Mapping[str, object]


class Account(Protocol):
    """One account's configuration, in our own terms.

    Payloads are the JSON objects of Zendesk's reference pages without their envelope; what is not in one is not
    changed, except where said. Every method raises the errors of :meth:`.client.Client.request`. A write is never
    repeated once it may have been applied, except a deletion: its ``NotFound`` may mean that the first try did it.
    """

    def me(self) -> User:
        """The user behind the credentials.

        Raises:
            CredentialsRejected: Zendesk sees nobody (it answers 200 with an anonymous user).
            AccessDenied: the user is neither agent nor admin.
        """

    def ticket_fields(self) -> list[TicketField]:
        """All ticket fields, system fields and inactive ones included."""

    def create_ticket_field(self, payload: Payload) -> TicketField:
        """Create a ticket field; option values must be unique over all fields, which Zendesk may not check."""

    def update_ticket_field(self, id: int, payload: Payload) -> TicketField:  # noqa: A002
        """Change a ticket field.

        A ``custom_field_options`` list *replaces* the field's options: those left out are deleted, and removed from
        all tickets. Read, merge, and send each kept option with its ``id``; or use :meth:`put_option`.
        """

    def put_option(self, field_id: int, *, name: str, value: str, id: int | None = None) -> FieldOption:  # noqa: A002
        """Add one option to a drop-down or multi-select, or rename the one with ``id``, leaving the others alone."""

    def delete_ticket_field(self, id: int) -> None:  # noqa: A002
        """Delete a ticket field; its values vanish from the tickets, its tags stay."""

    def organization_fields(self) -> list[OrganizationField]:
        """All organization fields."""

    def create_organization_field(self, payload: Payload) -> OrganizationField:
        """Create an organization field; ``key`` and ``type`` are final."""

    def update_organization_field(self, id: int, payload: Payload) -> OrganizationField:  # noqa: A002
        """Change an organization field; an option list replaces the options, as with ticket fields."""

    def delete_organization_field(self, id: int) -> None:  # noqa: A002
        """Delete an organization field and its values."""

    def ticket_forms(self) -> list[TicketForm]:
        """All ticket forms."""

    def set_form_fields(self, form_id: int, field_ids: Sequence[int]) -> TicketForm:
        """Replace the list of fields on a form, in this order."""

    def webhooks(self) -> list[Webhook]:
        """All webhooks."""

    def create_webhook(self, payload: Payload) -> Webhook:
        """Create a webhook; ``subscriptions`` is final."""

    def update_webhook(self, id: str, payload: Payload) -> None:  # noqa: A002
        """Change some properties of a webhook (PATCH: a PUT would drop what it does not name)."""

    def delete_webhook(self, id: str) -> None:  # noqa: A002
        """Delete a webhook; refused while a trigger uses it."""

    def signing_secret(self, webhook_id: str) -> str:
        """The secret that a webhook's deliveries are signed with. Never log it."""

    def triggers(self) -> list[Trigger]:
        """All triggers, inactive ones included."""

    def trigger_definitions(self) -> TriggerDefinitions:
        """What this account's triggers may test and do."""

    def create_trigger(self, payload: Payload) -> Trigger:
        """Create a trigger."""

    def update_trigger(self, id: int, payload: Payload) -> Trigger:  # noqa: A002
        """Change a trigger. Giving conditions or actions replaces *both*: send them together."""

    def delete_trigger(self, id: int) -> None:  # noqa: A002
        """Delete a trigger."""

    def views(self) -> list[View]:
        """All views, inactive ones included."""

    def create_view(self, payload: Payload) -> View:
        """Create a view from ``title``, ``all``, ``any``, ``output``, ``restriction``."""

    def update_view(self, id: int, payload: Payload) -> View:  # noqa: A002
        """Change a view; each of ``all``, ``any``, ``output`` replaces what was there."""

    def delete_view(self, id: int) -> None:  # noqa: A002
        """Delete a view."""


class ZenpyAccount:
    """:class:`Account` through zenpy, on top of ``client``. Safe to share between threads.

    Raises:
        ConfigurationError: a variable is set that makes zenpy write ticket data to the log or call another host.
    """

    def __init__(self, client: Client, environ: Mapping[str, str] = os.environ) -> None:
        if found := [name for name in FORBIDDEN if name in environ]:
            raise ConfigurationError(
                f"environment variable {found[0]}: must not be set; it makes the zenpy library log everything or call "
                f"another host. Unset it and start again"
            )
        logging.getLogger("zenpy").setLevel(logging.INFO)
        self._client = client
        self._threads = threading.local()

    def me(self) -> User:
        user = self._one(lambda zenpy: zenpy.users.me(), User)
        if user.id is None:
            raise CredentialsRejected(f"{self._client.url} answers as to an anonymous visitor; check the credentials")
        if user.role not in {"agent", "admin"}:
            raise AccessDenied(
                f"user {user.id} behind the credentials has the role {user.role!r}; an agent or admin is needed"
            )
        return user

    def ticket_fields(self) -> list[TicketField]:
        return self._all("ticket_fields", lambda zenpy: zenpy.ticket_fields(), TicketField)

    def create_ticket_field(self, payload: Payload) -> TicketField:
        return self._one(lambda zenpy: zenpy.ticket_fields.create(_fresh("TicketField", payload)), TicketField)

    def update_ticket_field(self, id: int, payload: Payload) -> TicketField:  # noqa: A002
        return self._one(lambda zenpy: zenpy.ticket_fields.update(_fresh("TicketField", payload, id)), TicketField)

    def put_option(self, field_id: int, *, name: str, value: str, id: int | None = None) -> FieldOption:  # noqa: A002
        option: dict[str, object] = (
            {"name": name, "value": value} if id is None else {"id": id, "name": name, "value": value}
        )
        return self._one(
            lambda zenpy: zenpy.ticket_fields.options.create_or_update(field_id, _fresh("CustomFieldOption", option)),
            FieldOption,
        )

    def delete_ticket_field(self, id: int) -> None:  # noqa: A002
        self._client.request("DELETE", f"/api/v2/ticket_fields/{id:d}", repeatable=True)

    def organization_fields(self) -> list[OrganizationField]:
        return self._all("organization_fields", lambda zenpy: zenpy.organization_fields(), OrganizationField)

    def create_organization_field(self, payload: Payload) -> OrganizationField:
        return self._one(
            lambda zenpy: zenpy.organization_fields.create(_fresh("OrganizationField", payload)), OrganizationField
        )

    def update_organization_field(self, id: int, payload: Payload) -> OrganizationField:  # noqa: A002
        return self._one(
            lambda zenpy: zenpy.organization_fields.update(_fresh("OrganizationField", payload, id)), OrganizationField
        )

    def delete_organization_field(self, id: int) -> None:  # noqa: A002
        self._client.request("DELETE", f"/api/v2/organization_fields/{id:d}", repeatable=True)

    def ticket_forms(self) -> list[TicketForm]:
        return self._all("ticket_forms", lambda zenpy: zenpy.ticket_forms(), TicketForm)

    def set_form_fields(self, form_id: int, field_ids: Sequence[int]) -> TicketForm:
        change = {"ticket_field_ids": list(field_ids)}
        return self._one(lambda zenpy: zenpy.ticket_forms.update(_fresh("TicketForm", change, form_id)), TicketForm)

    def webhooks(self) -> list[Webhook]:
        return self._all("webhooks", lambda zenpy: zenpy.webhooks.list(), Webhook)

    def create_webhook(self, payload: Payload) -> Webhook:
        return self._one(lambda zenpy: zenpy.webhooks.create(_fresh("Webhook", payload)), Webhook)

    def update_webhook(self, id: str, payload: Payload) -> None:  # noqa: A002
        self._do(lambda zenpy: zenpy.webhooks.patch(_fresh("Webhook", payload, id)))

    def delete_webhook(self, id: str) -> None:  # noqa: A002
        self._client.request("DELETE", f"/api/v2/webhooks/{id}", repeatable=True)

    def signing_secret(self, webhook_id: str) -> str:
        return self._one(lambda zenpy: zenpy.webhooks.show_secret(webhook_id), _Secret).secret

    def triggers(self) -> list[Trigger]:
        return self._all("triggers", lambda zenpy: zenpy.triggers(), Trigger)

    def trigger_definitions(self) -> TriggerDefinitions:
        # zenpy has no such call.
        answer, _ = self._client.call(_Definitions, "GET", "/api/v2/triggers/definitions")
        return answer.definitions

    def create_trigger(self, payload: Payload) -> Trigger:
        return self._one(lambda zenpy: zenpy.triggers.create(_fresh("Trigger", payload)), Trigger)

    def update_trigger(self, id: int, payload: Payload) -> Trigger:  # noqa: A002
        return self._one(lambda zenpy: zenpy.triggers.update(_fresh("Trigger", payload, id)), Trigger)

    def delete_trigger(self, id: int) -> None:  # noqa: A002
        self._client.request("DELETE", f"/api/v2/triggers/{id:d}", repeatable=True)

    def views(self) -> list[View]:
        return self._all("views", lambda zenpy: zenpy.views(), View)

    def create_view(self, payload: Payload) -> View:
        return self._one(lambda zenpy: zenpy.views.create(_fresh("View", payload)), View)

    def update_view(self, id: int, payload: Payload) -> View:  # noqa: A002
        return self._one(lambda zenpy: zenpy.views.update(_fresh("View", payload, id)), View)

    def delete_view(self, id: int) -> None:  # noqa: A002
        self._client.request("DELETE", f"/api/v2/views/{id:d}", repeatable=True)

    def _one(self, ask: Callable[[Any], Any], shape: type[T]) -> T:
        return convert([_plain(self._do(ask))], shape)[0]

    def _all(self, key: str, ask: Callable[[Any], Any], shape: type[T]) -> list[T]:
        def collect(zenpy: Any) -> list[dict[str, object]]:
            found = ask(zenpy)
            # An answer about something else looks to zenpy like an empty list, and "no fields" would be acted upon.
            if key not in found._response_json:  # noqa: SLF001  the only place that tells
                raise UnexpectedAnswer(f"the answer holds no {key}")
            return [_plain(item) for item in found]

        return convert(self._do(collect), shape)

    def _do(self, ask: Callable[[Any], T]) -> T:
        with _own_errors():
            return ask(self._zenpy())

    def _zenpy(self) -> Any:
        # Not safe across threads: the last written object lives on the shared API object. Building one takes 0.8 ms.
        if not hasattr(self._threads, "zenpy"):
            from zenpy import Zenpy

            subdomain, domain = STAND_IN
            self._threads.zenpy = Zenpy(
                subdomain=subdomain,
                domain=domain,
                anonymous=True,
                disable_cache=True,
                session=zenpy_session(self._client.exchange, f"https://{subdomain}.{domain}", self._client.url),
            )
        return self._threads.zenpy


class _Secret(msgspec.Struct):
    secret: str


class _Definitions(msgspec.Struct):
    definitions: TriggerDefinitions


def _fresh(kind: str, payload: Payload, id: int | str | None = None) -> Any:  # noqa: A002
    """A new zenpy object with nothing but the payload: updating a fetched one would send back whatever was read."""
    from zenpy.lib import api_objects

    fresh = getattr(api_objects, kind)()
    for key, value in ({**payload} if id is None else {**payload, "id": id}).items():
        setattr(fresh, key, value)  # given to the constructor, a None would be dropped instead of sent
    return fresh


def _plain(item: Any) -> dict[str, object]:
    """A zenpy object as plain data. Where zenpy could not read an answer it hands out the raw response instead."""
    from zenpy.lib.api_objects import BaseObject

    if not isinstance(item, BaseObject):
        raise UnexpectedAnswer("the answer is not the record that the API describes")
    data: dict[str, object] = json.loads(item.to_json())
    return {key: value for key, value in data.items() if value is not None}  # it adds a None for each absent property


@contextlib.contextmanager
def _own_errors() -> Iterator[None]:
    """Our own exceptions pass; whatever zenpy and requests trip over while reading an answer becomes one of them."""
    try:
        yield
    except ZendeskSyncError:
        raise
    except InvalidSchema:
        raise UnexpectedAnswer("refused to follow a page link to another host") from None
    except Exception as error:  # noqa: BLE001  any type at all, and its text may hold a whole answer: name the type only
        raise UnexpectedAnswer(f"zenpy could not work with Zendesk's answer ({type(error).__name__})") from None
