"""Why a plan does what it does, in the words that people read. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from zendesk_sync.provision.items import By, Difference

NOT_USED = "nothing uses it now; deactivate or delete it as you like, setup destroy would take it along"
COPY = "a copy that somebody made of ours; left alone"
SAYS = {
    (By.HAND, True): "changed by hand since",
    (By.BLUEPRINT, True): "our definition has changed",
    (By.UNKNOWN, True): "not as our definition has it",
    (By.HAND, False): "changed by hand, left so",
    (By.UNKNOWN, False): "left as it is",
}


def reason(differences: Sequence[Difference], *, unmarked: bool = False) -> str:
    """One line for all differences of a thing; ``unmarked``: it is ours by its name only."""
    said = []
    for (by, mended), words in SAYS.items():
        aspects = [one.aspect for one in differences if (one.by, one.mended) == (by, mended)]
        if aspects:
            said.append(f"{words}: {', '.join(aspects)}")
    if unmarked:
        said.append("made by somebody else under this name")
    return "; ".join(said)
