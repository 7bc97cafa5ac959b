"""`gpusim units`."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Final, TypeAlias

import typer

from gpusim.appraisal.view.hurdle import HURDLE
from gpusim.cli.errors import WRONG_INPUT, guarded, say
from gpusim.cli.options import SCREEN_WIDTH, AsJson, Capital, Sets, Shocks, Traceback, console

LARGEST_RATIO: Final = 100.0


ModelOrRun: TypeAlias = Annotated[
    str, typer.Argument(help="A bundled model's name, a model file, or a run's folder.")
]
OneContract: TypeAlias = Annotated[str | None, typer.Option(help="One contract only.")]
FileStrategy: TypeAlias = Annotated[
    str | None, typer.Option(help="A bundled strategy's name, or a file.")
]
Hurdle: TypeAlias = Annotated[
    float, typer.Option(min=0.0, max=1.0, help="Return asked for, a year, as a fraction.")
]
Residual: TypeAlias = Annotated[
    float | None,
    typer.Option(
        min=0.0,
        max=1.0,
        help="Share of its cost that hardware fetches at the end. Default: its book value.",
    ),
]
BuildingResidual: TypeAlias = Annotated[
    float | None,
    typer.Option(
        min=0.0,
        max=1.0,
        help="Share of its cost that a let building is worth at the end. Default: its book value.",
    ),
]
PricePath: TypeAlias = Annotated[
    str | None,
    typer.Option(
        metavar="1,0.9,...",
        help="On-demand price of each year over today's; the last is kept. Default: flat.",
    ),
]


class Period(StrEnum):
    """How long a period of `--timing` is."""

    MONTHLY = "monthly"
    QUARTERLY = "quarterly"
    YEARLY = "yearly"


class Convention(StrEnum):
    """Where in a period what is earned counts."""

    START = "start"
    MID = "mid"
    END = "end"


CashTiming: TypeAlias = Annotated[
    Period,
    typer.Option(
        help="Periods by which IRR, NPV, payback, covers of periods and the rent at the hurdle go."
    ),
]
CashConvention: TypeAlias = Annotated[
    Convention, typer.Option(help="Where in its period what is earned counts.")
]
ByYear: TypeAlias = Annotated[
    bool,
    typer.Option("--by-year", help="Also cash by year, and the lender's side (always in --json)."),
]


USUAL: Final = (Period.MONTHLY, Convention.END, HURDLE, None, None)
"""Timing, convention, hurdle and residuals where nothing else is asked for."""


def units(
    model: ModelOrRun,
    contract: OneContract = None,
    sets: Sets = None,
    shock: Shocks = None,
    strategy: FileStrategy = None,
    capital: Capital = None,
    hurdle: Hurdle = HURDLE,
    residual: Residual = None,
    building_residual: BuildingResidual = None,
    price_path: PricePath = None,
    timing: CashTiming = Period.MONTHLY,
    convention: CashConvention = Convention.END,
    by_year: ByYear = False,
    as_json: AsJson = False,
    show_traceback: Traceback = False,
) -> None:
    """Unit economics: a GPU-hour, a contract, a megawatt, a kW that is let.

    Of a model: on the planned path. Of a folder that `run --units` wrote: what was realised.
    """
    usual = (timing, convention, hurdle, residual, building_residual) == USUAL
    path = _path(price_path)
    with guarded(show_traceback=show_traceback):
        if Path(model).is_dir():
            asked = (contract, sets, shock, strategy, capital, price_path, by_year)
            _realised(Path(model), as_json=as_json, changed=any(asked) or not usual)
            return
        from gpusim.api.asked.arguments import point
        from gpusim.appraisal import unit_economics
        from gpusim.appraisal.view.timing import timing_of
        from gpusim.scenario import load

        scenario = load(**point(model, strategy, shock, sets, capital)._asdict())
        _refuse_unknown(contract, list(scenario.contracts), model)
        found = unit_economics.compute(
            scenario,
            contract=contract,
            hurdle=hurdle,
            residual_share=residual,
            price_path=path,
            timing=timing_of(timing.value, convention.value),
            building_residual=building_residual,
        )
        from gpusim.reports.units import units_report

        if as_json:
            print(units_report.text(found))
        else:
            units_report.show(found, console(SCREEN_WIDTH, as_asked=True), by_year=by_year)


def _refuse_unknown(contract: str | None, contracts: list[str], model: str) -> None:
    """End where one contract is asked for that the model has not."""
    if contract is not None and contract not in contracts:
        names = ", ".join(contracts) or "it has none"
        say(f"--contract {contract}: no contract of {model}; expected one of: {names}")
        raise typer.Exit(WRONG_INPUT)


def _realised(folder: Path, *, as_json: bool, changed: bool) -> None:
    """Print what a run realised; changed: something of the planned path is asked for."""
    if changed:
        say(f"{folder} is a run's folder; what it realised can only be shown, not changed")
        raise typer.Exit(WRONG_INPUT)
    from gpusim.reports.units import realised_report
    from gpusim.results.replications import realised_units

    try:
        manifest, table, cash = realised_units.load(folder)
    except realised_units.NoUnitsError as error:
        say(str(error))
        raise typer.Exit(WRONG_INPUT) from None
    rows = realised_units.judge(table, cash, manifest["replications"])
    if as_json:
        print(realised_report.text(manifest, rows))
        return
    realised_report.show(manifest, rows, console(SCREEN_WIDTH, as_asked=True))


def _path(given: str | None) -> tuple[float, ...]:
    """Yearly ratios from the command line."""
    if given is None:
        return (1.0,)
    try:
        ratios = tuple(float(part) for part in given.split(","))
    except ValueError:
        ratios = ()
    if not ratios or not all(0 <= ratio <= LARGEST_RATIO for ratio in ratios):
        raise typer.BadParameter(
            f"{given!r}; expected ratios from 0 to {LARGEST_RATIO:g}, such as 1,0.875,0.75",
            param_hint="--price-path",
        )
    return ratios
