"""Everything that is looked at, in order; what depends on something that failed is skipped and says so."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from zendesk_sync.doctor import access, configuration, customers, local, roundtrip, rules, service
from zendesk_sync.doctor.checks import Check, Mark, fail, ok, skipped
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
from zendesk_sync.provision.blueprint import blueprint
from zendesk_sync.provision.found import Found, read
from zendesk_sync.provision.items import Kind, Plan
from zendesk_sync.provision.plan import plan
from zendesk_sync.settings import Secrets, Settings, read_secrets
from zendesk_sync.store.pauses import WritesPause
from zendesk_sync.store.places import ELSEWHERE
from zendesk_sync.store.store import Store
from zendesk_sync.sync.connection import open_account
from zendesk_sync.sync.paused import BY_CONFIGURATION, in_force
from zendesk_sync.zendesk import rules as zendesk_rules
from zendesk_sync.zendesk.account import ZenpyAccount
from zendesk_sync.zendesk.client import Client
from zendesk_sync.zendesk.configuration import Webhook
from zendesk_sync.zendesk.exports import Exports
from zendesk_sync.zendesk.fields import NATIVE_PRIORITY
from zendesk_sync.zendesk.tickets import Tickets

Look = Callable[[], Check | Iterable[Check]]
NOWHERE = "https://public-url-is-missing.invalid"
OF_SETUP = (
    "official priority",
    "webhook secret",
    roundtrip.NAME,
    "other triggers",
    "other automations",
    "macros",
    "sla policies",
)
OF_ZENDESK = ("clock", "export", "setup", *OF_SETUP, "customers", "rate")
SIGN_IN_FIXES = {
    AccessDenied: "check the role of the user, and the scope of the token: read write",
    CredentialsRejected: "check the credentials, or let zendesk-sync init ask for them again: docs/signing-in.md",
    NotFound: "check the account's url in the configuration",
    ZendeskUnreachable: ZendeskUnreachable.fix,
}


@dataclass(frozen=True, slots=True)
class _Known:
    """The account as it is, and what setup would do to it."""

    found: Found
    planned: Plan


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
        of_here = [*customers.sources(self._account.customers), *self._store()]
        self._checks += local.environment(self._environ, self._settings.accounts)
        try:
            secrets = read_secrets(self._settings, self._name, self._environ)
            how = access.way(self._account, self._name, secrets)
            client = open_account(self._name, self._account, secrets, sleep=self._sleep)
        except ConfigurationError as error:
            self._checks.append(fail("sign-in", str(error), "docs/signing-in.md"))
            self._skip("needs credentials", OF_ZENDESK)
        else:
            with client:
                self._zendesk(client, secrets, how)
        return [*self._checks, *of_here]

    def _zendesk(self, client: Client, secrets: Secrets, how: str) -> None:
        account = ZenpyAccount(client)
        try:
            self._checks.append(access.sign_in(account.me(), client.url, how))
        except ZendeskError as error:
            fix = next((text for kind, text in SIGN_IN_FIXES.items() if isinstance(error, kind)), "")
            self._checks.append(fail("sign-in", str(error), fix))
            self._skip("needs Zendesk, which could not be signed in to", OF_ZENDESK)
            return
        if how.startswith(access.API_TOKEN):
            self._checks.append(access.api_token(self._now()))
        if how == access.ACCESS_TOKEN:
            self._readable("access-token", lambda: access.access_token(client, self._now()))
        tolerance = self._settings.service.timestamp_tolerance_seconds
        self._try("clock", lambda: access.clock(client, tolerance, self._now))
        self._try("export", lambda: access.export(Tickets(client), self._now))
        known: list[_Known] = []
        self._try("setup", lambda: self._read(account, known))
        if known:
            self._try(
                "official priority", lambda: configuration.official(known[0].found, self._account, self._handbook)
            )
            self._checks += self._made(known[0])
            self._webhook(client, account, secrets, known[0])
            self._rules(client, known[0])
        else:
            self._skip("needs to know what the account has", OF_SETUP)
        self._try("customers", lambda: customers.unknown(Exports(client), self._account.prefix))
        self._try(
            customers.DIRECTORY,
            lambda: customers.directory(self._name, self._account, secrets, Exports(client), Tickets(client)),
        )
        self._try("rate", lambda: access.rate(client.budget))

    def _read(self, account: ZenpyAccount, known: list[_Known]) -> list[Check]:
        """Read the account, and plan what setup would do; what was found is put into ``known``."""
        found = read(account)
        url = self._settings.service.public_url
        wanted = blueprint(self._name, self._account, self._handbook, url or NOWHERE)
        known.append(_Known(found, plan(found, wanted)))
        if url is not None:
            return []
        text = "service.public_url is missing: Zendesk cannot call the service"
        return [fail("setup", text, f"write it into {self._settings.source}, then zendesk-sync setup apply")]

    def _made(self, known: _Known) -> list[Check]:
        checks = configuration.made(known.planned, known.found)
        if self._settings.service.public_url is None:
            kinds = (Kind.WEBHOOK.value, Kind.TRIGGER.value)
            checks = [one for one in checks if not one.name.startswith(kinds)]
        if not any(one.mark is Mark.FAIL and one.name.startswith(Kind.FIELD.value) for one in checks):
            self._try("inputs", lambda: configuration.inputs(known.found, self._account, self._handbook))
        return checks

    def _webhook(self, client: Client, account: ZenpyAccount, secrets: Secrets, known: _Known) -> None:
        ours, secret = configuration.our_webhook(known.planned, known.found), secrets.webhook_secret
        self._try("webhook secret", lambda: self._secret(account, secrets, ours))
        if ours is None or secret is None or secrets.published:
            self._checks.append(skipped(roundtrip.NAME, "needs a webhook and its secret"))
            return
        agreed = self._checks[-1].mark is Mark.OK
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

    def _secret(self, account: ZenpyAccount, secrets: Secrets, webhook: Webhook | None) -> Check:
        """The webhook's secret here and there."""
        fix = "zendesk-sync setup apply"
        file = self._settings.secrets_file(self._name).name
        if secrets.published:
            text = "it is the test secret that Zendesk publishes, with which anybody can sign"
            return fail("webhook secret", text, f"take it out of {file} or the environment; {fix} fetches the real one")
        if secrets.webhook_secret is None:
            return fail("webhook secret", "none is known here, so every webhook is refused", f"{fix} fetches it")
        if webhook is None:
            return skipped("webhook secret", "the account has no webhook of ours to compare it with")
        if account.signing_secret(webhook.id) != secrets.webhook_secret.get_secret_value():
            return fail("webhook secret", "Zendesk signs with another one than is known here", f"{fix} fetches it")
        return ok("webhook secret", "the same here and in Zendesk, and not the published test secret")

    def _rules(self, client: Client, known: _Known) -> None:
        try:
            official = configuration.official_action(known.found, self._account, self._handbook)
        except ConfigurationError:
            official = NATIVE_PRIORITY
        ours = configuration.our_actions(known.planned)
        self._try("other triggers", lambda: rules.competing("triggers", known.found.triggers, official, ours))
        self._try(
            "other automations",
            lambda: rules.competing("automations", zendesk_rules.automations(client), official, ours),
        )
        self._readable("macros", lambda: rules.by_hand(zendesk_rules.macros(client), official))
        levels = [self._handbook.official.value(level) for level in Priority if level.determined]
        if self._account.official == NATIVE_PRIORITY:
            self._readable("sla policies", lambda: rules.promised(zendesk_rules.sla_policies(client), levels))

    def _store(self) -> list[Check]:
        """The store's checks; a store that is not there yet is no fault."""
        place = self._settings.place(self._environ)
        if isinstance(place, Path) and not place.exists():
            if not os.access(place.parent, os.W_OK | os.X_OK):
                why = (
                    f"{place}: there is no such folder, or it cannot be written to, so that the service does not start"
                )
                return [fail("store", why, ELSEWHERE)]
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

    def _skip(self, why: str, names: Iterable[str]) -> None:
        self._checks += [skipped(name, why) for name in names]
