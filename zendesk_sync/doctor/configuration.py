"""Is everything in the account that ``setup`` makes, and as the service relies on it? From setup's own plan. Pure."""

from __future__ import annotations

from zendesk_sync.account_settings import Account
from zendesk_sync.doctor.checks import Check, fail, ok, warn
from zendesk_sync.policy.handbook import Handbook
from zendesk_sync.provision.found import Found
from zendesk_sync.provision.items import Action, Item, Kind, Plan
from zendesk_sync.sync.connection import field_map
from zendesk_sync.zendesk.configuration import Trigger, Webhook
from zendesk_sync.zendesk.fields import NATIVE_PRIORITY, OurField, official_field

APPLY = "zendesk-sync setup plan shows it, setup apply mends it"
REQUIRED = frozenset({Kind.FIELD, Kind.ORGANIZATION_FIELD, Kind.WEBHOOK, Kind.TRIGGER})
"""Without these the service cannot work, or hears of nothing; forms and views are for people."""
COSMETIC = frozenset({"title", "hint for agents", "shown to end users", "order of options", "name"})
"""What may differ while the service works as it should."""
AT_WORK = {
    Kind.FIELD: "there, with its options",
    Kind.FORM: "shows our fields to agents",
    Kind.ORGANIZATION_FIELD: "there",
    Kind.WEBHOOK: "active",
    Kind.TRIGGER: "active, calls the webhook, and leaves out what zendesk_sync writes itself",
    Kind.VIEW: "there",
}


def made(planned: Plan, found: Found) -> list[Check]:
    """One check for each thing that setup makes."""
    unguarded = {trigger.id for trigger in found.triggers if not _guarded(trigger, planned)}
    return [_made(item, unguarded=item.kind is Kind.TRIGGER and item.id in unguarded) for item in planned.items]


def official(found: Found, settings: Account, handbook: Handbook) -> Check:
    """The field that counts: there, active, with a value for every level.

    Raises:
        ConfigurationError: it is not; says what to do.
    """
    field, values = official_field(found.ticket_fields, handbook, settings.official, settings.prefix)
    return ok("official priority", f'"{field.title}", with {", ".join(values.values())}')


def inputs(found: Found, settings: Account, handbook: Handbook) -> Check:
    """All fields together as the service looks for them when it starts.

    Raises:
        ConfigurationError: what would keep it from starting.
    """
    count = len(field_map(settings, handbook, found.ticket_fields).answers)
    return ok("inputs", f"every field that the configuration names is there; {count} answer the checklists")


def official_action(found: Found, settings: Account, handbook: Handbook) -> str:
    """What a rule's action calls the official priority.

    Raises:
        ConfigurationError: as :func:`official`.
    """
    if settings.official == NATIVE_PRIORITY:
        return NATIVE_PRIORITY
    field, _ = official_field(found.ticket_fields, handbook, settings.official, settings.prefix)
    return f"custom_fields_{field.id}"


def our_actions(planned: Plan) -> dict[str, str]:
    """What rules' actions call the fields that setup made, with their titles."""
    ours = (item for item in planned.items if item.kind is Kind.FIELD and item.ours and item.id is not None)
    return {f"custom_fields_{item.id}": item.title for item in ours}


def our_webhook(planned: Plan, found: Found) -> Webhook | None:
    """The webhook that setup made."""
    ids = [item.id for item in planned.items if item.kind is Kind.WEBHOOK and item.ours]
    return next((one for one in found.webhooks if one.id in ids), None)


def _made(item: Item, *, unguarded: bool) -> Check:
    if item.action is Action.KEEP:
        return ok(item.what, item.reason if item.reason and not item.differences else _kept(item))
    mended = [one for one in item.differences if one.mended]
    said = "missing" if item.action is Action.CREATE else item.reason
    said += "".join(f"; {one.aspect} is {one.theirs}, expected {one.ours}" for one in mended)
    if unguarded:
        said += "; its guard is gone, so that every write of zendesk_sync calls the service again"
    needed = item.action is Action.CREATE or any(one.aspect not in COSMETIC for one in mended)
    return (fail if item.kind in REQUIRED and needed else warn)(item.what, said, APPLY)


def _kept(item: Item) -> str:
    mine = ", ".join(one.aspect for one in item.differences)
    return AT_WORK[item.kind] + (f"; left as a person has it: {mine}" if mine else "")


def _guarded(trigger: Trigger, planned: Plan) -> bool:
    """Whether it leaves out updates that flip the Sync mark, which every write of ours does."""
    mark = f"custom_fields_{planned.words.get(OurField.MARK.value)}"
    return any(one.field == mark and one.operator == "not_changed" for one in trigger.conditions.all)
