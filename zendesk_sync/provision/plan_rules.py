"""Webhook, trigger and views: as they are, as they should be, and what that takes. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from zendesk_sync.errors import ConfigurationError
from zendesk_sync.provision import explain
from zendesk_sync.provision.blueprint import Blueprint, Payload, Words, fill
from zendesk_sync.provision.compare import Judged, judge
from zendesk_sync.provision.found import Found, as_trigger, as_view, as_webhook
from zendesk_sync.provision.items import Action, Item, Kind
from zendesk_sync.zendesk.configuration import Trigger, View, Webhook
from zendesk_sync.zendesk.ownership import Mark, mark_of

TRIGGER_EVENTS = "conditional_ticket_events"
HINT = "hint"
"""The key of the one webhook and the one trigger."""


@dataclass(frozen=True, slots=True)
class _Thing:
    """A webhook, trigger or view of the account, in the shape that one is written in."""

    id: int | str
    title: str
    description: str
    payload: Payload

    @property
    def mark(self) -> Mark | None:
        return mark_of(self.description)


def webhook(found: Found, wanted: Blueprint, names: Mapping[str, str]) -> list[Item]:
    """The webhook that the trigger calls.

    Raises:
        ConfigurationError: it is of the kind that triggers cannot call.
    """
    there = [_webhook(one) for one in found.webhooks]
    chosen, copies = _ours(there, Kind.WEBHOOK, HINT, wanted)
    chosen = chosen or _named(there, wanted.webhook["name"])
    kinds = {one.id: one.subscriptions for one in found.webhooks}
    if chosen is not None and TRIGGER_EVENTS not in kinds[str(chosen.id)]:
        raise ConfigurationError(
            f'webhook "{chosen.title}" is of the event-subscribed kind, which triggers cannot call; delete it'
        )
    reason = f"calls {wanted.webhook['endpoint']}"
    return [_item(Kind.WEBHOOK, HINT, wanted.webhook, chosen, names, reason), *copies]


def trigger(found: Found, wanted: Blueprint, words: Words, names: Mapping[str, str]) -> list[Item]:
    """The trigger that calls the webhook; ``words`` are the ids known so far."""
    there = [_trigger(one) for one in found.triggers]
    chosen, copies = _ours(there, Kind.TRIGGER, HINT, wanted)
    chosen = chosen or _named(there, wanted.trigger["title"])
    filled = fill(wanted.trigger, words)
    return [_item(Kind.TRIGGER, HINT, filled, chosen, names, "calls the webhook"), *copies]


def views(found: Found, wanted: Blueprint, words: Words, names: Mapping[str, str]) -> list[Item]:
    """The views, in the blueprint's order. A person's own view that does the same under the same name will do."""
    there = [_view(one) for one in found.views]
    items: list[Item] = []
    for key, payload in wanted.views.items():
        filled = fill(payload, words)
        chosen, copies = _ours(there, Kind.VIEW, key, wanted)
        same = None if chosen else _same(there, filled, names)
        if same is not None:
            reason = "somebody's own view, which shows the same tickets"
            items.append(
                Item(
                    kind=Kind.VIEW, key=key, title=same.title, action=Action.KEEP, reason=reason, id=same.id, ours=False
                )
            )
        else:
            items += [_item(Kind.VIEW, key, filled, chosen, names, payload["description"]), *copies]
    for one in there:
        if (
            one.mark
            and (one.mark.prefix, one.mark.kind) == (wanted.prefix, "view")
            and one.mark.key not in wanted.views
        ):
            items.append(
                Item(
                    kind=Kind.VIEW,
                    key=one.mark.key,
                    title=one.title,
                    action=Action.KEEP,
                    reason=explain.NOT_USED,
                    id=one.id,
                )
            )
    return items


def _ours(there: Iterable[_Thing], kind: Kind, key: str, wanted: Blueprint) -> tuple[_Thing | None, list[Item]]:
    """Ours by its line, the oldest where somebody cloned it, and the copies."""
    marked = [one for one in there if one.mark and one.mark.names(wanted.prefix, kind.value, key)]
    marked.sort(key=lambda one: (len(str(one.id)), str(one.id)))
    copies = [
        Item(kind=kind, key=key, title=one.title, action=Action.KEEP, reason=explain.COPY, id=one.id, ours=False)
        for one in marked[1:]
    ]
    return (marked[0] if marked else None), copies


def _named(there: Iterable[_Thing], title: str) -> _Thing | None:
    """Ours by its name, where nobody's line is in the description: an admin made it by hand."""
    return next((one for one in there if one.title == title and one.mark is None), None)


def _same(there: Sequence[_Thing], wanted: Payload, names: Mapping[str, str]) -> _Thing | None:
    for one in there:
        if one.title == wanted["title"] and one.mark is None:
            judged = judge(Kind.VIEW, wanted, one.payload, None, names)
            if not any(difference.mended for difference in judged.differences):
                return one
    return None


def _item(kind: Kind, key: str, wanted: Payload, found: _Thing | None, names: Mapping[str, str], about: str) -> Item:
    if found is None:
        title = wanted["name"] if kind is Kind.WEBHOOK else wanted["title"]
        return Item(kind=kind, key=key, title=title, action=Action.CREATE, reason=about, wanted=wanted)
    judged = judge(kind, wanted, found.payload, found.mark, names)
    return Item(
        kind=kind,
        key=key,
        title=found.title,
        action=Action.CHANGE if judged.send else Action.KEEP,
        reason=explain.reason(judged.differences),
        id=found.id,
        differences=judged.differences,
        wanted=wanted,
        send=_whole_output(judged, found) if kind is Kind.VIEW else judged.send,
        kept=judged.kept,
        description=found.description,
    )


def _whole_output(judged: Judged, found: _Thing) -> Payload:
    """``output`` replaces columns and order together: columns that stay as a person has them are sent along."""
    if "output" not in judged.send:
        return judged.send
    output = dict(judged.send["output"])
    if any(one.aspect == "columns" and not one.mended for one in judged.differences):
        output["columns"] = found.payload["output"]["columns"]
    return {**judged.send, "output": output}


def _webhook(one: Webhook) -> _Thing:
    return _Thing(one.id, one.name, one.description or "", as_webhook(one))


def _trigger(one: Trigger) -> _Thing:
    return _Thing(one.id, one.title, one.description or "", as_trigger(one))


def _view(one: View) -> _Thing:
    return _Thing(one.id, one.title, one.description or "", as_view(one))
