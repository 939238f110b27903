"""Ticket fields, their place on forms, and organization fields: as they are, as they should be, what it takes. Pure."""

from __future__ import annotations

import dataclasses
import textwrap
from collections.abc import Iterable, Mapping, Sequence

from zendesk_sync.errors import ConfigurationError
from zendesk_sync.provision import explain
from zendesk_sync.provision.blueprint import Blueprint, Payload, input_word, options, ticket_field
from zendesk_sync.provision.compare import Judged, digest, judge, option_lines, written_last
from zendesk_sync.provision.found import Found
from zendesk_sync.provision.items import Action, By, Difference, Item, Kind
from zendesk_sync.zendesk.configuration import FieldOption, OrganizationField, TicketField, TicketForm
from zendesk_sync.zendesk.fields import (
    INPUT_KEYS,
    NATIVE_PRIORITY,
    FieldSpec,
    adopt,
    find,
    is_ours,
    named,
)
from zendesk_sync.zendesk.ownership import mark_of

Ids = dict[str, str | int]


def ticket_fields(found: Found, wanted: Blueprint, names: Mapping[str, str]) -> tuple[list[Item], Ids]:
    """One item for each ticket field, and the ids that are known: of ours, and of those that the configuration names.

    Raises:
        ConfigurationError: a field is of another type or ambiguous, an option tag of ours stands in another field, or
            the configuration names a field that is not there or does not fit.
    """
    items: list[Item] = []
    ids: Ids = {}
    for spec in wanted.specs:
        if spec.name in wanted.own:
            field, _ = adopt(found.ticket_fields, spec, wanted.prefix, wanted.own[spec.name])
            said = f"the account's own field, as fields.{INPUT_KEYS[spec.name]} of the configuration says"
            items.append(
                Item(
                    kind=Kind.FIELD,
                    key=spec.name,
                    title=field.title,
                    action=Action.KEEP,
                    reason=said,
                    id=field.id,
                    ours=False,
                )
            )
            ids[spec.name.value] = field.id
            continue
        known = find(found.ticket_fields, spec, wanted.prefix) or _asleep(found.ticket_fields, spec, wanted.prefix)
        items.append(_ticket_field(known, spec, wanted.prefix, names))
        if known is not None:
            ids[spec.name.value] = known.id
    _no_foreign_options(found.ticket_fields, wanted, ids)
    if wanted.official != NATIVE_PRIORITY:
        ids["official"] = named(found.ticket_fields, wanted.official, "official").id
    for key, title in wanted.inputs:
        ids[input_word(key)] = named(found.ticket_fields, title, key).id
    return [*items, *_not_used(found.ticket_fields, wanted, set(ids.values()))], ids


def forms(found: Found, wanted: Blueprint, ids: Ids) -> list[Item]:
    """One item for each active form that our fields belong on; the fields that the account owns are not placed.

    Raises:
        ConfigurationError: the configuration names a form that is not there.
    """
    shown = [spec for spec in wanted.specs if spec.on_forms and spec.name not in wanted.own]
    items = []
    for form in _chosen(found.forms, wanted.forms):
        there = set(form.ticket_field_ids)
        missing = [spec for spec in shown if ids.get(spec.name.value) not in there]
        send: Payload = {"ticket_field_ids": [f"<{spec.name.value}>" for spec in missing]}
        reason = f"agents do not see there: {', '.join(spec.title for spec in missing)}" if missing else ""
        action = Action.CHANGE if missing else Action.KEEP
        items.append(
            Item(
                kind=Kind.FORM,
                key=str(form.id),
                title=form.name,
                action=action,
                reason=reason,
                id=form.id,
                ours=False,
                send=send,
            )
        )
    return items


def organization_fields(found: Found, wanted: Blueprint, names: Mapping[str, str]) -> list[Item]:
    """One item for each organization field; one that the account had before is read as it is and never changed."""
    existing = {one.key: one for one in found.organization_fields}
    items = [
        _organization_field(existing.get(payload["key"]), name, payload, wanted.prefix, names)
        for name, payload in wanted.organization_fields.items()
    ]
    keys = {payload["key"] for payload in wanted.organization_fields.values()}
    for one in found.organization_fields:
        mark = mark_of(one.description)
        if one.key not in keys and mark is not None and (mark.prefix, mark.kind) == (wanted.prefix, "organization"):
            said = f"key {one.key}: {explain.NOT_USED}"
            items.append(
                Item(
                    kind=Kind.ORGANIZATION_FIELD,
                    key=one.key,
                    title=one.title,
                    action=Action.KEEP,
                    reason=said,
                    id=one.id,
                )
            )
    return items


def as_ticket_field(found: TicketField, spec: FieldSpec, wanted: Payload) -> Payload:
    """A ticket field in the shape that one is written in, with the options that are ours."""
    ours = {option["value"] for option in wanted.get("custom_field_options", ())}
    portal = found if spec.hidden else None
    return {
        "title": found.title,
        "agent_description": found.agent_description,
        "visible_in_portal": portal.visible_in_portal if portal else wanted["visible_in_portal"],
        "editable_in_portal": portal.editable_in_portal if portal else wanted["editable_in_portal"],
        "active": found.active,
        "custom_field_options": _named(found.custom_field_options, ours),
    }


def as_organization_field(found: OrganizationField, wanted: Payload) -> Payload:
    """The same for an organization field."""
    ours = {option["value"] for option in wanted.get("custom_field_options", ())}
    named_there = _named(found.custom_field_options, ours)
    return {"title": found.title, "active": found.active, "custom_field_options": named_there}


def _named(there: Iterable[FieldOption], ours: set[str]) -> list[dict[str, str]]:
    return [{"name": one.name, "value": one.value} for one in there if one.value in ours]


def _ticket_field(found: TicketField | None, spec: FieldSpec, prefix: str, names: Mapping[str, str]) -> Item:
    wanted = {**ticket_field(spec, prefix), "active": True}
    if found is None:
        reason = textwrap.shorten(spec.about, 120, placeholder=" …")
        return Item(
            kind=Kind.FIELD, key=spec.name, title=spec.title, action=Action.CREATE, reason=reason, wanted=wanted
        )
    ours = is_ours(found, spec, prefix)
    mark = mark_of(found.description) if ours else None
    judged = judge(Kind.FIELD, wanted, as_ticket_field(found, spec, wanted), mark, names)
    judged, missing = _with_options(judged, found.custom_field_options, wanted.get("custom_field_options", []))
    differences = judged.differences
    if not ours:
        # Somebody made it under our name: it works with our options, and everything else about it is theirs.
        needed = {"active", "options"}
        differences = tuple(one for one in differences if one.aspect in needed and one.mended)
        judged = dataclasses.replace(judged, send={k: v for k, v in judged.send.items() if k == "active"})
    unchanged = written_last(Kind.FIELD, mark).get("options") == digest(option_lines(wanted))
    sort, sorting = _sorting(found, spec, prefix, By.HAND if unchanged else By.UNKNOWN)
    differences += sorting
    return Item(
        kind=Kind.FIELD,
        key=spec.name,
        title=found.title,
        action=Action.CHANGE if any(one.mended for one in differences) else Action.KEEP,
        reason=explain.reason(differences, unmarked=not ours),
        id=found.id,
        ours=ours,
        differences=differences,
        wanted=wanted,
        send=judged.send,
        kept=judged.kept,
        description=found.description or "",
        options=tuple(missing),
        sort=sort,
    )


def _with_options(
    judged: Judged, there: Sequence[FieldOption], wanted: Sequence[Payload]
) -> tuple[Judged, list[Payload]]:
    """What becomes of our options: missing ones are added, renamed ones stay unless only the blueprint has changed."""
    difference = next((one for one in judged.differences if one.aspect == "options"), None)
    if difference is None:
        return judged, []
    known = {one.value: one for one in there}
    write: list[Payload] = [one for one in wanted if one["value"] not in known]
    renamed = [one for one in wanted if one["value"] in known and one["name"] != known[one["value"]].name]
    kept = judged.kept
    if difference.by is By.BLUEPRINT:
        write += [{**one, "id": known[one["value"]].id} for one in renamed]
    elif not renamed:
        kept = {name: one for name, one in kept.items() if name != "options"}
    said = dataclasses.replace(difference, mended=bool(write))
    differences = tuple(said if one is difference else one for one in judged.differences)
    return dataclasses.replace(judged, differences=differences, kept=kept), write


def _sorting(
    found: TicketField, spec: FieldSpec, prefix: str, by: By
) -> tuple[tuple[str, ...], tuple[Difference, ...]]:
    """The order that options must be brought into, where views group by the field and they are not in it."""
    wanted = options(spec, prefix)
    order = [one["value"] for one in wanted]
    there = [one.value for one in found.custom_field_options if one.value in order]
    added = [value for value in order if value not in there]
    if not spec.ordered or [*there, *added] == order:
        return (), ()
    if there == [value for value in order if value in there]:
        return tuple(order), ()  # only what is added now has to move
    titles = {one["value"]: one["name"] for one in wanted}
    theirs, ours = (", ".join(titles[value] for value in values[:6]) + " …" for values in (there, order))
    return tuple(order), (Difference("order of options", theirs, ours, by=by, mended=True),)


def _asleep(fields: Sequence[TicketField], spec: FieldSpec, prefix: str) -> TicketField | None:
    """An inactive field of ours, or of our name: it is woken, since a second one would have the same tags."""
    inactive = [one for one in fields if not one.active]
    ours = [one for one in inactive if is_ours(one, spec, prefix)]
    named_so = (one for one in inactive if (one.title, one.type) == (spec.title, spec.type))
    return next(iter([*ours, *(one for one in named_so if mark_of(one.description) is None)]), None)


def _no_foreign_options(existing: Sequence[TicketField], wanted: Blueprint, ids: Ids) -> None:
    """An option value is a tag, and a tag selects one field's option: it must not stand in another field too."""
    specs = [spec for spec in wanted.specs if spec.name not in wanted.own]
    ours = {option["value"]: spec for spec in specs for option in options(spec, wanted.prefix)}
    for one in existing:
        for option in one.custom_field_options:
            spec = ours.get(option.value)
            if spec is not None and one.id != ids.get(spec.name.value):
                raise ConfigurationError(
                    f'ticket field "{one.title}" (id {one.id}) already has an option {option.value}, which '
                    f'"{spec.title}" needs. If it is ours and was renamed, call it "{spec.title}" again; if it is a '
                    f"copy, delete it; if not, choose another `prefix` for this account than {wanted.prefix}"
                )


def _not_used(fields: Sequence[TicketField], wanted: Blueprint, used: set[str | int]) -> list[Item]:
    """Fields that setup made and that nothing asks for now: an input that the account's own field has replaced."""
    items = []
    for one in fields:
        mark = mark_of(one.description)
        if mark is None or (mark.prefix, mark.kind) != (wanted.prefix, "field") or one.id in used:
            continue
        items.append(
            Item(kind=Kind.FIELD, key=mark.key, title=one.title, action=Action.KEEP, reason=explain.NOT_USED, id=one.id)
        )
    return items


def _chosen(existing: Sequence[TicketForm], named_forms: Sequence[str | int]) -> list[TicketForm]:
    active = [form for form in existing if form.active]
    if not named_forms:
        return active
    for name in named_forms:
        if not any(name in {form.id, form.name} for form in active):
            there = ", ".join(f'"{form.name}"' for form in active) or "none"
            raise ConfigurationError(f"forms: the account has no active ticket form {name!r}; it has: {there}")
    return [form for form in active if {form.id, form.name}.intersection(named_forms)]


def _organization_field(
    found: OrganizationField | None, name: str, wanted: Payload, prefix: str, names: Mapping[str, str]
) -> Item:
    title, kind = wanted["title"], Kind.ORGANIZATION_FIELD
    whole = {**wanted, "active": True}
    if found is None:
        reason = f"key {wanted['key']}: {wanted['description']}"
        return Item(kind=kind, key=name, title=title, action=Action.CREATE, reason=reason, wanted=whole)
    mark = mark_of(found.description)
    if mark is None or not mark.names(prefix, "organization", name) or found.type != wanted["type"]:
        said = f"the account's own field {found.key} ({found.type}), read as it is"
        return Item(kind=kind, key=name, title=found.title, action=Action.KEEP, reason=said, id=found.id, ours=False)
    judged = judge(kind, whole, as_organization_field(found, wanted), mark, names)
    judged, missing = _with_options(judged, found.custom_field_options, wanted.get("custom_field_options", []))
    return Item(
        kind=kind,
        key=name,
        title=found.title,
        action=Action.CHANGE if any(one.mended for one in judged.differences) else Action.KEEP,
        reason=explain.reason(judged.differences),
        id=found.id,
        differences=judged.differences,
        wanted=whole,
        send=judged.send,
        kept=judged.kept,
        description=found.description or "",
        options=tuple(missing),
    )
