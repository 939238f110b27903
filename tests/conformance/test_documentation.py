"""The documentation of the local Zendesk says what is so: its endpoints, its seed format, its examples."""

import re
from pathlib import Path

import pytest

from tests.conformance import endpoints
from tests.sandbox.conftest import Desk
from zendesk_sync.sandbox import Sandbox, seed_shapes

TEXT = endpoints.PAGE.read_text(encoding="utf-8")


def test_the_table_of_endpoints_is_the_application_s() -> None:
    """No endpoint is missing, none is gone. `python -m tests.conformance.endpoints` writes the table anew."""
    assert endpoints.page_with(endpoints.table(), TEXT) == TEXT


@pytest.mark.parametrize(
    ("part", "shape"),
    [
        ("organization_fields", seed_shapes.ORGANIZATION_FIELD),
        ("organizations", seed_shapes.ORGANIZATION),
        ("users", seed_shapes.USER),
        ("ticket_fields", seed_shapes.TICKET_FIELD),
        ("views", seed_shapes.VIEW),
        ("conditions", seed_shapes.CONDITION),
        ("tickets", seed_shapes.TICKET),
        ("comments", seed_shapes.COMMENT),
        ("options", seed_shapes.OPTION),
    ],
)
def test_every_key_of_a_seed_is_documented(part: str, shape: seed_shapes.Shape) -> None:
    """Each part has a table with exactly the keys that the loader takes."""
    section = TEXT.split(f"#### `{part}`")[1].split("####")[0].split("\n## ")[0]
    keys = re.findall(r"^\| `(\w+)`", section, flags=re.MULTILINE)
    assert sorted(keys) == sorted(shape)


def test_the_example_of_a_seed_loads(tmp_path: Path) -> None:
    """As it stands on the page."""
    seed = tmp_path / "seed.toml"
    seed.write_text(re.findall(r"```toml\n(.*?)```", TEXT, flags=re.DOTALL)[0], encoding="utf-8")
    with Sandbox(seed=seed) as sandbox:
        desk = Desk(sandbox)
        with desk.http:
            assert desk.read(1)["status"] == "pending"
            assert len(desk.get("tickets/1/comments")["comments"]) == 3


def test_links_of_the_page_lead_somewhere() -> None:
    """To files of the project."""
    links = re.findall(r"\]\((?!http)([^)#]+)", TEXT)
    assert links
    assert [link for link in links if not (endpoints.PAGE.parent / Path(link)).exists()] == []
