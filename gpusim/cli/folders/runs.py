"""`gpusim runs`: what has been run, and whether it can be run again."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from gpusim.cli.errors import DOUBTFUL, guarded, say
from gpusim.cli.options import (
    AsJson,
    Named,
    NamedMetrics,
    NamedShocks,
    Traceback,
    Workers,
    named,
    table,
)
from gpusim.cli.progress import progress_bar

app = typer.Typer(help="Runs: list, show, diff, verify and rm.", no_args_is_help=True)
Run = Annotated[str, typer.Argument(help="A folder, a name, its unique beginning, or @last.")]
Parent = Annotated[Path, typer.Option("--runs", metavar="DIR", help="Where runs are kept.")]
RUNS: Final = Path("runs")
SHOWN: Final = 20


@app.command("list")
def list_(
    parent: Parent = RUNS, as_json: AsJson = False, show_traceback: Traceback = False
) -> None:
    """List runs, the newest last."""
    with guarded(show_traceback=show_traceback):
        from gpusim.experiments.saved import runs

        rows = runs.rows(parent)
        if as_json:
            print(json.dumps([row._asdict() for row in rows]))
            return
        heads = ("run", "kind", "status", "model", "points", "replications", "seed", "size")
        table(
            heads,
            [
                (
                    row.name,
                    row.kind,
                    row.status,
                    row.model,
                    f"{row.points:,}",
                    "" if row.replications is None else f"{row.replications:,}",
                    str(row.seed),
                    f"{row.bytes / 1e6:,.1f} MB",
                )
                for row in rows
            ],
        )


@app.command()
def show(
    run: Run, parent: Parent = RUNS, as_json: AsJson = False, show_traceback: Traceback = False
) -> None:
    """Print what a run was asked for, and its files."""
    with guarded(show_traceback=show_traceback):
        from gpusim.experiments.saved import runs
        from gpusim.experiments.saved.differences import flat
        from gpusim.results.stored.opened import locate

        path = locate(run, parent)
        about, files = runs.manifest(path), runs.files_of(path)
        if as_json:
            print(json.dumps({"run": str(path), "manifest": about, "files": files}))
            return
        print(path)
        for key, value in flat(about).items():
            print(f"  {key}: {value}")
        table(
            ("file", "rows", "columns", "size"),
            [
                (
                    entry["file"] + (f" ({entry['parts']:,})" if "parts" in entry else ""),
                    f"{entry['rows']:,}" if "rows" in entry else "",
                    str(len(entry["columns"])) if "columns" in entry else "",
                    f"{entry['bytes'] / 1e6:,.3f} MB",
                )
                for entry in files
            ],
        )


@app.command()
def diff(
    first: Run,
    second: Run,
    everything: Annotated[
        bool, typer.Option("--all", help=f"All figures, not the {SHOWN} that moved most.")
    ] = False,
    parent: Parent = RUNS,
    as_json: AsJson = False,
    show_traceback: Traceback = False,
) -> None:
    """Print what differs between two runs: what was asked, the scenarios, the figures."""
    with guarded(show_traceback=show_traceback):
        from gpusim.experiments.saved import differences
        from gpusim.results.stored.opened import locate

        found = differences.diff(locate(first, parent), locate(second, parent))
        if as_json:
            print(json.dumps(found, default=str))
            return
        for part in ("manifest", "scenario"):
            changed = [(c["key"], _cell(c["first"]), _cell(c["second"])) for c in found[part]]
            if changed:
                table((part, "first", "second"), changed)
                print()
        figures = found["figures"] if everything else found["figures"][:SHOWN]
        if figures:
            heads = [key for key in figures[0] if key not in ("unit", "standard_errors")]
            rows = [(*(_cell(f[k]) for k in heads), f["unit"], _errors(f)) for f in figures]
            table((*heads, "unit", "std. errors"), rows)
        left = len(found["figures"]) - len(figures)
        if left:
            print(f"and {left:,} more means that differ (--all)")
        if not any(found[part] for part in ("manifest", "scenario", "figures")):
            print("no difference")


@app.command()
def verify(
    run: Run,
    workers: Workers = None,
    strategy: Named = None,
    metric: NamedMetrics = None,
    shock: NamedShocks = None,
    parent: Parent = RUNS,
    as_json: AsJson = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress.")] = False,
    show_traceback: Traceback = False,
) -> None:
    """Check every file against its hash, run it again and compare every table, byte by byte."""
    with guarded(show_traceback=show_traceback):
        from gpusim.experiments.saved import runs
        from gpusim.results.stored.opened import locate

        again = named(strategy, metric, shock)
        with progress_bar("repeated", quiet=quiet) as progress:
            found = runs.verify(locate(run, parent), workers, progress, again)
        if as_json:
            told: dict[str, Any] = {"run": str(found.path), "same": found.same}
            told |= {"files": [f._asdict() for f in found.files], "notes": found.notes}
            print(json.dumps(told))
        else:
            same = sum(compared.verdict == "same" for compared in found.files)
            for compared in found.files:
                if compared.verdict != "same":
                    print(f"{compared.file}: {compared.verdict}")
            for note in found.notes:
                print(note)
            print(f"{found.path}: {same} of {len(found.files)} files have the same bytes")
        if not found.same:
            raise typer.Exit(DOUBTFUL)


@app.command()
def rm(
    names: Annotated[list[str], typer.Argument(help="Runs.", metavar="RUN...")],
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    parent: Parent = RUNS,
    show_traceback: Traceback = False,
) -> None:
    """Remove runs, after asking."""
    with guarded(show_traceback=show_traceback):
        from gpusim.experiments.saved import runs
        from gpusim.results.stored.opened import locate

        paths = list(dict.fromkeys(locate(name, parent, beginning=True) for name in names))
        for path in paths:
            runs.refuse_foreign(path)
            if not yes and not typer.confirm(f"remove {path}?", err=True):
                say(f"{path} is kept")
                continue
            runs.remove(path)
            say(f"removed {path}")


def _cell(value: Any) -> str:
    if value is None:
        return "-"
    return f"{value:,.6g}" if isinstance(value, float) else str(value)


def _errors(figure: dict[str, Any]) -> str:
    errors = figure["standard_errors"]
    return "certain" if errors is None else f"{errors:,.1f}"
