"""Wire records of the account's configuration: fields, forms, webhooks, triggers, views.

Shapes: https://developer.zendesk.com/api-reference/ticketing/tickets/ticket_fields/ and its neighbours under
"business rules" and "webhooks".
"""

from __future__ import annotations

import msgspec
from msgspec import field


class FieldOption(msgspec.Struct, frozen=True, kw_only=True):
    """One option of a drop-down or multi-select; ``value`` is the tag it sets. System options have no ``id``."""

    name: str
    value: str
    id: int | None = None
    raw_name: str | None = None
    default: bool = False


class TicketField(msgspec.Struct, frozen=True, kw_only=True):
    """A ticket field; a drop-down is a ``tagger``. ``sub_type_id`` 1 on priority means no low and no urgent."""

    id: int
    type: str
    title: str
    raw_title: str | None = None
    key: str | None = None
    tag: str | None = None
    description: str | None = None
    agent_description: str | None = None
    position: int | None = None
    sub_type_id: int | None = None
    active: bool = True
    removable: bool = True
    required: bool = False
    visible_in_portal: bool = False
    editable_in_portal: bool = False
    required_in_portal: bool = False
    custom_field_options: tuple[FieldOption, ...] = ()
    system_field_options: tuple[FieldOption, ...] = ()


class OrganizationField(msgspec.Struct, frozen=True, kw_only=True):
    """An organization field; ``type`` is ``dropdown`` for a drop-down."""

    id: int
    key: str
    type: str
    title: str
    description: str | None = None
    position: int | None = None
    active: bool = True
    system: bool = False
    custom_field_options: tuple[FieldOption, ...] = ()


class TicketForm(msgspec.Struct, frozen=True, kw_only=True):
    """A ticket form and the fields on it, in order."""

    id: int
    name: str
    display_name: str | None = None
    active: bool = True
    default: bool = False
    end_user_visible: bool = False
    ticket_field_ids: tuple[int, ...] = ()


class WebhookAuthentication(msgspec.Struct, frozen=True, kw_only=True):
    """How a webhook authenticates itself. The secret part is never given back."""

    type: str
    add_position: str | None = None


class Webhook(msgspec.Struct, frozen=True, kw_only=True):
    """A webhook; its signing secret is asked for separately."""

    id: str
    name: str
    endpoint: str
    status: str = "active"
    description: str | None = None
    http_method: str = "POST"
    request_format: str = "json"
    subscriptions: tuple[str, ...] = ()
    authentication: WebhookAuthentication | None = None


class Condition(msgspec.Struct, frozen=True, kw_only=True):
    """One condition of a trigger or view."""

    field: str
    operator: str
    value: object = None


class Conditions(msgspec.Struct, frozen=True, kw_only=True):
    """All of ``all`` and at least one of ``any`` must hold."""

    all: tuple[Condition, ...] = ()
    any: tuple[Condition, ...] = ()


class Action(msgspec.Struct, frozen=True, kw_only=True):
    """What a trigger does; ``notification_webhook`` has ``[webhook id, body as JSON text]`` as value."""

    field: str
    value: object = None


class Trigger(msgspec.Struct, frozen=True, kw_only=True):
    """A ticket trigger."""

    id: int
    title: str
    active: bool = True
    default: bool = False
    description: str | None = None
    position: int | None = None
    category_id: str | int | None = None
    conditions: Conditions = Conditions()
    actions: tuple[Action, ...] = ()
    updated_stamp: str | None = field(name="updated_at", default=None)


class DefinedValue(msgspec.Struct, frozen=True, kw_only=True):
    """One value that a trigger condition allows."""

    value: object = None
    title: str | None = None
    enabled: bool = True


class Defined(msgspec.Struct, frozen=True, kw_only=True):
    """One subject that this account's triggers may test or change, with its operators and values."""

    subject: str
    title: str | None = None
    type: str | None = None
    operators: tuple[DefinedValue, ...] = ()
    values: tuple[DefinedValue, ...] = ()


class TriggerDefinitions(msgspec.Struct, frozen=True, kw_only=True):
    """What triggers of this account may be made of."""

    conditions_all: tuple[Defined, ...] = ()
    conditions_any: tuple[Defined, ...] = ()
    actions: tuple[Defined, ...] = ()


class View(msgspec.Struct, frozen=True, kw_only=True):
    """A view. What was written as ``all``, ``any`` and ``output`` comes back as ``conditions`` and ``execution``."""

    id: int
    title: str
    active: bool = True
    description: str | None = None
    position: int | None = None
    conditions: Conditions = Conditions()
    execution: dict[str, object] = field(default_factory=dict)
    restriction: dict[str, object] | None = None
