"""`gpusim models`: what is bundled, what a file says, whether it is right, keys and metrics.

And what differs between two of them.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

import typer

from gpusim.cli.catalogue import catalogue
from gpusim.cli.errors import WRONG_INPUT, guarded, say
from gpusim.cli.modelling.fit_market import fit_market
from gpusim.cli.options import (
    SCREEN_WIDTH,
    AsJson,
    Capital,
    OnceOnly,
    Sets,
    Shocks,
    Strategy,
    Traceback,
    console,
    table,
)

if TYPE_CHECKING:
    from gpusim.experiments.run.points import Point
    from gpusim.scenario import Mistake, Scenario
    from gpusim.scenario.difference import Difference

app = typer.Typer(
    help="Model files: list, show, check, diff; the keys they may hold, the metrics of their runs.",
    no_args_is_help=True,
)
NAMED = 5
"""Numbers without a source that `check` names unless all are asked for."""
SMALL = 3
"""Values of a table that are shown one by one."""
LISTED = 72
"""Columns of a screen that has room for a table of names and titles [characters]."""
MODEL_HELP = "A bundled model's name, a model file, or - for stdin."


@app.command("list")
def list_(as_json: AsJson = False, show_traceback: Traceback = False) -> None:
    """List bundled models, shocks, strategies and options of capital."""
    with guarded(show_traceback=show_traceback):
        from gpusim.scenario import list_models

        rows = list_models()
        if as_json:
            print(json.dumps([row._asdict() for row in rows]))
            return
        shown = console(SCREEN_WIDTH, as_asked=True)
        if shown.width >= LISTED:
            told = [(r.kind, r.name, r.as_of, r.title) for r in rows]
            table(("kind", "name", "as of", "title"), told, shown)
            return
        from gpusim.reports.layout import broken

        for row in rows:
            shown.print(broken("  ".join(filter(None, row)), shown.width))


@app.command(cls=OnceOnly)
def show(
    model: Annotated[str, typer.Argument(help=MODEL_HELP)],
    sources: Annotated[
        bool, typer.Option("--sources", help="Print where each number comes from.")
    ] = False,
    sets: Sets = None,
    shock: Shocks = None,
    strategy: Strategy = None,
    capital: Capital = None,
    as_json: AsJson = False,
    show_traceback: Traceback = False,
) -> None:
    """Print a model with all it extends, each value with its origin."""
    with guarded(show_traceback=show_traceback):
        from gpusim.api.asked.arguments import point
        from gpusim.scenario import load

        scenario = load(**point(model, strategy, shock, sets, capital)._asdict())
        if sources:
            _show_sources(scenario, as_json=as_json)
        elif as_json:
            print(json.dumps(scenario.model_dump(mode="json", by_alias=True, exclude_none=True)))
        else:
            print(scenario.resolved_toml(console(SCREEN_WIDTH, as_asked=True).width), end="")


@app.command(cls=OnceOnly)
def check(
    models: Annotated[
        list[str], typer.Argument(help="Names, files, or - for stdin.", metavar="MODEL...")
    ],
    every: Annotated[
        bool, typer.Option("--all", help="List every number without a source.")
    ] = False,
    strict: Annotated[
        bool,
        typer.Option(
            "--strict", help="Ask for a source of every number, as of bundled models always."
        ),
    ] = False,
    sets: Sets = None,
    shock: Shocks = None,
    strategy: Strategy = None,
    capital: Capital = None,
    as_json: AsJson = False,
    show_traceback: Traceback = False,
) -> None:
    """Check models: keys, units, sizes, opening balances; of bundled ones a source a number."""
    with guarded(show_traceback=show_traceback):
        from gpusim.api.asked.arguments import point

        asked = [point(model, strategy, shock, sets, capital) for model in models]
        found = {own.model: _mistakes(own, strict=strict or every) for own in asked}
        if as_json:
            told = {model: [m._asdict() for m in own] for model, (own, _) in found.items()}
            print(json.dumps(told))
        for model, (mistakes, scenario) in found.items():
            warned = [] if as_json else _warnings(scenario)
            for warning in warned:
                print(f"warning: {warning}", flush=True)
            for line in _told(mistakes, every=every or as_json):
                say(line)
            for line in [] if as_json else _standing(model, mistakes, scenario, len(warned)):
                print(line)
        if any(mistakes for mistakes, _ in found.values()):
            raise typer.Exit(WRONG_INPUT)


@app.command()
def diff(
    first: Annotated[str, typer.Argument(help=MODEL_HELP)],
    second: Annotated[str, typer.Argument(help="The model it is compared with.")],
    as_json: AsJson = False,
    show_traceback: Traceback = False,
) -> None:
    """Print what differs between two models: values by what they mean, not by line."""
    with guarded(show_traceback=show_traceback):
        from gpusim.scenario import load
        from gpusim.scenario.difference import differences

        found = differences(load(first), load(second))
        gone = [d for d in found if d.second is None]
        new = [d for d in found if d.first is None]
        changed = [d for d in found if d not in gone and d not in new]
        if as_json:
            kinds = {"only_in_first": gone, "only_in_second": new, "changed": changed}
            told = {kind: [d._asdict() for d in those] for kind, those in kinds.items()}
            print(json.dumps({"models": [first, second]} | told, default=str))
            return
        if not found:
            print("no difference")
            return
        table(("table", "key", "unit", first, second, "change"), list(_compared(found)))
        ends = f"only in {first}: {len(gone)}, only in {second}: {len(new)}"
        from gpusim.reports.layout import broken

        shown = console(SCREEN_WIDTH, as_asked=True)
        shown.print("", broken(f"changed: {len(changed)}, {ends}", shown.width), sep="\n")


@app.command()
def schema(
    keys: Annotated[
        bool, typer.Option("--keys", help="Print a table of keys, units and meanings instead.")
    ] = False,
    show_traceback: Traceback = False,
) -> None:
    """Print the JSON Schema of a model file, for editors."""
    with guarded(show_traceback=show_traceback):
        from gpusim.scenario import json_schema, reference
        from gpusim.scenario.starting.filling import with_reason

        if keys:
            rows = [
                (k.path, k.unit, k.needed, k.plausible, k.meaning, k.default)
                for k in map(with_reason, reference())
            ]
            table(("key", "unit", "required", "usually", "meaning", "left out"), rows)
        else:
            print(json.dumps(json_schema(), indent=2))


@app.command(cls=OnceOnly)
def metrics(
    model: Annotated[
        str | None,
        typer.Argument(
            help="Also the figures of its loans, covenants and GPUs, and `units` of its contracts."
        ),
    ] = None,
    capital: Capital = None,
    as_json: AsJson = False,
    show_traceback: Traceback = False,
) -> None:
    """List what compare, sweep, sensitivity, solve and bridge take as METRIC or METRIC@PERIOD."""
    with guarded(show_traceback=show_traceback):
        from gpusim.api.asked.arguments import point
        from gpusim.experiments.run import points
        from gpusim.results import figures

        if capital and not model:
            say("models metrics --capital: expected a MODEL that it finances")
            raise typer.Exit(WRONG_INPUT)
        if model:
            prepared = points.prepare(point(model, None, None, None, capital))
            known = figures.known(
                prepared.facilities,
                prepared.contracts,
                prepared.covenants,
                prepared.gpus,
                prepared.tenants,
            )
        else:
            known = figures.known(["FACILITY"], gpus=["GPU"])
        rows = [
            (
                name,
                metric.unit,
                "a period too" if figures.has_periods(name) else "",
                metric.better.value,
                metric.meaning,
            )
            for name, metric in known.items()
        ]
        heads = ("metric", "unit", "of", "better", "meaning")
        if as_json:
            print(json.dumps([dict(zip(heads, row, strict=True)) for row in rows]))
        else:
            table(heads, rows)


def _warnings(scenario: Scenario | None) -> list[str]:
    """What a model says that is allowed and probably not meant; nothing of one that is no model."""
    from gpusim.scenario.checks.warnings import warnings_of

    return warnings_of(scenario) if scenario is not None else []


def _told(mistakes: list[Mistake], *, every: bool) -> Iterator[str]:
    """All mistakes; of numbers without a source the first few, and how many more there are."""
    from gpusim.scenario.checks.sources import WITHOUT

    bare = [mistake for mistake in mistakes if WITHOUT in mistake.found]
    yield from (str(mistake) for mistake in mistakes if mistake not in bare)
    yield from (str(mistake) for mistake in (bare if every else bare[:NAMED]))
    if not every and len(bare) > NAMED:
        yield f"... and {len(bare) - NAMED} more numbers without a source: --all lists them"


def _standing(
    model: str, mistakes: list[Mistake], scenario: Scenario | None, warned: int
) -> Iterator[str]:
    """Whether a model is in order, how many of its numbers are explained, what it has none of."""
    from gpusim.scenario import explained, source_rows
    from gpusim.scenario.checks.sources import absent_text

    if not mistakes:
        many = "1 warning" if warned == 1 else f"{warned:,} warnings"
        yield f"{model}: " + (f"can be run, with {many}" if warned else "in order")
    if scenario is not None:
        count = explained(source_rows(scenario))
        yield f"{model}: {count}"
        if count.unexplained and not mistakes:
            values = "1 value" if count.unexplained == 1 else f"{count.unexplained:,} values"
            yield f"{model}: {values} unexplained; --strict names them"
        if text := absent_text(scenario, small=True):
            yield f"{model}: {text}"


def _mistakes(asked: Point, *, strict: bool) -> tuple[list[Mistake], Scenario | None]:
    """All mistakes of a model, those that show only when its parts meet included; the model.

    strict: whether numbers without a source are mistakes in a file of one's own too.
    """
    from gpusim.scenario import ScenarioError
    from gpusim.scenario.load import checked
    from gpusim.scenario.lower import lower

    mistakes, scenario = checked(strict=True if strict else None, **asked._asdict())
    if mistakes or scenario is None:
        return mistakes, scenario
    try:
        lower(scenario)
    except ScenarioError as error:
        return list(error.mistakes), scenario
    return [], scenario


app.command("fit-market")(fit_market)
app.command()(catalogue)


def _compared(found: list[Difference]) -> Iterator[tuple[str, ...]]:
    """Differences as lines, each table named once."""
    last = ""
    for d in found:
        values = (_short(d.first), _short(d.second), _moved(d.first, d.second))
        yield "" if d.table == last else d.table, d.key, d.unit, *values
        last = d.table


def _short(value: object) -> str:
    """A value on one line; of a table that is not small how many values are in it.

    >>> _short(1_500_000.0), _short({"a": 1, "b": [{"c": 2, "d": 3}]}), _short([1, 2.5])
    ('1,500,000', '3 values', '1, 2.5')
    >>> _short({"date": dt.date(2026, 6, 30), "rate": 0.036})
    'date 2026-06-30, rate 0.036'
    """
    if value is None:
        return ""
    if isinstance(value, dict) and _count(value) == len(value) <= SMALL:
        return ", ".join(f"{key} {_plain(inner)}" for key, inner in value.items())
    if isinstance(value, list) and not any(isinstance(item, dict) for item in value):
        return ", ".join(map(_plain, value))
    return f"{_count(value)} values" if isinstance(value, dict | list) else _plain(value)


def _count(value: object) -> int:
    """How many values are in a value."""
    if isinstance(value, dict):
        return sum(map(_count, value.values()))
    return sum(map(_count, value)) if isinstance(value, list) else 1


def _moved(first: object, second: object) -> str:
    """By how much a number or a date changed, or that something is new or gone.

    >>> _moved(200, 250.0), _moved(dt.date(2026, 1, 1), dt.date(2026, 4, 1)), _moved("a", None)
    ('+25.0%', '+90 days', 'gone')
    """
    if first is None or second is None:
        return "new" if first is None else "gone"
    if isinstance(first, dt.date) and isinstance(second, dt.date):
        return f"{(second - first).days:+,} days"
    if not isinstance(first, int | float) or not isinstance(second, int | float):
        return ""
    is_switch = isinstance(first, bool) or isinstance(second, bool)
    return "" if is_switch or min(first, second) <= 0 else f"{second / first - 1:+,.1%}"


def _show_sources(scenario: Scenario, *, as_json: bool) -> None:
    from gpusim.reports.layout import broken
    from gpusim.scenario import explained, source_rows

    rows = source_rows(scenario)
    count = explained(rows)
    if as_json:
        told = [row._asdict() for row in rows]
        counts = {"assumed_share": count.assumed_share, "explained": count._asdict()}
        print(json.dumps(counts | {"values": told}, default=str))
        return
    entries = [
        (
            row.path,
            _plain(row.value),
            "" if row.low is None else f"{_plain(row.low)} to {_plain(row.high)}",
            row.kind,
            f"{row.text} (as of {row.as_of})" if row.as_of else row.text,
        )
        for row in rows
    ]
    table(("key", "value", "range", "kind", "source or reason"), entries)
    print()
    shown = console(SCREEN_WIDTH, as_asked=True)
    shown.print(broken(str(count), shown.width))


def _plain(value: object) -> str:
    """A number without the noise of its last bits, anything else as it is.

    >>> _plain(0.06999999999999999), _plain(1050000.0)
    ('0.07', '1,050,000')
    """
    return f"{value:,.10g}" if isinstance(value, int | float) else str(value)
