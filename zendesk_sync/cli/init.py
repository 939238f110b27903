"""``init``: from nothing to a configuration whose credentials are known to work. Asks, or takes options."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer
from pydantic import BaseModel, SecretStr, ValidationError
from rich.markup import escape

from zendesk_sync.account_settings import Account
from zendesk_sync.cli import init_files
from zendesk_sync.cli.common import ConfigOption, DryRunOption, err, out, print_error
from zendesk_sync.cli.init_files import Answers, Keep, Plan, SignIn
from zendesk_sync.cli.render import one_line
from zendesk_sync.customers.mail_domains import DOMAIN, identifies
from zendesk_sync.errors import AccessDenied, ConfigurationError, InputError, ZendeskError
from zendesk_sync.secret_variables import LARGEST_SECRET, from_environment, variable
from zendesk_sync.settings import CONFIG_FILE, DEFAULT_FILE, Service
from zendesk_sync.sync.connection import ONE_SHOT_PATIENCE_S, open_account
from zendesk_sync.zendesk.account import ZenpyAccount
from zendesk_sync.zendesk.auth import API_TOKENS_RETIRE
from zendesk_sync.zendesk.records import User

T = TypeVar("T")
NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,40}")
WAYS = {
    SignIn.CLIENT: "an OAuth client, by its own id and secret: the way to choose; tokens renew themselves",
    SignIn.ACCESS_TOKEN: "an OAuth access token that somebody made",
    SignIn.API_TOKEN: "an email address and an API token; Zendesk is retiring these",
}
SECRETS = {
    SignIn.CLIENT: "Secret of the OAuth client",
    SignIn.ACCESS_TOKEN: "OAuth access token",
    SignIn.API_TOKEN: "API token",
}
WHERE = "Admin Center > Apps and integrations > APIs > OAuth clients"


def init(
    config: ConfigOption = None,
    url: Annotated[str | None, typer.Option("--url", help="The account: https://acme.zendesk.com, or acme.")] = None,
    account: Annotated[
        str | None, typer.Option("--account", help="What it is called here: a-z, 0-9 and -. By default as in its URL.")
    ] = None,
    sign_in: Annotated[
        SignIn | None, typer.Option("--sign-in", help="How zendesk-sync signs in; --client-id or --email say it too.")
    ] = None,
    client_id: Annotated[
        str | None, typer.Option("--client-id", help="Unique identifier of the OAuth client, for client-credentials.")
    ] = None,
    email: Annotated[str | None, typer.Option("--email", help="User whose API token it is, for api-token.")] = None,
    public_url: Annotated[
        str | None, typer.Option("--public-url", help="Where Zendesk reaches this service: https://sync.example.com.")
    ] = None,
    our_domain: Annotated[
        list[str] | None, typer.Option("--our-domain", help="Mail domain of colleagues; may be repeated.")
    ] = None,
    secret_stdin: Annotated[
        bool, typer.Option("--secret-stdin", help="Read the secret from standard input, one line; nothing is asked.")
    ] = False,
    keep: Annotated[
        Keep | None,
        typer.Option("--keep", help="Where the secret is kept. By default a file, or where it came from."),
    ] = None,
    test: Annotated[bool, typer.Option("--test/--no-test", help="Sign in before anything is written.")] = True,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace a configuration or a secret without asking.")
    ] = False,
    dry_run: DryRunOption = False,
) -> None:
    """Write a configuration for one Zendesk account, after asking for what it needs and signing in with it.

    Never takes the secret as an argument, where others could see it: it is asked for, read from its environment
    variable, or from standard input.
    """
    asks = sys.stdin.isatty() and not secret_stdin
    file = config or Path(os.environ.get(CONFIG_FILE) or DEFAULT_FILE)
    folder = file.resolve().parent
    if not folder.is_dir() or not os.access(folder, os.W_OK):
        raise InputError(f"{folder}: no such folder, or it cannot be written to; the configuration would stand there")
    sign_in = _implied(sign_in, client_id, email)
    given = {"url": url, "account": account, "sign_in": sign_in, "client_id": client_id, "email": email}
    form = _Form(asks, {**given, "public_url": public_url, "our_domains": our_domain}, secret_stdin, keep)
    while True:
        name = form.account()
        plan = _planned(file, name, overwrite or dry_run, asks)
        answers = form.answers(plan)
        _keeps(file, answers, overwrite or dry_run, asks)
        try:
            if test:
                _tell_user(answers, sign_in_as(answers))
            break
        except (ZendeskError, ConfigurationError) as error:
            if not asks:
                raise
            print_error(error)
            if not typer.confirm("Answer again?", default=True):
                raise typer.Exit(2) from None
            form.again()
    if not test:
        out.print("Not signed in (--no-test).")
        if answers.sign_in is SignIn.API_TOKEN:
            err.print(f"[yellow]warning:[/] {escape(API_TOKENS_RETIRE)}")
    if dry_run:
        out.print(escape(init_files.render(answers, plan)))
        out.print("Nothing was written (--dry-run).")
        return
    for line in init_files.write(file, answers, plan):
        out.print(escape(line))
    _next(file, answers)


def sign_in_as(answers: Answers) -> User:
    """Who Zendesk takes us for.

    Raises:
        AccessDenied: not an admin.
        ZendeskError: the credentials do not work, or the account cannot be reached.
    """
    with open_account(answers.name, answers.account, answers.secrets, patience_s=ONE_SHOT_PATIENCE_S) as client:
        user = ZenpyAccount(client).me()
    if user.role != "admin":
        raise AccessDenied(
            f"{user.email or user.id} behind these credentials is no admin but has the role {user.role}; exports, "
            f"fields and webhooks need one. Let a user with the admin role own the OAuth client ({WHERE})"
        )
    return user


class _Form:
    """The questions, each asked only where no option has answered it, and again after credentials that failed."""

    def __init__(self, asks: bool, given: dict[str, Any], secret_stdin: bool, keep: Keep | None) -> None:
        self._asks, self._given, self._stdin, self._keep = asks, given, secret_stdin, keep
        self._former: dict[str, Any] = {}
        self._secret: SecretStr | None = None
        if not asks:
            self._need_all()

    def again(self) -> None:
        """Ask everything once more; what was said is proposed."""
        self._given = {}
        self._secret = None

    def account(self) -> str:
        url = self._ask("url", "URL of the Zendesk account", _url)
        proposed = self._former.get("account") or _name_of(url)
        return self._ask("account", "Name of the account here", _name, proposed)

    def answers(self, plan: Plan) -> Answers:
        said = self._former
        sign_in: SignIn = self._ask_way()
        client_id = email = None
        if sign_in is SignIn.CLIENT:
            client_id = self._ask("client_id", f"Unique identifier of the OAuth client ({WHERE})", _text)
        if sign_in is SignIn.API_TOKEN:
            email = self._ask("email", "Email address of the user whose API token it is", _field(Account, "email"))
        secret, keep = self._ask_secret(said["account"], sign_in)
        public_url = None
        if plan is not Plan.ADD:
            question = "Public URL of this service, where Zendesk sends webhooks (empty: later)"
            public_url = self._ask("public_url", question, _public_url, "")
        domains = self._ask("our_domains", "Our own mail domains (such as example.com; empty: none)", _domains, "")
        return Answers(
            name=said["account"],
            url=said["url"],
            sign_in=sign_in,
            client_id=client_id,
            email=email,
            secret=secret,
            keep=keep,
            public_url=public_url or None,
            our_domains=domains,
        )

    def _need_all(self) -> None:
        wanted = ["url", "sign_in"]
        way = self._given.get("sign_in")
        wanted += ["client_id"] if way is SignIn.CLIENT else ["email"] if way is SignIn.API_TOKEN else []
        missing = [f"--{one.replace('_', '-')}" for one in wanted if not self._given.get(one)]
        if missing:
            raise InputError(f"nobody can be asked here (no terminal), and missing are: {', '.join(missing)}")

    def _ask(self, key: str, question: str, read: Callable[[Any], T], proposed: Any = None) -> T:
        value = self._given.get(key)
        if value is None and not self._asks:
            value = proposed
            if value is None:
                raise InputError(f"nobody can be asked here (no terminal); missing is: --{key.replace('_', '-')}")
        if value is None:
            default = self._former.get(key, proposed)
            default = " ".join(default) if isinstance(default, tuple) else default
            found: T = typer.prompt(question, default=default, value_proc=_asked(read), show_default=bool(default))
        else:
            try:
                found = read(value)
            except ValueError as error:
                option = "--our-domain" if key == "our_domains" else f"--{key.replace('_', '-')}"
                raise InputError(f"{option}: {error}") from None
        self._former[key] = found
        return found

    def _ask_way(self) -> SignIn:
        if self._asks and self._given.get("sign_in") is None:
            out.print("How to sign in:")
            for way, about in WAYS.items():
                out.print(f"  {way.value:<20} {about}")
        return self._ask("sign_in", "Way to sign in", _way, SignIn.CLIENT.value)

    def _ask_secret(self, account: str, sign_in: SignIn) -> tuple[SecretStr, Keep]:
        keep, name = self._keep, sign_in.secret
        if self._secret is None and self._stdin:
            hidden = f"{SECRETS[sign_in]} (not shown)"
            typed = typer.prompt(hidden, hide_input=True).encode() if sys.stdin.isatty() else None
            self._secret = SecretStr(_line(typed or sys.stdin.buffer.read(LARGEST_SECRET + 2), "standard input"))
        found = self._secret.get_secret_value() if self._secret else from_environment(account, name)
        if found and not self._secret:
            out.print(f"The secret comes from {variable(account, name)}.")
            return SecretStr(found), keep or Keep.ENVIRONMENT
        if keep is Keep.ENVIRONMENT:
            raise InputError(f"--keep environment: {variable(account, name)} is not set")
        if not found and not self._asks:
            raise InputError(f"no secret: set {variable(account, name)}, or pass it on standard input: --secret-stdin")
        while not found:
            try:
                found = _line(typer.prompt(f"{SECRETS[sign_in]} (not shown)", hide_input=True).encode(), "the answer")
            except InputError as error:
                err.print(escape(str(error)))
        return SecretStr(found), keep or Keep.FILE


def _implied(way: SignIn | None, client_id: str | None, email: str | None) -> SignIn | None:
    """The way to sign in that the other options speak of.

    Raises:
        InputError: they speak of different ones.
    """
    belongs = {SignIn.CLIENT: client_id, SignIn.API_TOKEN: email}
    meant = [one for one, value in belongs.items() if value]
    if len(meant) > 1 or (way and meant and meant != [way]):
        raise InputError(f"--client-id goes with --sign-in {SignIn.CLIENT}, --email with --sign-in {SignIn.API_TOKEN}")
    return way or next(iter(meant), None)


def _planned(file: Path, name: str, overwrite: bool, asks: bool) -> Plan:
    plan, why = init_files.plan_for(file, name)
    if plan is not Plan.REPLACE or overwrite:
        return plan
    if not asks:
        raise InputError(f"{file}: {why}\nIt was left alone; --overwrite replaces it")
    err.print(escape(f"{file}: {why}"))
    if not typer.confirm(f"Replace {file}? It is kept as {file.name}.old", default=False):
        raise typer.Exit(1)
    return plan


def _keeps(file: Path, answers: Answers, overwrite: bool, asks: bool) -> None:
    """Ask before another secret goes."""
    where = init_files.kept_already(file, answers)
    if where is None or overwrite:
        return
    said = f"{where}: another {answers.sign_in.secret} of account {answers.name} is kept there"
    if not asks:
        raise InputError(f"{said}. It was left alone; --overwrite replaces it")
    if not typer.confirm(f"{said}. Replace it?", default=False):
        raise typer.Exit(1)


def _tell_user(answers: Answers, user: User) -> None:
    who = one_line(f"{answers.url} as {user.name or 'user'} ({user.email or user.id}), an admin")
    out.print(f"[green]✓[/] signed in at {escape(who)}")


def _next(file: Path, answers: Answers) -> None:
    more = "" if file == Path(DEFAULT_FILE) else f" --config {file}"
    out.print("\nNext:")
    if answers.keep is Keep.ENVIRONMENT:
        out.print(f"  set {variable(answers.name, answers.sign_in.secret)} wherever zendesk-sync runs")
    if answers.public_url is None:
        out.print(escape(f"  write [service] public_url into {file}: where Zendesk reaches this service"))
    for command, about in (
        ("setup plan", "what it would create in the account; nothing is sent"),
        ("setup apply", "fields, webhook, trigger, views"),
        ("serve", "webhooks, sweep and work"),
        ("doctor", "whether everything is right, and what to do where it is not"),
    ):
        out.print(f"  {escape(f'zendesk-sync {command}{more}'):<40} {about}")


def _asked(read: Callable[[Any], T]) -> Callable[[Any], T]:
    def proc(value: Any) -> T:
        try:
            return read(value)
        except ValueError as error:
            raise typer.BadParameter(str(error)) from None

    return proc


def _url(value: str) -> str:
    value = value.strip().rstrip("/")
    if re.fullmatch(r"[A-Za-z0-9-]+", value):
        value = f"{value}.zendesk.com"
    if "://" not in value:
        value = f"https://{value}"
    if found := re.match(r"(?i)(https://[a-z0-9.-]+\.zendesk\.com)(/.*)?$", value):
        value = found[1].lower()  # the address bar of somebody who is at work there
    return str(_field(Account, "url")(value))


def _public_url(value: str) -> str:
    return str(_field(Service, "public_url")(value.strip())) if value.strip() else ""


def _name_of(url: str) -> str | None:
    found = re.fullmatch(r"https://([a-z0-9][a-z0-9-]{0,40})\.zendesk\.com", url)
    return found[1] if found else None


def _name(value: str) -> str:
    if not NAME.fullmatch(value):
        raise ValueError(f"must be of a-z, 0-9 and -, and begin with a letter or digit; found {value!r}")
    return value


def _text(value: str) -> str:
    value = value.strip()
    if not value or not value.isprintable():
        raise ValueError("must be one line of text")
    return value


def _way(value: str) -> SignIn:
    try:
        return SignIn(value)
    except ValueError:
        raise ValueError(f"must be one of: {', '.join(SignIn)}; found {value!r}") from None


def _domains(value: str | list[str] | tuple[str, ...]) -> tuple[str, ...]:
    words = re.split(r"[\s,;]+", value) if isinstance(value, str) else value
    found = [word.strip().lower().rpartition("@")[2] for word in words if word.strip()]
    for word in found:
        if not DOMAIN.fullmatch(word):
            raise ValueError(f"must be a mail domain such as example.com; found {word!r}")
        if not identifies(word, ()):
            raise ValueError(f"anybody can have an address at {word}, so it does not tell colleagues from customers")
    return tuple(dict.fromkeys(found))


def _field(model: type[BaseModel], name: str) -> Callable[[Any], Any]:
    """What the configuration's own model says of one value."""

    def read(value: Any) -> Any:
        needed = {"url": "https://acme.zendesk.com"} if model is Account else {}
        try:
            return getattr(model.model_validate({**needed, name: value}), name)
        except ValidationError as error:
            raise ValueError(error.errors()[0]["msg"].removeprefix("Value error, ")) from None

    return read


def _line(given: bytes, where: str) -> str:
    """One secret out of one line.

    Raises:
        InputError: nothing, more than a line, or no text; the message does not repeat it.
    """
    try:
        text = given.decode().strip()
    except UnicodeDecodeError:
        text = ""
    if not text or len(text) > LARGEST_SECRET or not text.isprintable():
        raise InputError(f"{where}: expected one line with the secret and nothing else")
    return text
