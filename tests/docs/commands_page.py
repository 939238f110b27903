"""docs/commands.md from the commands themselves: every one with its arguments and options, as ``--help`` shows them."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import typer
from typer.main import get_command

from zendesk_sync.cli.main import app

HEAD: Final = """\
# Commands

<!-- Made by `make generated` from the commands' own help. Change the texts in zendesk_sync/cli/. -->

`zendesk-sync COMMAND --help` shows the same in a terminal. Exit codes: 0 done, 1 found something wrong, 2 bad input,
configuration or credentials; the message says what to do.
"""


@dataclass(frozen=True, slots=True)
class Command:
    """One command, such as ``inbox retry``; ``parameters`` are (as one types it, meaning)."""

    path: str
    help: str
    parameters: tuple[tuple[str, str], ...]


def commands() -> Iterator[Command]:
    """Every command that does something, in the order of ``--help``; groups stand for their commands."""
    yield from _below(get_command(app), "")


def _below(command: Any, path: str) -> Iterator[Command]:
    inner = getattr(command, "commands", {})
    if path and (not inner or command.invoke_without_command):
        context = typer.Context(command)
        records = (one.get_help_record(context) for one in command.params if not getattr(one, "hidden", False))
        yield Command(path, inspect.cleandoc(command.help or ""), tuple(record for record in records if record))
    for name, one in inner.items():
        if not one.hidden:
            yield from _below(one, f"{path} {name}".strip())


def rendered() -> str:
    """The whole page."""
    found = list(commands())
    parts = [HEAD, "\n| Command | Does |\n|---|---|\n"]
    parts += [f"| [`{one.path}`](#{one.path.replace(' ', '-')}) | {_cell(first(one.help))} |\n" for one in found]
    for one in found:
        parts.append(f"\n## {one.path}\n\n{_paragraphs(one.help)}\n")
        if one.parameters:
            parts.append("\n| Option | Meaning |\n|---|---|\n")
            parts += [f"| `{_pipes(form)}` | {_cell(meaning)} |\n" for form, meaning in one.parameters]
    return "".join(parts)


def first(text: str) -> str:
    """The first sentence, without its full stop."""
    line = " ".join(text.split("\n\n", maxsplit=1)[0].split())
    return re.split(r"(?<=[.!])\s", line, maxsplit=1)[0].removesuffix(".")


def _paragraphs(text: str) -> str:
    return "\n\n".join(_plain(" ".join(part.split())) for part in text.replace("\b", "").split("\n\n") if part.strip())


def _cell(text: str) -> str:
    return _pipes(_plain(" ".join(text.split())))


def _plain(text: str) -> str:
    """Angle brackets outside code are text, no markup."""
    return re.sub(r"(`[^`]*`)|<", lambda found: found[1] or "&lt;", text)


def _pipes(text: str) -> str:
    return text.replace("|", "\\|")
