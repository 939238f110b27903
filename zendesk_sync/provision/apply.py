"""Creates what an account lacks, by name. A second run changes nothing; an interrupted one goes on where it stopped."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import msgspec

from zendesk_sync.errors import ConfigurationError
from zendesk_sync.policy.handbook import Handbook
from zendesk_sync.provision import blueprint
from zendesk_sync.settings import Account as AccountSettings
from zendesk_sync.zendesk.account import Account
from zendesk_sync.zendesk.configuration import TicketField
from zendesk_sync.zendesk.fields import OurField, find, lacks, specs


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that setup looked at: ``action`` is create, change or keep."""

    action: str
    what: str
    why: str = ""


@dataclass(slots=True)
class Applied:
    """What setup did, and the webhook's signing secret (never printed, never logged)."""

    steps: list[Step] = field(default_factory=list)
    secret: str | None = field(default=None, repr=False)

    @property
    def changed(self) -> bool:
        return any(step.action != "keep" for step in self.steps)


class Setup:
    """Setup of one account. With ``dry_run`` the same steps are found, and nothing is sent."""

    def __init__(
        self,
        name: str,
        settings: AccountSettings,
        account: Account,
        handbook: Handbook,
        *,
        dry_run: bool = False,
        tell: Callable[[Step], None] = lambda _step: None,
    ) -> None:
        self._name, self._settings, self._account, self._handbook = name, settings, account, handbook
        self._dry_run, self._tell = dry_run, tell
        self._applied = Applied()

    def apply(self, public_url: str | None) -> Applied:
        """Fields, forms, organization fields, then webhook and trigger.

        Raises:
            ConfigurationError: no public address is configured, or a field of ours clashes with one of the account.
            ZendeskError: Zendesk refused or could not be reached; run it again to go on.
        """
        if public_url is None:
            raise ConfigurationError(
                "service.public_url: missing; expected the address at which Zendesk reaches this service, "
                "such as https://sync.example.com"
            )
        self._account.me()
        ids = self._ticket_fields()
        self._forms(ids)
        self._organization_fields()
        webhook_id = self._webhook(public_url)
        if webhook_id is not None and len(ids) == len(OurField):
            self._trigger(webhook_id, ids)
            self._applied.secret = None if self._dry_run else self._account.signing_secret(webhook_id)
        else:
            title = blueprint.trigger(self._name, "", {})["title"]
            self._did("create", f'trigger "{title}"', "calls the webhook")
        return self._applied

    def _ticket_fields(self) -> dict[OurField, int]:
        existing = self._account.ticket_fields()
        self._no_foreign_options(existing)
        ids: dict[OurField, int] = {}
        for spec in specs(self._handbook):
            what = f'ticket field "{spec.title}"'
            found = find(existing, spec, self._settings.prefix)
            asleep = [one for one in existing if not one.active and (one.title, one.type) == (spec.title, spec.type)]
            if found is None and asleep:
                self._did("change", what, "active again")
                found = asleep[0]
                if not self._dry_run:
                    self._account.update_ticket_field(found.id, {"active": True})
            elif found is None:
                self._did("create", what, spec.about)
                if not self._dry_run:
                    payload = blueprint.ticket_field(spec, self._settings.prefix)
                    ids[spec.name] = self._account.create_ticket_field(payload).id
            if found is None:
                continue
            ids[spec.name] = found.id
            missing = lacks(found, spec, self._settings.prefix)
            if not missing:
                if found.active:
                    self._did("keep", what)
                continue
            self._did("change", what, f"adds the options {', '.join(title for _, title in missing)}")
            if not self._dry_run:
                wanted = {o["value"]: o["name"] for o in blueprint.options(spec, self._settings.prefix)}
                for value in wanted.keys() - {option.value for option in found.custom_field_options}:
                    self._account.add_option(found.id, name=wanted[value], value=value)
        return ids

    def _no_foreign_options(self, existing: list[TicketField]) -> None:
        """An option value is a tag, and a tag selects one field's option: it must not stand in another field too."""
        ours = {o["value"]: s for s in specs(self._handbook) for o in blueprint.options(s, self._settings.prefix)}
        for one in existing:
            for option in one.custom_field_options:
                spec = ours.get(option.value)
                if spec is not None and one.title != spec.title:
                    raise ConfigurationError(
                        f'ticket field "{one.title}" (id {one.id}) already has an option {option.value}, which '
                        f'"{spec.title}" needs. If it is ours and was renamed, call it "{spec.title}" again; if not, '
                        f"choose another `prefix` for this account than {self._settings.prefix}"
                    )

    def _forms(self, ids: dict[OurField, int]) -> None:
        shown = [ids[spec.name] for spec in specs(self._handbook) if spec.on_forms and spec.name in ids]
        for form in self._account.ticket_forms():
            if not form.active:
                continue
            missing = [id_ for id_ in shown if id_ not in form.ticket_field_ids]
            if not missing and len(ids) == len(OurField):
                self._did("keep", f'form "{form.name}"')
                continue
            self._did("change", f'form "{form.name}"', "shows the fields to agents")
            if not self._dry_run:
                self._account.set_form_fields(form.id, [*form.ticket_field_ids, *missing])

    def _organization_fields(self) -> None:
        existing = {one.key: one for one in self._account.organization_fields()}
        for payload in blueprint.organization_fields(self._settings, self._handbook):
            what = f'organization field "{payload["title"]}" ({payload["key"]})'
            found = existing.get(payload["key"])
            if found is None:
                self._did("create", what, payload["description"])
                if not self._dry_run:
                    self._account.create_organization_field(payload)
                continue
            have = [{"id": o.id, "name": o.name, "value": o.value} for o in found.custom_field_options]
            known = {option.value for option in found.custom_field_options}
            missing = [o for o in payload.get("custom_field_options", ()) if o["value"] not in known]
            if found.type != payload["type"] or not missing:
                self._did("keep", what)  # another type is the account's own field, read as it is
                continue
            self._did("change", what, f"adds the options {', '.join(o['name'] for o in missing)}")
            if not self._dry_run:
                self._account.update_organization_field(found.id, {"custom_field_options": [*have, *missing]})

    def _webhook(self, public_url: str) -> str | None:
        wanted = blueprint.webhook(self._name, public_url)
        found = next((one for one in self._account.webhooks() if one.name == wanted["name"]), None)
        what = f'webhook "{wanted["name"]}"'
        if found is None:
            self._did("create", what, f"calls {wanted['endpoint']}")
            return None if self._dry_run else self._account.create_webhook(wanted).id
        if "conditional_ticket_events" not in found.subscriptions:
            raise ConfigurationError(f"{what} is of the event-subscribed kind, which triggers cannot call; delete it")
        if found.endpoint == wanted["endpoint"] and found.status == "active":
            self._did("keep", what)
        else:
            moved = found.endpoint != wanted["endpoint"]
            why = f"calls {wanted['endpoint']} instead of {found.endpoint}" if moved else "active again"
            self._did("change", what, why)
            if not self._dry_run:
                self._account.update_webhook(found.id, {"endpoint": wanted["endpoint"], "status": "active"})
        return found.id

    def _trigger(self, webhook_id: str, ids: dict[OurField, int]) -> None:
        wanted = blueprint.trigger(self._name, webhook_id, ids)
        found = next((one for one in self._account.triggers() if one.title == wanted["title"]), None)
        what = f'trigger "{wanted["title"]}"'
        if found is None:
            self._did("create", what, "calls the webhook")
            if not self._dry_run:
                self._account.create_trigger(wanted)
            return
        conditions, actions = msgspec.to_builtins(found.conditions), msgspec.to_builtins(found.actions)
        if blueprint.same_trigger(wanted, conditions, list(actions), active=found.active):
            self._did("keep", what)
            return
        self._did("change", what, "back to its definition")
        if not self._dry_run:
            self._account.update_trigger(found.id, wanted)

    def _did(self, action: str, what: str, why: str = "") -> None:
        step = Step(action, what, why)
        self._applied.steps.append(step)
        self._tell(step)
