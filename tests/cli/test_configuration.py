"""Bad configuration is one clear message that names file, key, what was found and what is allowed."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import URL, make_url

from zendesk_sync.errors import ConfigurationError
from zendesk_sync.settings import TEST_SECRET, Settings, load, load_secrets, save_secret

GOOD = '[accounts.acme]\nurl = "https://acme.zendesk.com"\nclient_id = "x"\n'


@pytest.fixture
def config(tmp_path: Path) -> Path:
    file = tmp_path / "zendesk-sync.toml"
    file.write_text(GOOD)
    return file


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (GOOD + "colour = 1", "accounts.acme.colour: unknown key; allowed here: client_id, customers"),
        (GOOD + "[service]\nport = 70000", "service.port: Input should be less than or equal to 65535; found 70000"),
        (GOOD + '[service]\nport = "many"', "service.port"),
        (GOOD + "[servce]\nport = 1", "servce: unknown key; allowed here: accounts, service"),
        (
            GOOD + "[accounts.acme.people]\nnice = 1",
            "accounts.acme.people.nice: unknown key; allowed here: bots, ce_domains",
        ),
        (GOOD.replace("https", "http"), "must be https://HOST"),
        (
            GOOD.replace("acme]", "Acme!]").replace("[accounts.Acme!]", '[accounts."Acme!"]'),
            "name must be of a-z, 0-9 and -",
        ),
        (GOOD + 'prefix = "Z "', "accounts.acme.prefix: must be 1 to 20 of a-z, 0-9 and _; found 'Z '"),
        ('[accounts.acme]\nclient_id = "x"', "accounts.acme.url: missing"),
        ("[service]\nport = 1", "accounts: missing"),
        ("[accounts", "not valid TOML"),
        ("", "accounts: missing"),
    ],
)
def test_each_mistake_is_named(tmp_path: Path, text: str, said: str) -> None:
    """File, key, what was found, what is allowed; no stack trace."""
    file = tmp_path / "zendesk-sync.toml"
    file.write_text(text)
    with pytest.raises(ConfigurationError) as caught:
        load(file)
    assert str(file) in str(caught.value)
    assert said in str(caught.value)


def test_missing_file_says_how_to_name_one(tmp_path: Path) -> None:
    """The message names the file and the ways to point at another."""
    with pytest.raises(ConfigurationError, match="--config FILE or ZENDESK_SYNC_CONFIG"):
        load(tmp_path / "nothing.toml")


def test_file_comes_from_the_environment(config: Path) -> None:
    """ZENDESK_SYNC_CONFIG names the file; paths in it are relative to its folder."""
    settings = load(None, {"ZENDESK_SYNC_CONFIG": str(config)})
    assert settings.path("zendesk-sync.db") == config.parent / "zendesk-sync.db"


def test_environment_wins_over_the_secrets_file(config: Path) -> None:
    """Each secret can come from either; the environment is looked at last and wins."""
    settings = load(config)
    file = save_secret(settings, "acme", "client_secret", 'from "file"')
    assert file.stat().st_mode & 0o777 == 0o600
    save_secret(settings, "acme", "token", "t")
    held = load_secrets(settings, "acme", {"ZENDESK_SYNC_ACME_TOKEN": "from environment"})
    assert held.client_secret is not None
    assert held.token is not None
    assert held.client_secret.get_secret_value() == 'from "file"'
    assert held.token.get_secret_value() == "from environment"
    assert "from" not in repr(held)


def test_secrets_file_that_others_can_read_is_refused(config: Path) -> None:
    """The message says how to mend it."""
    settings = load(config)
    save_secret(settings, "acme", "token", "private-value").chmod(0o644)
    with pytest.raises(ConfigurationError, match="chmod 600") as caught:
        load_secrets(settings, "acme", {})
    assert "private-value" not in str(caught.value)


@pytest.mark.parametrize("text", ['tokn = "private-value"', "token = 1234567", "token = [ private-value"])
def test_broken_secrets_file_never_shows_a_secret(config: Path, text: str) -> None:
    """Unknown key, wrong type, broken TOML: named, without the value."""
    settings = load(config)
    file = settings.secrets_file("acme")
    file.write_text(text)
    file.chmod(0o600)
    with pytest.raises(ConfigurationError) as caught:
        load_secrets(settings, "acme", {})
    assert str(file) in str(caught.value)
    assert "private-value" not in str(caught.value)
    assert "1234567" not in str(caught.value)


def test_published_test_secret_is_refused(config: Path) -> None:
    """Anybody can sign with it."""
    with pytest.raises(ConfigurationError, match="published test secret"):
        load_secrets(load(config), "acme", {"ZENDESK_SYNC_ACME_WEBHOOK_SECRET": TEST_SECRET})


def store_of(config: Path, store: str) -> Settings:
    config.write_text(f"{GOOD}[service]\nstore = '{store}'\n")
    return load(config)


def test_a_store_is_a_file_or_a_postgres_whose_password_stands_elsewhere(config: Path) -> None:
    """The file's URL names user, host and database; the password is the environment's."""
    assert store_of(config, "here.db").place({}) == config.parent / "here.db"
    settings = store_of(config, "postgresql://zs@db.example:5433/support?schema=zs")
    place = settings.place({"ZENDESK_SYNC_STORE_PASSWORD": "very@private"})
    assert isinstance(place, URL)
    assert (place.username, place.host, place.port, place.database) == ("zs", "db.example", 5433, "support")
    assert place.password == "very@private"
    assert "private" not in repr(place) + str(place)
    mounted = config.parent / "store_password"
    mounted.write_text("from a file\n", encoding="utf-8")
    by_file = settings.place({"ZENDESK_SYNC_STORE_PASSWORD_FILE": str(mounted)})
    assert isinstance(by_file, URL)
    assert by_file.password == "from a file"
    assert settings.place({}) == make_url("postgresql://zs@db.example:5433/support?schema=zs")


@pytest.mark.parametrize(
    "store", ["postgresql://zs:very-private@db/support", "postgresql://zs@db/support?password=very-private"]
)
def test_a_password_in_the_store_address_is_refused_unseen(config: Path, store: str) -> None:
    """The message says where it belongs, and does not repeat it."""
    with pytest.raises(ConfigurationError, match="ZENDESK_SYNC_STORE_PASSWORD") as caught:
        store_of(config, store)
    assert "service.store" in str(caught.value)
    assert "very-private" not in str(caught.value)


@pytest.mark.parametrize("store", ["mysql://zs@db/support", "postgresql://zs@db", "postgresql:///"])
def test_an_address_of_another_kind_is_refused(config: Path, store: str) -> None:
    """What is allowed is said."""
    with pytest.raises(ConfigurationError, match=r"service.store: must be a file, or postgresql://USER@HOST"):
        store_of(config, store)
