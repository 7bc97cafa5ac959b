"""`gpusim models fit-market`: the rental market's drifts and volatility from published rents."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gpusim import files
from gpusim.cli.errors import guarded, say
from gpusim.cli.options import Traceback, console

if TYPE_CHECKING:
    from gpusim.experiments.backtest.fit_market import Fit
    from gpusim.experiments.backtest.replay_rents import Replay


def fit_market(
    data: Annotated[
        str | None, typer.Option(metavar="FILE", help="A CSV file of rents. Default: bundled.")
    ] = None,
    until: Annotated[
        dt.datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="Last day whose prices are used."),
    ] = None,
    out: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write the fit as a model file to extend.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    show_traceback: Traceback = False,
) -> None:
    """Fit the market to H100 one-year contracts; prints, and writes nothing without --out."""
    with guarded(show_traceback=show_traceback):
        from gpusim.experiments.backtest.fit_market import SKU, TERM, TIER, fit
        from gpusim.experiments.backtest.replay_rents import replay
        from gpusim.results.stored.folder import refuse_existing
        from gpusim.scenario.reading.published.rents import rents

        if out is not None:
            refuse_existing(out)
        series = rents(SKU, TIER, TERM, path=data, until=until.date() if until else None)
        fitted = fit(series)
        replayed = replay(series, fitted)
        if as_json:
            told = {**fitted._asdict(), "parameters": [p._asdict() for p in fitted.parameters]}
            print(json.dumps({**told, "replay": replayed._asdict()}, default=str))
        else:
            _print(fitted, replayed)
        if out is not None:
            out.parent.mkdir(parents=True, exist_ok=True)
            files.write(out, _toml(fitted).encode())
            say(f"written to {out}")


def _print(fitted: Fit, replayed: Replay) -> None:
    from rich.table import Table

    screen = console(80)
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold")
    for head in ("", "prior", "sd", "estimate", "sd", "learned"):
        table.add_column(head, justify="right" if head else "left")
    for p in fitted.parameters:
        cells = (f"{x:.3f}" for x in (p.prior, p.prior_sd, p.estimate, p.sd))
        table.add_row(p.name, *cells, f"{p.learned:.0%}")
    screen.print(
        f"H100 one-year contracts, {fitted.prices} prices from {fitted.first} to {fitted.last}; "
        f"log likelihood {fitted.log_likelihood:.2f}"
    )
    screen.print(table)
    state = ", ".join(f"{name} {chance:.0%}" for name, chance in fitted.state.items())
    screen.print(f"state on the last day: {state}")
    screen.print(
        f"simulated from the first price, {replayed.replications:,} paths: "
        f"{replayed.fall:.1%} fall to {replayed.low:.2f} by the month of the series' low, "
        f"{replayed.rise:.1%} rise 30% within six months of their own, {replayed.both:.1%} do both"
    )
    screen.print(
        "assumed, not fitted: the chain of states, one tenth off for the release of December 2024, "
        "a quarter of the variance a generation's own. learned: share of the prior's variance "
        "that the prices took away; 0% is the prior told again.",
        style="dim",
    )


def _toml(fitted: Fit) -> str:
    """The fit as a model file that another can extend."""
    from gpusim.experiments.backtest.fit_market import STATES

    where = f"{fitted.prices} H100 one-year prices, {fitted.first} to {fitted.last}"
    drifts = ", ".join(f"{s} = {d:.2f}" for s, d in zip(STATES, fitted.drift, strict=True))
    lines = [
        f"# gpusim models fit-market: {where}.",
        "",
        "[market]",
        f"drift_per_year = {{ {drifts} }}",
        f"volatility_per_year = {fitted.common_volatility:.3f}",
        f"own_volatility_per_year = {fitted.own_volatility:.3f}",
        "",
    ]
    for state, p in zip(STATES, fitted.parameters, strict=False):
        lines += _assumption(f"market.drift_per_year.{state}", where, p.estimate, p.sd)
    common, spread = fitted.common_volatility, fitted.parameters[3].sd
    lines += _assumption("market.volatility_per_year", where, common, spread)
    lines += _assumption("market.own_volatility_per_year", where, fitted.own_volatility, spread)
    return "\n".join(lines)


def _assumption(path: str, where: str, estimate: float, sd: float) -> list[str]:
    return [
        f'[assumptions."{path}"]',
        f'reason = "fit to {where}: estimate {estimate:.3f}, standard deviation {sd:.3f}"',
        f"low = {_floored(path, estimate - 2 * sd):.3f}",
        f"high = {estimate + 2 * sd:.3f}",
        "",
    ]


def _floored(path: str, value: float) -> float:
    return max(0.0, value) if "volatility" in path else value
