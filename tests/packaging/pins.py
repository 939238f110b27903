"""What the container image installs: the part of requirements.txt that the service and its build need, and no tool.

``python -m tests.packaging.pins`` writes ``deploy/requirements*.txt`` anew; a test says when that is due.
"""

from __future__ import annotations

import re
from importlib import metadata
from pathlib import Path
from typing import Final

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT: Final = Path(__file__).parents[2]
IMAGE: Final = {
    "python_version": "3.12",
    "python_full_version": "3.12.0",
    "implementation_name": "cpython",
    "platform_python_implementation": "CPython",
    "os_name": "posix",
    "sys_platform": "linux",
    "platform_system": "Linux",
    "platform_machine": "x86_64",
}
"""The image that the Dockerfile starts from; the test holds it against the Dockerfile."""
FILES: Final = {
    "requirements.txt": ("zendesk-sync", "scale,otel"),
    "requirements-build.txt": ("hatchling", ""),
}
"""File in deploy/ -> distribution and extras that it makes installable."""


def blocks() -> dict[str, str]:
    """Each pin of requirements.txt with its hashes, by canonical name."""
    text = (ROOT / "requirements.txt").read_text(encoding="utf-8")
    pins = re.split(r"\n(?=[A-Za-z0-9])", text.rstrip("\n"))
    return {canonicalize_name(re.split(r"[=\s\[]", pin, maxsplit=1)[0]): pin for pin in pins}


def closure(name: str, extras: str) -> set[str]:
    """Canonical names of what a distribution of this environment needs in the image, itself left out."""
    seen: dict[str, frozenset[str]] = {}
    todo = [(canonicalize_name(name), frozenset(extras.split(",")) - {""})]
    while todo:
        one, wanted = todo.pop()
        known = seen.get(one)
        if known is not None and wanted <= known:
            continue
        seen[one] = wanted | (known or frozenset())
        for line in _requires(one):
            needed = Requirement(line)
            if needed.marker is None or any(
                needed.marker.evaluate({**IMAGE, "extra": each}) for each in {"", *seen[one]}
            ):
                todo.append((canonicalize_name(needed.name), frozenset(needed.extras)))
    return set(seen) - {canonicalize_name(name)}


def _requires(name: str) -> list[str]:
    try:
        return metadata.distribution(name).requires or []
    except metadata.PackageNotFoundError:
        return []  # for another Python or system than this one; a pin all the same


def rendered(file: str) -> str:
    """The text that ``deploy/<file>`` should have."""
    name, extras = FILES[file]
    pins = blocks()
    wanted = closure(name, extras) | ({name} & set(pins))
    head = "# Made from requirements.txt by `make generated`; the container image installs exactly this.\n"
    return head + "".join(f"{pins[one]}\n" for one in sorted(wanted))


def main() -> None:
    for file in FILES:
        (ROOT / "deploy" / file).write_text(rendered(file), encoding="utf-8")


if __name__ == "__main__":
    main()
