"""Takes back what setup made, and nothing else: what carries our line. A field of our name alone is told, and left.

Trigger before webhook, since Zendesk does not let go of a webhook in use; fields last, since views and forms show them.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from zendesk_sync.errors import NotFound
from zendesk_sync.provision.blueprint import Blueprint
from zendesk_sync.provision.found import Found
from zendesk_sync.provision.items import Action, Item, Kind, Plan
from zendesk_sync.zendesk.account import Account
from zendesk_sync.zendesk.configuration import OrganizationField, TicketField, Trigger, View, Webhook
from zendesk_sync.zendesk.ownership import mark_of, unmarked

KEPT = "kept with its values"
NOT_OURS = "not made by setup"
COPY = "a copy that somebody made of ours; it stays, without our line, so that no later run takes it for ours"
STUCK = "take it out there, then run this again"
"""How the reason ends where something of ours has to stay."""


def plan_destroy(found: Found, wanted: Blueprint, *, keep_fields: bool) -> Plan:
    """What would be deleted, and what looks like ours and is left, in order. Pure.

    ``keep_fields`` leaves ticket and organization fields, their values, and their places on forms.
    """
    triggers = _of(Kind.TRIGGER, found.triggers, wanted, {wanted.trigger["title"]})
    hooks = _of(Kind.WEBHOOK, found.webhooks, wanted, {wanted.webhook["name"]})
    fields = _of(Kind.FIELD, found.ticket_fields, wanted, {spec.title for spec in wanted.specs})
    keys = {payload["key"]: payload["key"] for payload in wanted.organization_fields.values()}
    organization = _of(Kind.ORGANIZATION_FIELD, found.organization_fields, wanted, set(keys))
    going = {one.id for one in triggers if one.action is Action.DELETE}
    fields, organization = (
        _with_values(fields, "ticket", keep_fields),
        _with_values(organization, "organization", keep_fields),
    )
    views = _of(Kind.VIEW, found.views, wanted, set())
    copies = [one for one in (*triggers, *hooks, *views, *fields, *organization) if one.reason == COPY]
    return Plan(
        (
            *copies,  # first: once the original is gone, nothing tells a copy from it
            *_but(copies, triggers),
            *(
                _unless_called(one, [trigger for trigger in found.triggers if trigger.id not in going])
                for one in _but(copies, hooks)
            ),
            *_but(copies, views),
            *_forms(found, [one for one in fields if one.action is Action.DELETE]),
            *_but(copies, fields),
            *_but(copies, organization),
        )
    )


def destroy(account: Account, planned: Plan, tell: Callable[[Item], None] = lambda _item: None) -> None:
    """Delete what the plan says. What is gone already is gone; an interrupted run goes on at the next one.

    Raises:
        ZendeskError: Zendesk refused or could not be reached.
    """
    for item in planned.changes:
        with contextlib.suppress(NotFound):  # somebody was quicker, or it is the repeat of one whose answer was lost
            if item.reason == COPY:
                _let_go(account, item)
            else:
                _take_back(account, item)
        tell(item)


def _but(copies: Sequence[Item], items: Sequence[Item]) -> list[Item]:
    return [one for one in items if one not in copies]


def _let_go(account: Account, item: Item) -> None:
    """Take our line out of a copy."""
    match item.kind:
        case Kind.TRIGGER:
            account.update_trigger(int(item.id or 0), item.send)
        case Kind.WEBHOOK:
            account.update_webhook(str(item.id), item.send)
        case Kind.VIEW:
            account.update_view(int(item.id or 0), item.send)
        case Kind.FIELD:
            account.update_ticket_field(int(item.id or 0), item.send)
        case Kind.ORGANIZATION_FIELD:
            account.update_organization_field(int(item.id or 0), item.send)


def _take_back(account: Account, item: Item) -> None:
    match item.kind:
        case Kind.TRIGGER:
            account.delete_trigger(int(item.id or 0))
        case Kind.WEBHOOK:
            account.delete_webhook(str(item.id))
        case Kind.VIEW:
            account.delete_view(int(item.id or 0))
        case Kind.FORM:
            form = next(one for one in account.ticket_forms() if one.id == item.id)
            gone = set(item.send["without"])
            account.set_form_fields(form.id, [one for one in form.ticket_field_ids if one not in gone])
        case Kind.FIELD:
            account.delete_ticket_field(int(item.id or 0))
        case Kind.ORGANIZATION_FIELD:
            account.delete_organization_field(int(item.id or 0))


def _of(
    kind: Kind,
    there: Iterable[Trigger | Webhook | View | TicketField | OrganizationField],
    wanted: Blueprint,
    names: set[str],
) -> list[Item]:
    """Things of one kind that carry our line, or our name. The oldest of a key is ours, the others are copies."""
    items: list[Item] = []
    seen: set[str] = set()
    for one in sorted(there, key=lambda thing: (len(str(thing.id)), str(thing.id))):
        title = one.name if isinstance(one, Webhook) else one.title
        identity = one.key if isinstance(one, OrganizationField) else title
        mark = mark_of(one.description)
        is_marked = mark is not None and (mark.prefix, mark.kind) == (wanted.prefix, kind.mark)
        if not is_marked and identity not in names:
            continue
        key = mark.key if mark is not None and is_marked else identity
        if is_marked and key in seen:
            action, reason = Action.CHANGE, COPY
        elif is_marked:
            action, reason = Action.DELETE, ""
        else:
            action, reason = Action.LEAVE, NOT_OURS
        seen.add(key)
        ours = action is Action.DELETE
        send = {"description": unmarked(one.description)} if reason == COPY else {}
        items.append(
            Item(kind=kind, key=key, title=title, action=action, reason=reason, id=one.id, ours=ours, send=send)
        )
    return items


def _unless_called(item: Item, others: Sequence[Trigger]) -> Item:
    """The webhook stays while a trigger that is not ours calls it."""
    if item.action is not Action.DELETE:
        return item
    for trigger in others:
        for action in trigger.actions:
            called = action.value[0] if isinstance(action.value, list | tuple) and action.value else None
            if action.field == "notification_webhook" and str(called) == str(item.id):
                said = f'trigger "{trigger.title}" (id {trigger.id}) calls it; {STUCK}'
                return replace(item, action=Action.LEAVE, reason=said)
    return item


def _forms(found: Found, gone: Sequence[Item]) -> list[Item]:
    """Every form, inactive ones too, that shows fields which are deleted."""
    titles = {one.id: one.title for one in gone}
    items = []
    for form in found.forms:
        shown = [id_ for id_ in form.ticket_field_ids if id_ in titles]
        if shown:
            reason = f"no longer shows {', '.join(titles[id_] for id_ in shown)}"
            items.append(
                Item(
                    kind=Kind.FORM,
                    key=str(form.id),
                    title=form.name,
                    action=Action.CHANGE,
                    reason=reason,
                    id=form.id,
                    ours=False,
                    send={"without": shown},
                )
            )
    return items


def _with_values(items: Sequence[Item], of: str, keep_fields: bool) -> list[Item]:
    kept = [
        replace(one, action=Action.LEAVE, reason=KEPT) if keep_fields and one.action is not Action.LEAVE else one
        for one in items
    ]
    lost = f"with its values on every {of}"
    return [replace(one, reason=lost) if one.action is Action.DELETE else one for one in kept]
