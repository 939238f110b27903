"""The reference pages are what the program says of itself, and it says enough."""

from __future__ import annotations

import re
from typing import Final

import pytest

from tests.docs import commands_page, settings_page
from tests.docs.generate import DOCS, PAGES
from zendesk_sync import account_settings, settings
from zendesk_sync.settings import Secrets

ROOT: Final = DOCS.parent


@pytest.mark.parametrize("name", list(PAGES))
def test_the_page_is_up_to_date(name: str) -> None:
    assert (DOCS / name).read_text(encoding="utf-8") == PAGES[name](), "run: make generated"


def test_every_key_of_the_configuration_has_a_meaning() -> None:
    """Under ``Attributes:`` in the docstring of its class, secrets included."""
    keys = [key for section in settings_page.sections() for key in section.keys]
    assert {f"{key.path}.{key.name}" for key in keys} >= {"service.port", "accounts.NAME.url"}
    silent = [f"{key.path}.{key.name}" for key in keys if not key.meaning]
    silent += [f"secrets: {name}" for name in Secrets.model_fields if not settings_page.meanings(Secrets).get(name)]
    assert not silent


def test_no_meaning_is_given_to_a_key_that_is_gone() -> None:
    models = [one for base in (settings.Part, account_settings.Part) for one in base.__subclasses__()]
    assert {settings.Settings, account_settings.Account} <= set(models)
    for model in models:
        assert set(settings_page.meanings(model)) <= set(model.model_fields), model.__name__


def test_every_command_and_option_says_what_it_does() -> None:
    found = list(commands_page.commands())
    assert {"serve", "setup apply", "inbox retry"} <= {one.path for one in found}
    silent = [one.path for one in found if not one.help]
    silent += [f"{one.path} {form}" for one in found for form, meaning in one.parameters if not meaning]
    assert not silent


def test_every_variable_of_the_environment_is_listed() -> None:
    """Those of accounts are made up from the secrets' names; the others stand in the code as they are."""
    sources = [
        *(ROOT / "zendesk_sync").rglob("*.py"),
        *(ROOT / "webhooks").rglob("*.py"),
        *(ROOT / "deploy").rglob("*.py"),
    ]
    named = {
        name
        for source in sources
        for name in re.findall(r'"(ZENDESK_SYNC_[A-Z_]+[A-Z])"', source.read_text(encoding="utf-8"))
    }
    assert named == set(settings_page.VARIABLES)
