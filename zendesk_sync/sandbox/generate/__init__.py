"""Makes up any number of varied, believable tickets, with the organizations and people behind them, from one number.

The same account, count and number give the same tickets. They are entries of a seed file (`docs/sandbox.md`), loaded
like those of any other.
"""

import random
import tomllib

from zendesk_sync.sandbox import seed
from zendesk_sync.sandbox.generate.people import Town
from zendesk_sync.sandbox.generate.stories import Stories
from zendesk_sync.sandbox.generate.writing import Writer
from zendesk_sync.sandbox.model.organizations import named
from zendesk_sync.sandbox.model.users import by_email
from zendesk_sync.sandbox.seed_tickets import load_tickets
from zendesk_sync.sandbox.state import State

__all__ = ["MOST", "generate", "generate_once"]

MOST = 1_000_000


def generate_once(state: State, count: int, random_seed: int = 0) -> None:
    """Generate, unless this account has had the very same before."""
    name = f"generated.{count}.{random_seed}"
    if state.store.setting(name) is None:
        with state.store.bulk():
            generate(state, count, random_seed)
            state.store.set_setting(name, state.now())


def generate(state: State, count: int, random_seed: int = 0) -> None:
    """Put `count` tickets into the account, 0 to `MOST`.

    Raises:
        SeedError: The account has a field of the name but not of the type which the tickets need.
    """
    if not 0 <= count <= MOST:
        raise seed.SeedError(f"generate takes a number of tickets from 0 to {MOST:,}, not {count:,}")
    bundled = tomllib.loads(seed.bundled_text())
    town = Town.of(random.Random(f"{random_seed} people"), count)  # noqa: S311 - believable, not secret
    parts = {name: bundled[name] for name in ("organization_fields", "ticket_fields", "views")}
    with state.store.bulk():
        organizations = [one for one in town.organizations if not named(state, one["name"])]
        people = [one for one in town.users if by_email(state, one["email"]) is None]
        seed.load(state, {**parts, "organizations": organizations, "users": people})
        chance = random.Random(f"{random_seed} tickets")  # noqa: S311
        load_tickets(state, Stories(chance, Writer.of(chance), town).tell(count), seed.refusals_at)
