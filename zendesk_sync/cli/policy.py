"""``policy check`` and ``policy test``: is the policy file sound, and does it do what people expect? No account."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape

from zendesk_sync.cli import evaluate, simulate
from zendesk_sync.cli.common import Format, FormatOption, out, print_json
from zendesk_sync.cli.render import one_line, tree
from zendesk_sync.errors import CaseFileError
from zendesk_sync.policy import cases
from zendesk_sync.policy_files import load_cases, load_handbook

app = typer.Typer(help="Try the written policy.", no_args_is_help=True)


@app.command("check")
def check(
    file: Annotated[Path, typer.Argument(help="Policy file (TOML).", show_default=False)],
) -> None:
    """Say what is wrong with a policy file: key, what was found, what is allowed. Exit 0: nothing, 2: something."""
    load_handbook(file)
    out.print(f"{escape(str(file))}: fine")


@app.command("test")
def run_cases(
    files: Annotated[list[Path], typer.Argument(help="Case files (TOML).", show_default=False)],
    policy: Annotated[Path | None, typer.Option("--policy", help="Policy file. Default: the one that ships.")] = None,
    format: FormatOption = Format.TEXT,  # noqa: A002  the option's name
) -> None:
    """Run case files against the policy. Exit 0: all hold, 1: some fail, 2: a file cannot be read."""
    handbook = load_handbook(policy)
    loaded, faults = [], []
    for file in files:
        try:
            loaded.append((file, load_cases(file)))
        except CaseFileError as error:
            faults.append(str(error))
    if faults:
        raise CaseFileError("\n".join(faults))
    results = [(file, result) for file, read in loaded for result in cases.run(read, handbook)]
    failed = [(file, result) for file, result in results if not result.ok]
    if format is Format.JSON:
        print_json(
            {
                "passed": len(results) - len(failed),
                "failed": len(failed),
                "cases": [_json(file, result) for file, result in results],
            }
        )
    else:
        for file, result in failed:
            said = "; ".join(f"{f.key}: expected {_shown(f.expected)}, got {_shown(f.actual)}" for f in result.failures)
            out.print(f"[red]failed[/] {escape(one_line(f'{file}: {result.kind} case {result.case}: {said}'))}")
            if result.reasons is not None:
                out.print(tree(result.reasons), soft_wrap=False)
        out.print(f"{len(results) - len(failed)} passed, {len(failed)} failed")
    raise typer.Exit(1 if failed else 0)


app.command("simulate")(simulate.simulate)
app.command("eval")(evaluate.evaluate_corpus)


def _json(file: Path, result: cases.Result) -> dict[str, Any]:
    failures = [{"key": f.key, "expected": f.expected, "actual": f.actual} for f in result.failures]
    return {"file": str(file), "case": result.case, "kind": result.kind, "ok": result.ok, "failures": failures}


def _shown(value: Any) -> str:
    if isinstance(value, list):
        return "[" + ", ".join(str(item) for item in value) + "]"
    return '""' if value == "" else str(value).lower() if isinstance(value, bool) else str(value)
