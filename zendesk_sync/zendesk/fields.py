"""This account's field ids and options <-> our vocabulary.

``specs`` says which fields we provision; ``FieldMap.resolve`` finds them in the account; ``FieldMap.read`` says what a
ticket carries, in our words. All our tags are option tags of these fields: ``tags`` itself is never written.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from zendesk_sync.errors import ConfigurationError
from zendesk_sync.policy.handbook import Handbook
from zendesk_sync.policy.order import TYPE_RANK, queue_bands
from zendesk_sync.policy.terms import ALL_ITEMS, Flag, Priority, Severity
from zendesk_sync.zendesk.configuration import TicketField
from zendesk_sync.zendesk.records import Ticket

NATIVE_PRIORITY = "priority"


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
MARKS = ("a", "b")
FLAG_TITLES = {Flag.NO_CONTRACT_SLA: "No contractual SLA", Flag.FOR_CE: "For the CE"}


@dataclass(frozen=True, slots=True)
class FieldSpec:
    """One field as we provision it; ``options`` are (word of ours, title), in the order of the drop-down."""

    name: OurField
    title: str
    type: str
    about: str
    options: tuple[tuple[str, str], ...] = ()

    @property
    def on_forms(self) -> bool:
        """Whether agents see it; Memory and Sync mark are for the program alone."""
        return self.name not in {OurField.MEMORY, OurField.MARK}


def tag(prefix: str, field: OurField, option: str) -> str:
    """The option tag of one word of ours; flags carry no infix, so that a view can say ``zs_number_one``."""
    return f"{prefix}{option}" if field is OurField.FLAGS else f"{prefix}{field.value}_{option}"


def specs(handbook: Handbook) -> tuple[FieldSpec, ...]:
    """Every field of ours with its options, titles from the policy file."""
    # Every item keeps its option, also one that is taken off a list: removing an option would clear it on old tickets.
    titles = {item: _title(item, handbook) for item in ALL_ITEMS}
    severities = [(str(int(s)), handbook.severities[str(int(s))].title) for s in Severity]
    presales = [(level, f"{level} {text.criteria}") for level, text in handbook.presales_scale.items()]
    return (
        FieldSpec(
            OurField.COMPUTED,
            "Computed priority",
            "tagger",
            "What the written policy gives. Recomputed on every change; to overrule it, set Priority.",
            tuple((p.value, f"{n:02d} {p.value}") for n, p in enumerate(Priority, 1)),
        ),
        FieldSpec(
            OurField.CUSTOMER,
            "Customer type",
            "tagger",
            "As the customer lookup answered.",
            tuple((t.value, f"{n:02d} {t.value.replace('_', ' ')}") for n, t in enumerate(TYPE_RANK, 1)),
        ),
        FieldSpec(OurField.BAND, "Queue band", "tagger", "Groups views in support's order.", tuple(queue_bands())),
        FieldSpec(
            OurField.MISSING,
            "Missing context",
            "multiselect",
            "What the checklists still ask for. Shrinks as answers arrive.",
            tuple(titles.items()),
        ),
        FieldSpec(
            OurField.FLAGS,
            "Support flags",
            "multiselect",
            "Set by the policy.",
            tuple((flag.value, FLAG_TITLES.get(flag, flag.value.replace("_", " ").capitalize())) for flag in Flag),
        ),
        FieldSpec(
            OurField.SEVERITY,
            "Severity",
            "tagger",
            " ".join(f"{title}: {handbook.severities[number].criteria}" for number, title in severities),
            tuple(severities),
        ),
        FieldSpec(
            OurField.PRESALES_SEVERITY,
            "Pre-sales severity",
            "tagger",
            "For prospects' tickets that a customer engineer raises. A scale of its own.",
            tuple(presales),
        ),
        FieldSpec(
            OurField.CANNOT_WAIT,
            "Cannot wait a day",
            "tagger",
            "Yes asks engineering to drop everything. Counts for p0 and p1 only.",
            (("yes", "Yes, it cannot wait a day"), ("no", "No, it can wait")),
        ),
        FieldSpec(OurField.MEMORY, "Memory", "text", "Written by zendesk_sync for itself. Please leave it alone."),
        FieldSpec(
            OurField.MARK,
            "Sync mark",
            "tagger",
            "Flipped by every write of zendesk_sync, so that its own trigger does not answer itself.",
            (("a", "A"), ("b", "B")),
        ),
    )


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
    """

    prefix: str
    ids: Mapping[OurField, int]
    official_id: int | None
    official_values: Mapping[Priority, str]
    priority_in_portal: bool = False
    answers: Mapping[str, int]
    wish_id: int | None = None

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
    ) -> FieldMap:
        """Find our fields, and the account's own that the configuration names.

        Raises:
            ConfigurationError: a field or option is missing, inactive, ambiguous or of another type; says what to do.
        """
        ids: dict[OurField, int] = {}
        for spec in specs(handbook):
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
        official_field, values = _official(fields, handbook, official, prefix)
        return cls(
            prefix=prefix,
            ids=ids,
            official_id=None if official == NATIVE_PRIORITY else official_field.id,
            official_values=values,
            priority_in_portal=official_field.editable_in_portal,
            answers={item: named(fields, name, f"inputs.answers.{item}").id for item, name in answers.items()},
            wish_id=None if wish_field is None else named(fields, wish_field, "inputs.wish_field").id,
        )

    def tag(self, field: OurField, option: str) -> str:
        return tag(self.prefix, field, option)

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
        ours = frozenset() if self.official_id is None else frozenset(self.official_values.values())
        return frozenset(tag for tag in ticket.tags if not tag.startswith(self.prefix)) - ours

    def _one(self, ticket: Ticket, field: OurField) -> str | None:
        value = ticket.field(self.ids[field])
        return self._word(field, value) if isinstance(value, str) else None

    def _many(self, ticket: Ticket, field: OurField) -> frozenset[str]:
        value = ticket.field(self.ids[field])
        words = (self._word(field, one) for one in value) if isinstance(value, list) else ()
        return frozenset(word for word in words if word)

    def _word(self, field: OurField, value: str) -> str | None:
        start = self.tag(field, "")
        return value.removeprefix(start) if value.startswith(start) else None


def find(fields: Sequence[TicketField], spec: FieldSpec, prefix: str) -> TicketField | None:
    """The account's active field for one of ours: by exact title; among equals, the one that has our options.

    Raises:
        ConfigurationError: the title belongs to a field of another type, or to several that could be meant.
    """
    same = [field for field in fields if field.title == spec.title and field.active]
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


def _official(
    fields: Sequence[TicketField], handbook: Handbook, official: str | int, prefix: str
) -> tuple[TicketField, dict[Priority, str]]:
    levels = [level for level in Priority if level.determined]
    if official == NATIVE_PRIORITY:
        field = next((f for f in fields if f.type == "priority" and f.active), None)
        values = {level: handbook.official.value(level) for level in levels}
        offered = {option.value for option in field.system_field_options} if field else set()
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
