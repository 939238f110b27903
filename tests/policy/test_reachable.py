"""What can never have an effect in a policy file is named: key, what was found, what to do."""

from __future__ import annotations

from pathlib import Path

import pytest

from zendesk_sync.errors import PolicyFileError
from zendesk_sync.policy.reachable import dead_parts
from zendesk_sync.policy_files import default_handbook, load_handbook

EMPTY = "en = []\nde = []\nfr = []\nes = []\nja = []"


def test_everything_in_the_policy_that_ships_can_have_an_effect() -> None:
    assert list(dead_parts(default_handbook())) == []


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ("[customers.plans]\nenterprise_monthly = 'enterprise'\n'Enterprise Monthly' = 'team'", "customers.plans"),
        ("[wishes]\nwords = ['asap', 'ASAP']", "wishes.words: 'asap' stands there 2 times"),
        ("[shifts]\nstarts = ['08:00', '08:00']", "shifts.starts"),
        ("[first_response.business_hours]\nopens = 'Monday 09:00'\ncloses = 'Monday 09:00'", "no hour is a business"),
        (f"[evidence.no_workaround]\n{EMPTY}", "severity 1 can never be read"),
        ("[evidence.words]\nmine = ['a']", "evidence.words: 'mine' is used by no pattern"),
        ("[evidence.workaround]\nen = ['a detour', 'a detour']", "evidence.workaround.en: 'a detour'"),
        ("[detectors.words]\nmine = 'a'", "detectors.words: 'mine' is used by no pattern"),
        ("[detectors.logs]\npatterns = []\nignore = ['x']", "detectors.logs: ignore can never match"),
        ("[detectors.version]\nlabels = ['question']", "stands in detectors.elsewhere too"),
        ("[detectors.version]\nlabels = ['Build', 'build']", "detectors.version.labels: 'build'"),
    ],
)
def test_a_dead_part_is_one_line_with_file_and_key(tmp_path: Path, table: str, said: str) -> None:
    file = tmp_path / "handbook.toml"
    file.write_text(f'extends = "default"\n{table}\n')
    with pytest.raises(PolicyFileError) as caught:
        load_handbook(file)
    assert [line.startswith(f"{file}: ") for line in str(caught.value).split("\n")].count(False) == 0
    assert said in str(caught.value)


def test_a_paying_type_without_a_plan_is_named() -> None:
    policy = default_handbook()
    only = {name: kind for name, kind in policy.customers.plans.items() if kind.value != "team"}
    customers = policy.customers.model_copy(update={"plans": only})
    messages = list(dead_parts(policy.model_copy(update={"customers": customers})))
    assert len(messages) == 1
    assert messages[0].startswith("customers.paying: 'team' can never match, since no plan in customers.plans")


def test_without_evidence_from_text_its_patterns_may_be_empty(tmp_path: Path) -> None:
    file = tmp_path / "handbook.toml"
    file.write_text(f'extends = "default"\n[switches]\nevidence = "off"\n[evidence.no_workaround]\n{EMPTY}\n')
    assert load_handbook(file).switches.evidence == "off"
