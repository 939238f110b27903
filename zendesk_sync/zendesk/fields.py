"""This account's field ids and options <-> our vocabulary.

``specs`` says which fields we provision; ``FieldMap.resolve`` finds them in the account, or the account's own that the
configuration puts in their place; ``FieldMap.read`` says what a ticket carries, in our words. All our tags are option
tags of these fields: ``tags`` itself is never written.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from zendesk_sync.account_settings import Account, OwnField
from zendesk_sync.errors import ConfigurationError
from zendesk_sync.policy.handbook import Handbook
from zendesk_sync.policy.order import queue_bands
from zendesk_sync.policy.terms import ALL_ITEMS, Flag, Priority, Severity
from zendesk_sync.zendesk.configuration import TicketField
from zendesk_sync.zendesk.definitions import definition
from zendesk_sync.zendesk.ownership import mark_of
from zendesk_sync.zendesk.records import Ticket

NATIVE_PRIORITY = "priority"
SHORT = 1
"""``sub_type_id`` of a Priority that offers only normal and high."""


class OurField(StrEnum):
    """The fields of ours, by what they hold."""

    COMPUTED = "computed"
    CUSTOMER = "customer"
    BAND = "band"
    MISSING = "missing"
    FLAGS = "flags"
    SEVERITY = "severity"
    PRESALES_SEVERITY = "presales"
    CANNOT_WAIT = "cannot_wait"
    MEMORY = "memory"
    MARK = "mark"


INPUTS = (OurField.SEVERITY, OurField.PRESALES_SEVERITY, OurField.CANNOT_WAIT)
"""Fields that people fill in; we only read them, and clear what a follow-up inherited."""
INPUT_KEYS = {
    OurField.SEVERITY: "severity",
    OurField.PRESALES_SEVERITY: "presales_severity",
    OurField.CANNOT_WAIT: "cannot_wait",
}
"""What the inputs are called under ``fields`` in the configuration."""
MARKS = ("a", "b")
UNDONE = "undone"
"""The Sync mark that an undo leaves; an empty one where this one stood already."""


@dataclass(frozen=True, slots=True)
class FieldSpec:
    """One field as we provision it, from ``webhooks/definitions/fields.toml``, which explains each of these.

    ``options`` are (word of ours, title), in the order of the drop-down.
    """

    name: OurField
    title: str
    type: str
    about: str
    options: tuple[tuple[str, str], ...] = ()
    ordered: bool = False
    on_forms: bool = False
    hidden: bool = False


def tag(prefix: str, field: OurField, option: str) -> str:
    """The option tag of one word of ours; flags carry no infix, so that a view can say ``zs_number_one``."""
    return f"{prefix}{option}" if field is OurField.FLAGS else f"{prefix}{field.value}_{option}"


def specs(handbook: Handbook) -> tuple[FieldSpec, ...]:
    """Every field of ours with its options; the long lists' titles are the policy file's."""
    # Every item keeps its option, also one that is taken off a list: removing an option would clear it on old tickets.
    severities = {str(int(s)): handbook.severities[str(int(s))].title for s in Severity}
    lists: dict[str, dict[str, str]] = {
        "queue bands": dict(queue_bands()),
        "checklist items": {item: _title(item, handbook) for item in ALL_ITEMS},
        "severities": severities,
        "pre-sales scale": {level: f"{level} {text.criteria}" for level, text in handbook.presales_scale.items()},
    }
    criteria = " ".join(f"{title}: {handbook.severities[word].criteria}" for word, title in severities.items())
    found = []
    for name, row in definition("fields.toml").items():
        about = row["about"].replace("<criteria of the severities>", criteria)
        options = row.get("options", {})
        options = lists[options] if isinstance(options, str) else options
        found.append(FieldSpec(**{**row, "name": OurField(name), "about": about, "options": tuple(options.items())}))
    return tuple(found)


def _title(item: str, handbook: Handbook) -> str:
    known = handbook.engineering.get(item) or handbook.presales.get(item)
    return known.title if known else item.replace("_", " ").capitalize()


@dataclass(frozen=True, slots=True)
class Values:
    """What a ticket carries in our fields, in our words.

    ``official_raw`` is the official priority's wire value (native value or option tag), None for empty.
    """

    computed: str | None
    customer: str | None
    band: str | None
    missing: frozenset[str]
    flags: frozenset[Flag]
    severity: str | None
    presales_severity: str | None
    cannot_wait: str | None
    memory: str | None
    mark: str | None
    official: Priority | None
    official_raw: str | None
    answers: frozenset[str]
    wish: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldMap:
    """Our fields' ids in one account.

    Attributes:
        official_id: None where Zendesk's native Priority is the official one, else the custom field's id.
        official_values: p-level -> wire value of the official priority.
        priority_in_portal: end users may set the official priority themselves.
        answers: checklist item -> id of the account's field whose filling answers it.
        own: for each input whose place a field of the account's own takes, its options' values -> our words.
    """

    prefix: str
    ids: Mapping[OurField, int]
    official_id: int | None
    official_values: Mapping[Priority, str]
    priority_in_portal: bool = False
    answers: Mapping[str, int]
    wish_id: int | None = None
    own: Mapping[OurField, Mapping[str, str]]

    @classmethod
    def resolve(
        cls,
        fields: Sequence[TicketField],
        handbook: Handbook,
        *,
        prefix: str,
        official: str | int,
        answers: Mapping[str, str | int],
        wish_field: str | int | None,
        own: Mapping[OurField, OwnField] = MappingProxyType({}),
    ) -> FieldMap:
        """Find our fields, and the account's own that the configuration names.

        Raises:
            ConfigurationError: a field or option is missing, inactive, ambiguous or of another type; says what to do.
        """
        ids: dict[OurField, int] = {}
        words: dict[OurField, Mapping[str, str]] = {}
        for spec in specs(handbook):
            if spec.name in own:
                taken, words[spec.name] = adopt(fields, spec, prefix, own[spec.name])
                ids[spec.name] = taken.id
                continue
            field = find(fields, spec, prefix)
            if field is None:
                raise ConfigurationError(
                    f'the account has no active ticket field "{spec.title}" ({spec.type}); '
                    "run: zendesk-sync setup apply"
                )
            if lacking := lacks(field, spec, prefix):
                names = ", ".join(title for _, title in lacking)
                raise ConfigurationError(
                    f'ticket field "{spec.title}" lacks the options {names}; run: zendesk-sync setup apply'
                )
            ids[spec.name] = field.id
        if unknown := sorted(set(answers) - set(ALL_ITEMS)):
            raise ConfigurationError(
                f"inputs.answers.{unknown[0]}: not a checklist item; allowed: {', '.join(ALL_ITEMS)}"
            )
        counts, values = official_field(fields, handbook, official, prefix)
        return cls(
            prefix=prefix,
            ids=ids,
            official_id=None if official == NATIVE_PRIORITY else counts.id,
            official_values=values,
            priority_in_portal=counts.editable_in_portal,
            answers={item: named(fields, name, f"inputs.answers.{item}").id for item, name in answers.items()},
            wish_id=None if wish_field is None else named(fields, wish_field, "inputs.wish_field").id,
            own=words,
        )

    def tag(self, field: OurField, option: str) -> str:
        """The option tag of a word; the first one where several options of the account's own field mean it."""
        theirs = (value for value, word in self.own.get(field, {}).items() if word == option)
        return next(theirs, tag(self.prefix, field, option))

    def tags(self, field: OurField, options: Iterable[str]) -> list[str]:
        return sorted(self.tag(field, option) for option in options)

    def read(self, ticket: Ticket) -> Values:
        """What the ticket carries. A value that is no option of ours reads as empty."""
        flags = self._many(ticket, OurField.FLAGS)
        raw = ticket.priority if self.official_id is None else ticket.field(self.official_id)
        official_raw = raw if isinstance(raw, str) else None
        levels = {value: level for level, value in self.official_values.items()}
        wish = None if self.wish_id is None else ticket.field(self.wish_id)
        return Values(
            computed=self._one(ticket, OurField.COMPUTED),
            customer=self._one(ticket, OurField.CUSTOMER),
            band=self._one(ticket, OurField.BAND),
            missing=self._many(ticket, OurField.MISSING).intersection(ALL_ITEMS),
            flags=frozenset(Flag(flag) for flag in flags if flag in set(Flag)),
            severity=self._one(ticket, OurField.SEVERITY),
            presales_severity=self._one(ticket, OurField.PRESALES_SEVERITY),
            cannot_wait=self._one(ticket, OurField.CANNOT_WAIT),
            memory=_text(ticket.field(self.ids[OurField.MEMORY])),
            mark=self._one(ticket, OurField.MARK),
            official=levels.get(official_raw) if official_raw else None,
            official_raw=official_raw,
            answers=frozenset(i for i, id_ in self.answers.items() if ticket.field(id_) not in (None, False)),
            wish=_text(wish),
        )

    def foreign(self, ticket: Ticket, field: OurField) -> list[str]:
        """Options of a multi-select of ours that are chosen on the ticket but are not words of ours."""
        value = ticket.field(self.ids[field])
        known = {self.tag(field, word) for word in (Flag if field is OurField.FLAGS else ALL_ITEMS)}
        return [one for one in value if one not in known] if isinstance(value, list) else []

    def foreign_tags(self, ticket: Ticket) -> frozenset[str]:
        """The ticket's tags that no write of ours sets or takes away."""
        ours = set() if self.official_id is None else set(self.official_values.values())
        ours.update(*self.own.values())
        return frozenset(tag for tag in ticket.tags if not tag.startswith(self.prefix)) - ours

    def _one(self, ticket: Ticket, field: OurField) -> str | None:
        value = ticket.field(self.ids[field])
        return self.word(field, value) if isinstance(value, str) else None

    def _many(self, ticket: Ticket, field: OurField) -> frozenset[str]:
        value = ticket.field(self.ids[field])
        words = (self.word(field, one) for one in value) if isinstance(value, list) else ()
        return frozenset(word for word in words if word)

    def word(self, field: OurField, value: str) -> str | None:
        """Our word for an option's value; None where it is no option of ours."""
        if field in self.own:
            return self.own[field].get(value)
        start = self.tag(field, "")
        return value.removeprefix(start) if value.startswith(start) else None


def find(fields: Sequence[TicketField], spec: FieldSpec, prefix: str) -> TicketField | None:
    """The account's active field for one of ours: by the line that setup left in its description, whatever it is
    called; else by exact title, and among equals the one that has our options.

    Raises:
        ConfigurationError: the title belongs to a field of another type, or to several that could be meant.
    """
    active = [field for field in fields if field.active]
    if ours := [field for field in active if is_ours(field, spec, prefix)]:
        return min(ours, key=lambda field: field.id)  # a copy that somebody made has the line too, and a later id
    same = [field for field in active if field.title == spec.title and mark_of(field.description) is None]
    right = [field for field in same if field.type == spec.type]
    if same and not right:
        raise ConfigurationError(
            f'ticket field "{spec.title}" (id {same[0].id}) is of type {same[0].type}; expected {spec.type}. '
            f"Rename or deactivate it, then run: zendesk-sync setup apply"
        )
    best = [field for field in right if spec.options and not lacks(field, spec, prefix)] or right
    if len(best) > 1:
        ids = ", ".join(str(field.id) for field in best)
        raise ConfigurationError(f'several active ticket fields are called "{spec.title}" (ids {ids}); keep one')
    return best[0] if best else None


def own_fields(account: Account) -> dict[OurField, OwnField]:
    """The account's own fields that its configuration puts in the place of ours."""
    named_there = {name: getattr(account.fields, key) for name, key in INPUT_KEYS.items()}
    return {name: own for name, own in named_there.items() if own is not None}


def is_ours(field: TicketField, spec: FieldSpec, prefix: str) -> bool:
    """Whether setup made this field, active or not."""
    mark = mark_of(field.description)
    return mark is not None and mark.names(prefix, "field", spec.name.value) and field.type == spec.type


def adopt(
    fields: Sequence[TicketField], spec: FieldSpec, prefix: str, own: OwnField
) -> tuple[TicketField, Mapping[str, str]]:
    """The account's own field that takes the place of an input of ours, and its options' values -> our words.

    Options that the configuration does not map are found by our tag, our word or our title.

    Raises:
        ConfigurationError: there is no such field, it is of another type, or its options cannot be told; says how to.
    """
    key = f"fields.{INPUT_KEYS[spec.name]}"
    field = named(fields, own.field, key)
    if field.type != spec.type:
        raise ConfigurationError(
            f'{key}: ticket field "{field.title}" (id {field.id}) is of type {field.type}; expected a drop-down '
            f"({spec.type})"
        )
    allowed = [word for word, _ in spec.options]
    offered = ", ".join(f"{option.value} ({option.name})" for option in field.custom_field_options)
    words: dict[str, str] = {}
    for theirs, word in own.options.items():
        if word not in allowed:
            raise ConfigurationError(f"{key}.options.{theirs}: found {word!r}; allowed: {', '.join(allowed)}")
        matches = [option.value for option in field.custom_field_options if theirs in {option.value, option.name}]
        if len(matches) != 1:
            raise ConfigurationError(
                f'{key}.options.{theirs}: ticket field "{field.title}" has no such option; it has: {offered}'
            )
        words[matches[0]] = word
    for option in field.custom_field_options:
        names = {option.value.casefold(), option.name.strip().casefold()}
        meant = [w for w, title in spec.options if names & {tag(prefix, spec.name, w), w, title.casefold()}]
        if len(meant) == 1 and not own.options:
            words[option.value] = meant[0]
    if not own.options and (lacking := [word for word in allowed if word not in words.values()]):
        raise ConfigurationError(
            f'{key}: which option of ticket field "{field.title}" means {", ".join(lacking)}? It has: {offered}. '
            f"Say it in the configuration: {INPUT_KEYS[spec.name]} = {{ field = {own.field!r}, "
            f'options = {{ "an option of it" = "{lacking[0]}" }} }}'
        )
    return field, words


def lacks(field: TicketField, spec: FieldSpec, prefix: str) -> list[tuple[str, str]]:
    """The options of ours that the account's field does not have."""
    there = {option.value for option in field.custom_field_options}
    return [(word, title) for word, title in spec.options if tag(prefix, spec.name, word) not in there]


def named(fields: Sequence[TicketField], name: str | int, key: str) -> TicketField:
    """The account's own field that the configuration names by title or id.

    Raises:
        ConfigurationError: there is none, or several have that title.
    """
    matches = [field for field in fields if field.active and name in (field.id, field.title)]
    if len(matches) != 1:
        what = "no active ticket field" if not matches else f"{len(matches)} active ticket fields"
        raise ConfigurationError(f"{key}: {what} called {name!r} in the account; name one by its exact title or id")
    return matches[0]


def official_field(
    fields: Sequence[TicketField], handbook: Handbook, official: str | int, prefix: str
) -> tuple[TicketField, dict[Priority, str]]:
    """The field of the official priority, and its value for each level.

    Raises:
        ConfigurationError: it is inactive or not there, or lacks a level.
    """
    levels = [level for level in Priority if level.determined]
    if official == NATIVE_PRIORITY:
        field = next((f for f in fields if f.type == "priority" and f.active), None)
        values = {level: handbook.official.value(level) for level in levels}
        offered = {option.value for option in field.system_field_options} if field else set()
        if field is not None and field.sub_type_id == SHORT:
            offered -= {"low", "urgent"}
        if field is None or not set(values.values()) <= offered:
            raise ConfigurationError(
                "Zendesk's native Priority is inactive or lacks some of the values "
                f"{', '.join(values.values())}; activate it in Admin Center, or name a drop-down of your own as "
                "`official`"
            )
        return field, values
    field = named(fields, official, "official")
    values = {}
    for level in levels:
        matches = [
            option.value
            for option in field.custom_field_options
            if level.value in {option.value, (option.name or "").strip().lower()}
            or option.value == f"{prefix}{level.value}"
        ]
        if len(matches) != 1:
            raise ConfigurationError(
                f'official: ticket field "{field.title}" needs exactly one option called {level.value}'
            )
        values[level] = matches[0]
    return field, values


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None
