"""Everything that is looked at, in order; what depends on something that failed is skipped and says so."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path

from zendesk_sync.doctor import access, customers, roundtrip, rules, service
from zendesk_sync.doctor.checks import Check, fail, ok, skipped
from zendesk_sync.doctor.roundtrip import Sign
from zendesk_sync.errors import (
    AccessDenied,
    ConfigurationError,
    CredentialsRejected,
    NotFound,
    RateLimited,
    StoreError,
    ZendeskError,
    ZendeskUnavailable,
    ZendeskUnreachable,
)
from zendesk_sync.policy.handbook import Handbook
from zendesk_sync.policy.terms import Priority
from zendesk_sync.provision import blueprint
from zendesk_sync.settings import Secrets, Settings, read_secrets
from zendesk_sync.store.pauses import WritesPause
from zendesk_sync.store.store import Store
from zendesk_sync.sync.connection import open_account
from zendesk_sync.sync.paused import BY_CONFIGURATION, in_force
from zendesk_sync.zendesk import rules as zendesk_rules
from zendesk_sync.zendesk.account import ZenpyAccount
from zendesk_sync.zendesk.client import Client
from zendesk_sync.zendesk.configuration import Webhook
from zendesk_sync.zendesk.exports import Exports
from zendesk_sync.zendesk.fields import NATIVE_PRIORITY, find, specs
from zendesk_sync.zendesk.tickets import Tickets

Look = Callable[[], Check | Iterable[Check]]
OF_ZENDESK = (
    "clock",
    "export",
    "webhook secret",
    roundtrip.NAME,
    "other triggers",
    "other automations",
    "macros",
    "sla policies",
    "customers",
    "rate",
)
SIGN_IN_FIXES = {
    CredentialsRejected: "check the credentials, or let zendesk-sync init ask for them again: docs/signing-in.md",
    NotFound: "check the account's url in the configuration",
    ZendeskUnreachable: "is the network there, and is a proxy needed (HTTPS_PROXY)?",
}


class Doctor:
    """The examination of one account. Nothing is written, neither there nor here.

    Args:
        settings: the configuration.
        handbook: the policy in force.
        name: the account.
        sign: how Zendesk signs webhooks: secret, timestamp, body.
        now: the time.
        sleep: waits the given seconds.
        environ: where secrets may come from.
    """

    def __init__(
        self,
        settings: Settings,
        handbook: Handbook,
        name: str,
        *,
        sign: Sign,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        sleep: Callable[[float], None] = time.sleep,
        environ: Mapping[str, str] = os.environ,
    ) -> None:
        self._settings, self._handbook, self._name = settings, handbook, name
        self._account = settings.accounts[name]
        self._sign, self._now, self._sleep, self._environ = sign, now, sleep, environ
        self._checks: list[Check] = []
        self._away: str | None = None
        self._running = False

    def examine(self) -> list[Check]:
        """Look at everything."""
        of_store = self._store()
        try:
            secrets = read_secrets(self._settings, self._name, self._environ)
            how = access.way(self._account, self._name, secrets)
            client = open_account(self._name, self._account, secrets, sleep=self._sleep)
        except ConfigurationError as error:
            self._checks.append(fail("sign-in", str(error), "docs/signing-in.md"))
            self._skip("needs credentials")
        else:
            with client:
                self._zendesk(client, secrets, how)
        return [*self._checks, *of_store]

    def _zendesk(self, client: Client, secrets: Secrets, how: str) -> None:
        account = ZenpyAccount(client)
        try:
            self._checks.append(access.sign_in(account.me(), client.url, how))
        except ZendeskError as error:
            fix = next((text for kind, text in SIGN_IN_FIXES.items() if isinstance(error, kind)), "")
            self._checks.append(fail("sign-in", str(error), fix))
            self._skip("needs Zendesk, which could not be signed in to")
            return
        if how.startswith("API token"):
            self._checks.append(access.api_token(self._now()))
        tolerance = self._settings.service.timestamp_tolerance_seconds
        self._try("clock", lambda: access.clock(client, tolerance, self._now))
        self._try("export", lambda: access.export(Tickets(client), self._now))
        self._webhook(client, account, secrets)
        self._rules(client, account)
        self._try("customers", lambda: customers.unknown(Exports(client), self._account.prefix))
        self._try("rate", lambda: access.rate(client.budget))

    def _webhook(self, client: Client, account: ZenpyAccount, secrets: Secrets) -> None:
        name = blueprint.webhook(self._name, "")["name"]
        found: list[Webhook] = []
        self._try("webhook secret", lambda: self._secret(account, secrets, name, found))
        ours, secret = next(iter(found), None), secrets.webhook_secret
        if ours is None or secret is None or secrets.published:
            self._checks.append(skipped(roundtrip.NAME, "needs a webhook and its secret"))
            return
        agreed = not any(one.name == "webhook secret" and one.fix for one in self._checks)
        self._try(
            roundtrip.NAME,
            lambda: roundtrip.round_trip(
                client,
                ours,
                secret.get_secret_value(),
                sign=self._sign,
                now=self._now,
                agreed=agreed,
                running=self._running,
            ),
        )

    def _secret(self, account: ZenpyAccount, secrets: Secrets, name: str, found: list[Webhook]) -> Check:
        """The webhook's secret here and there; the webhook is put into ``found``."""
        fix = "zendesk-sync setup apply"
        file = self._settings.secrets_file(self._name).name
        found += [one for one in account.webhooks() if one.name == name][:1]
        if secrets.published:
            text = "it is the test secret that Zendesk publishes, with which anybody can sign"
            return fail("webhook secret", text, f"take it out of {file} or the environment; {fix} fetches the real one")
        if secrets.webhook_secret is None:
            return fail("webhook secret", "none is known here, so every webhook is refused", f"{fix} fetches it")
        if not found:
            return skipped("webhook secret", "the account has no webhook of ours to compare it with")
        if account.signing_secret(found[0].id) != secrets.webhook_secret.get_secret_value():
            return fail("webhook secret", "Zendesk signs with another one than is known here", f"{fix} fetches it")
        return ok("webhook secret", "the same here and in Zendesk, and not the published test secret")

    def _rules(self, client: Client, account: ZenpyAccount) -> None:
        there = account.ticket_fields()
        found = [(spec.title, find(there, spec, self._account.prefix)) for spec in specs(self._handbook)]
        fields = {f"{rules.CUSTOM}{one.id}": title for title, one in found if one is not None}
        official = NATIVE_PRIORITY
        self._try("other triggers", lambda: rules.competing("triggers", account.triggers(), official, fields))
        self._try(
            "other automations",
            lambda: rules.competing("automations", zendesk_rules.automations(client), official, fields),
        )
        self._readable("macros", lambda: rules.by_hand(zendesk_rules.macros(client), official))
        levels = [self._handbook.official.value(level) for level in Priority if level.determined]
        self._readable("sla policies", lambda: rules.promised(zendesk_rules.sla_policies(client), levels))

    def _store(self) -> list[Check]:
        """The store's checks; a store that is not there yet is no fault."""
        place = self._settings.place(self._environ)
        if isinstance(place, Path) and not place.exists():
            why = f"there is no store yet ({place}); zendesk-sync serve makes it"
            configured = WritesPause(BY_CONFIGURATION, None, None) if self._account.paused else None
            return [*(skipped(name, why) for name in ("inbox", "sweep", "rest")), service.pause(self._name, configured)]
        try:
            with Store.open(place, exclusive=False) as store:
                swept = store.swept_ago(self._name)
                self._running = swept is not None and swept <= service.LAG_S
                stands = in_force(store, self._name, paused=self._account.paused)
                of_service = [look(store, self._name) for look in (service.inbox, service.sweep, service.rest)]
                return [*of_service, service.pause(self._name, stands)]
        except StoreError as error:
            return [fail("store", str(error), "")]

    def _readable(self, name: str, look: Look) -> None:
        """As :meth:`_try`, of something that not every account or user has."""

        def looked() -> Check | Iterable[Check]:
            try:
                return look()
            except (AccessDenied, NotFound) as error:
                return skipped(name, f"cannot be read here ({error.status})")

        self._try(name, looked)

    def _try(self, name: str, look: Look) -> None:
        if self._away is not None:
            self._checks.append(skipped(name, self._away))
            return
        try:
            found = look()
            self._checks += [found] if isinstance(found, Check) else found
        except (ZendeskUnreachable, ZendeskUnavailable) as error:
            self._checks.append(fail(name, str(error), "try again when Zendesk answers"))
            self._away = "Zendesk stopped answering"
        except RateLimited as error:
            self._checks.append(skipped(name, str(error)))
        except (ZendeskError, ConfigurationError) as error:
            self._checks.append(fail(name, str(error), ""))

    def _skip(self, why: str) -> None:
        self._checks += [skipped(name, why) for name in OF_ZENDESK]
