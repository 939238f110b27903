"""What can be told without asking anybody."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping

from zendesk_sync.doctor.checks import Check, warn
from zendesk_sync.settings import variables

OURS = "ZENDESK_SYNC_"
FOR_TESTS = "ZENDESK_SYNC_TEST_"


def environment(environ: Mapping[str, str], accounts: Iterable[str]) -> list[Check]:
    """Variables that look like ours and that nothing reads: misspelled, or of an account that is called otherwise.

    Nothing where there are none. Only names are told.
    """
    known = variables(accounts)
    strange = [name for name in environ if name.startswith(OURS) and name not in known]
    said = [_said(name, known) for name in sorted(strange) if not name.startswith(FOR_TESTS)]
    if not said:
        return []
    return [warn("environment", f"nothing reads {'; '.join(said)}", "rename it, or take it away")]


def _said(name: str, known: set[str]) -> str:
    close = difflib.get_close_matches(name.upper().replace("-", "_"), sorted(known), n=1, cutoff=0.8)
    return f"{name} (did you mean {close[0]}?)" if close else name
