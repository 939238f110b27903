"""The part of the configuration about customers: each wrong input gives its message."""

from __future__ import annotations

from pathlib import Path

import pytest

from zendesk_sync.errors import ConfigurationError
from zendesk_sync.settings import load

BEFORE = '[accounts.acme]\nurl = "https://acme.zendesk.com"\n[accounts.acme.customers]\n'


def write(folder: Path, text: str) -> Path:
    file = folder / "zendesk-sync.toml"
    file.write_text(BEFORE + text)
    return file


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('sources = ["crm"]', "customers.sources.0: Input should be 'organization_field', 'organization_tags'"),
        ('sources = ["table"]', "sources: table is named, but customers.table says nothing; add it"),
        ('sources = ["organization_field", "organization_field"]', "sources: each at most once"),
        (
            'sources = ["organization_field"]\nuser_tags = {vip = "team"}',
            "sources: customers.user_tags is configured, but not named here; add or delete it",
        ),
        ('table = {file = ""}', "customers.table.file: String should have at least 1 character"),
        ('table = {file = "c.csv", columns = {domian = "D"}}', "customers.table.columns.domian"),
        (
            'lifecycles = {gold = "paid"}',
            "customers.lifecycles.gold: Input should be 'presales', 'active' or 'expired'",
        ),
        ('tags = {vip = "team"}', "customers.tags: unknown key; allowed here: deployment_field, "),
    ],
)
def test_each_wrong_input_names_key_found_and_expected(text: str, message: str, tmp_path: Path) -> None:
    file = write(tmp_path, text)
    with pytest.raises(ConfigurationError) as raised:
        load(file, {})
    assert message in str(raised.value)
    assert str(raised.value).startswith(str(file))


def test_the_table_stands_beside_the_configuration(tmp_path: Path) -> None:
    customers = load(write(tmp_path, 'table = {file = "data/c.csv"}'), {}).accounts["acme"].customers
    assert customers.table is not None
    assert Path(customers.table.file) == tmp_path / "data" / "c.csv"


def test_no_organization_field_is_needed_where_the_chain_does_not_ask_for_it(tmp_path: Path) -> None:
    customers = load(write(tmp_path, 'sources = ["table"]\ntable = {file = "c.csv"}'), {}).accounts["acme"].customers
    assert customers.field_keys == {}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            'url = "https://crm.example/c", plan = "/p"',
            "customers.directory.url: must hold one or more of {organization_",
        ),
        ('url = "https://crm.example/{id}", plan = "/p"', "customers.directory.url: must hold one or more of"),
        ('url = "http://crm.example/{name}", plan = "/p"', "customers.directory.url: must be https://HOST/..."),
        ('url = "https://{domain}/c", plan = "/p"', "customers.directory.url: must be https://HOST/..."),
        ('url = "https://me:pw@crm.example/{name}", plan = "/p"', "credentials do not belong into the address"),
        ('url = "https://crm.example/{name}?api_key=pw", plan = "/p"', "a secret does not belong into the address"),
        ('url = "https://crm.example/q=\'{name}\'", plan = "/p"', "with quotes in it may hold {organization_id} alone"),
        ('url = "https://crm.example/{name}"', "customers.directory: says nothing of who pays"),
        ('url = "https://crm.example/{name}", plan = "plan"', "customers.directory.plan: must be a JSON pointer"),
        (
            'url = "https://crm.example/{name}", plan = "/p", headers = {Authorization = "Bearer pw"}',
            "directory_secret",
        ),
        ('url = "https://crm.example/{name}", plan = "/p", headers = {X-Auth = "Basic pw"}', "directory_secret"),
        ('url = "https://crm.example/{name}", plan = "/p", headers = {"a b" = "c"}', "is no name of a header"),
        ('url = "https://crm.example/{name}", plan = "/p", headers = {A = "{oops}"}', "in braces only {secret}"),
        ('url = "https://crm.example/{name}", plan = "/p", client_id = "x"', "token_url and client_id belong together"),
        ('url = "https://crm.example/{name}", plan = "/p", stale_seconds = 1', "stale_seconds must not be less than"),
        ('url = "https://crm.example/{name}", plan = "/p", secret = "pw"', "a secret does not belong into this file"),
    ],
)
def test_each_wrong_input_of_a_directory_gives_its_message_and_shows_no_secret(
    text: str, message: str, tmp_path: Path
) -> None:
    with pytest.raises(ConfigurationError) as raised:
        load(write(tmp_path, f"directory = {{{text}}}"), {})
    assert message in str(raised.value)
    assert "pw" not in str(raised.value).replace(str(tmp_path), "")
