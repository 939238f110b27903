"""Carries a plan out: exactly its items, in its order. What was interrupted goes on at the next run.

Everything is found again by the line in its description, so a second run creates nothing twice, also where the answer
to a creation was lost. Each answer is compared with what was asked for: Zendesk drops silently what it does not know.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from zendesk_sync.account_settings import Account as AccountSettings
from zendesk_sync.errors import AnswerLost, ConfigurationError
from zendesk_sync.policy.handbook import Handbook
from zendesk_sync.provision.blueprint import Blueprint, Payload, blueprint, fill
from zendesk_sync.provision.compare import judge, stamp
from zendesk_sync.provision.destroy import destroy, plan_destroy
from zendesk_sync.provision.found import as_trigger, as_view, read
from zendesk_sync.provision.items import Action, Item, Kind, Plan
from zendesk_sync.provision.plan import plan
from zendesk_sync.provision.plan_fields import as_organization_field, as_ticket_field
from zendesk_sync.zendesk.account import Account
from zendesk_sync.zendesk.configuration import FieldOption
from zendesk_sync.zendesk.ownership import Mark, marked

NOWHERE = "https://nowhere.invalid"
"""Where no address is needed, since nothing is written."""


@dataclass(slots=True)
class Applied:
    """What setup did, and the webhook's signing secret (never printed, never logged).

    ``unkept`` names what Zendesk answered otherwise than it was asked, for people.
    """

    items: list[Item] = field(default_factory=list)
    unkept: list[str] = field(default_factory=list)
    secret: str | None = field(default=None, repr=False)

    @property
    def changed(self) -> bool:
        return any(item.action is not Action.KEEP for item in self.items)


class Setup:
    """Setup of one account: look, plan, carry out."""

    def __init__(self, name: str, settings: AccountSettings, account: Account, handbook: Handbook) -> None:
        self._name, self._settings, self._account, self._handbook = name, settings, account, handbook

    def plan(self, public_url: str | None) -> Plan:
        """What would happen; nothing is written.

        Raises:
            ConfigurationError: no public address is configured, or something in the account stands in the way.
            ZendeskError: Zendesk refused or could not be reached.
        """
        self._account.me()
        return plan(read(self._account), self._blueprint(public_url))

    def plan_destroy(self, *, keep_fields: bool) -> Plan:
        """What :meth:`destroy` would take back; nothing is written.

        Raises:
            ZendeskError: Zendesk refused or could not be reached.
        """
        self._account.me()
        return plan_destroy(read(self._account), self._blueprint(NOWHERE), keep_fields=keep_fields)

    def destroy(self, planned: Plan, tell: Callable[[Item], None] = lambda _item: None) -> None:
        """Carry out ``planned``; ``tell`` hears of each item when it is done.

        Raises:
            ZendeskError: Zendesk refused or could not be reached; run it again to go on.
        """
        destroy(self._account, planned, tell)

    def apply(
        self, public_url: str | None, planned: Plan | None = None, tell: Callable[[Item], None] = lambda _item: None
    ) -> Applied:
        """Carry out ``planned``, or what :meth:`plan` says now; ``tell`` hears of each item when it is done.

        Raises:
            ConfigurationError, ZendeskError: as :meth:`plan`; run it again to go on where it stopped.
        """
        wanted = self._blueprint(public_url)
        planned = planned or self.plan(public_url)
        work = _Work(self._account, wanted, dict(planned.words))
        applied = Applied(unkept=work.unkept)
        for item in planned.items:
            if item.action is not Action.KEEP:
                work.carry_out(item)
            applied.items.append(item)
            tell(item)
        applied.secret = self._account.signing_secret(str(work.words["webhook"]))
        return applied

    def _blueprint(self, public_url: str | None) -> Blueprint:
        if public_url is None:
            raise ConfigurationError(
                "service.public_url: missing; expected the address at which Zendesk reaches this service, "
                "such as https://sync.example.com"
            )
        return blueprint(self._name, self._settings, self._handbook, public_url)


class _Work:
    """The writes of one run; ``words`` are the ids known so far."""

    def __init__(self, account: Account, wanted: Blueprint, words: dict[str, str | int]) -> None:
        self._account, self._wanted, self.words = account, wanted, words
        self.unkept: list[str] = []

    def carry_out(self, item: Item) -> None:
        """Write one item. Where the answer was lost, the account is read again instead of writing twice."""
        try:
            self._write(item)
        except AnswerLost:
            again = plan(read(self._account), self._wanted)
            now = next((one for one in again.items if (one.kind, one.key) == (item.kind, item.key)), None)
            if now is None or now == item or (now.action is Action.CREATE):
                raise
            self.words.update(again.words)
            if now.action is not Action.KEEP:
                self.carry_out(now)  # it was applied in part, so this is less than before

    def _write(self, item: Item) -> None:
        creates = item.action is Action.CREATE
        match item.kind:
            case Kind.FIELD:
                self._create_field(item) if creates else self._change_field(item)
            case Kind.FORM:
                self._place(item)
            case Kind.ORGANIZATION_FIELD:
                self._organization_field(item)
            case Kind.WEBHOOK:
                self._webhook(item)
            case Kind.TRIGGER:
                self._trigger(item)
            case Kind.VIEW:
                self._view(item)

    def _create_field(self, item: Item) -> None:
        payload = {key: value for key, value in item.wanted.items() if key != "active"}
        made = self._account.create_ticket_field({**payload, "description": self._description(item)})
        self.words[item.key] = made.id
        spec = next(one for one in self._wanted.specs if one.name == item.key)
        self._check(item, as_ticket_field(made, spec, dict(item.wanted)))

    def _change_field(self, item: Item) -> None:
        id_ = int(item.id or 0)
        for option in item.options:
            self._account.put_option(id_, **option)
        change: Payload = dict(item.send)
        if item.ours and self._description(item) != item.description:
            change["description"] = self._description(item)
        if item.sort:
            change["custom_field_options"] = self._sorted(id_, item.sort)
        if change:
            self._account.update_ticket_field(id_, change)

    def _sorted(self, id_: int, order: tuple[str, ...]) -> list[Payload]:
        """Every option that the field has at this moment, ours first: what a list leaves out is deleted."""
        there = next(one for one in self._account.ticket_fields() if one.id == id_).custom_field_options
        places = {value: place for place, value in enumerate(order)}
        return [_kept(one) for one in sorted(there, key=lambda one: places.get(one.value, len(places)))]

    def _place(self, item: Item) -> None:
        """The fields go behind those that stand on the form at this moment: the list replaces the former one."""
        form = next(one for one in self._account.ticket_forms() if one.id == item.id)
        missing = fill(item.send["ticket_field_ids"], self.words)
        now = [*form.ticket_field_ids, *(one for one in missing if one not in form.ticket_field_ids)]
        after = self._account.set_form_fields(form.id, now)
        if not set(missing) <= set(after.ticket_field_ids):
            self.unkept.append(f"{item.what}: Zendesk did not place every field on it")

    def _organization_field(self, item: Item) -> None:
        if item.action is Action.CREATE:
            payload = {key: value for key, value in item.wanted.items() if key != "active"}
            made = self._account.create_organization_field({**payload, "description": self._description(item)})
        else:
            change = {**item.send, "description": self._description(item)}
            if item.options:
                there = next(one for one in self._account.organization_fields() if one.id == item.id)
                renamed = {one["value"]: one for one in item.options}
                kept = [{**_kept(one), **renamed.pop(one.value, {})} for one in there.custom_field_options]
                change["custom_field_options"] = [*kept, *renamed.values()]
            made = self._account.update_organization_field(int(item.id or 0), change)
        self._check(item, as_organization_field(made, dict(item.wanted)))

    def _webhook(self, item: Item) -> None:
        if item.action is Action.CREATE:
            made = self._account.create_webhook({**item.wanted, "description": self._description(item)})
            self.words["webhook"] = made.id
        else:
            self._account.update_webhook(str(item.id), {**item.send, "description": self._description(item)})

    def _trigger(self, item: Item) -> None:
        if item.action is Action.CREATE:
            payload = {**fill(item.wanted, self.words), "description": self._description(item)}
            self._check(item, as_trigger(self._account.create_trigger(payload)))
        else:
            payload = {**fill(item.send, self.words), "description": self._description(item)}
            self._check(item, as_trigger(self._account.update_trigger(int(item.id or 0), payload)))

    def _view(self, item: Item) -> None:
        if item.action is Action.CREATE:
            payload = {**fill(item.wanted, self.words), "description": self._description(item)}
            self._check(item, as_view(self._account.create_view(payload)))
        else:
            payload = {**fill(item.send, self.words), "description": self._description(item)}
            self._check(item, as_view(self._account.update_view(int(item.id or 0), payload)))

    def _description(self, item: Item) -> str:
        """The words that stand there, or the blueprint's, with our line as it has to be afterwards."""
        written = stamp(item.kind, fill(dict(item.wanted), self.words), item.kept)
        mark = Mark(self._wanted.prefix, item.kind.mark, item.key, written)
        return marked(item.description or item.wanted.get("description"), mark)

    def _check(self, item: Item, after: Mapping[str, object]) -> None:
        """Whether the answer says what was asked for; what stays as a person has it is not looked at."""
        left = {one.aspect for one in item.differences if not one.mended}
        asked = fill(dict(item.wanted), self.words)
        for one in judge(item.kind, asked, after, None, {}).differences:
            if one.aspect not in left:
                self.unkept.append(f"{item.what}: {one.aspect}: asked for {one.ours}; Zendesk keeps {one.theirs}")


def _kept(option: FieldOption) -> Payload:
    """An option as it stands, for a list that replaces the former one."""
    return {"id": option.id, "name": option.raw_name or option.name, "value": option.value, "default": option.default}
