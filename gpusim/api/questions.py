"""Questions about a model or a run, a function each, with the defaults of the command of its name.

A function builds the request that the command of its name builds and calls what the command calls:
the same arguments give the same tables to the byte. Where a text may be given several times on the
command line, one text or several are taken here. Ctrl-C raises KeyboardInterrupt once what is
finished is kept, and says where.

Every question raises ScenarioError (the model or an argument is wrong), OwnCodeError (a
strategy, metric or shock of the user's own cannot be loaded, or failed), FolderExistsError (the
folder exists, or cannot be made) and RunError (a replication failed or its books do not tie).
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Literal, TypeAlias

from gpusim import scenario
from gpusim.api.asked import bridge as asked_bridge
from gpusim.api.asked import run as asked_run
from gpusim.api.asked.arguments import (
    AnyMetric,
    AnyStrategy,
    Metrics,
    Shocks,
    Texts,
    check_backtest,
    check_means,
    one_of,
    point,
    refuse_folder,
    within,
)
from gpusim.api.figures import Backtest, Bridge, UnitEconomics
from gpusim.api.runs import Run
from gpusim.api.save_result import Where, interrupted, keep_backtest, path_of
from gpusim.appraisal import unit_economics
from gpusim.appraisal.view.hurdle import HURDLE
from gpusim.appraisal.view.timing import PERIODS, PLACES, timing_of
from gpusim.experiments.backtest import backtest as backtesting
from gpusim.experiments.bridge import bridge as bridging
from gpusim.experiments.common.pool import Progress
from gpusim.experiments.run import run as running
from gpusim.results.stored import folder
from gpusim.results.stored.opened import open_run
from gpusim.scenario import Mistake, Scenario, ScenarioError

Engine: TypeAlias = Literal["batch", "process"]
Inputs: TypeAlias = Literal["drawn", "fixed"]
Period: TypeAlias = Literal["monthly", "quarterly", "yearly"]
Convention: TypeAlias = Literal["start", "mid", "end"]
Split: TypeAlias = Literal["shapley", "order"]


def load(
    model: str,
    *,
    shocks: Shocks = (),
    strategy: str | None = None,
    sets: Texts = (),
    capital: str | None = None,
) -> Scenario:
    """A model with an option of capital, a strategy, shocks and settings laid over it, checked.

    model: a bundled name or a TOML file; shocks: bundled names, files, FILE.py:NAME or Python
    objects of such names, in order; strategy, capital: a bundled name or a file; sets: PATH=VALUE,
    PATH*=VALUE or PATH+=VALUE, in order. Amounts of the scenario are in the units that its keys
    name.

    Raises:
        ScenarioError: it is wrong, with every mistake found.

    >>> import gpusim
    >>> gpusim.load("single-site", sets="model.quarters=4").model.quarters
    4
    """
    return scenario.load(**point(model, strategy, shocks, sets, capital)._asdict())


def run(
    model: str,
    *,
    reps: int = 100,
    seed: int = 1,
    sets: Texts = (),
    shocks: Shocks = (),
    strategy: AnyStrategy | None = None,
    capital: str | None = None,
    out: Where = None,
    monthly: bool = False,
    inputs: Inputs = "fixed",
    engine: Engine = "batch",
    events: int | None = None,
    units: bool = False,
    metrics: Metrics = (),
    fail_if: Texts = (),
    workers: int | None = None,
    progress: Progress | None = None,
) -> Run:
    """Simulate a model and write a run folder.

    model, sets, shocks, strategy, capital: see `load`; a strategy may be code as a shock may;
    reps: 1 to 1,000,000; seed of all draws, 0 or more: the same seed, the same run; out: a new
    folder, None: one under runs/; monthly: tables by month too; inputs: drawn, 8 replications a
    set, or fixed; engine: fast or readable; events: of how many replications, None: 1 of the
    process engine, else 0; units: realised unit economics too; metrics: your own, FILE.py:NAME;
    fail_if: see `found.judged`; workers: None: one a core; progress: told how many are done, of how
    many. Raises: what all questions raise, TooManyError for want of memory.

    >>> import gpusim
    >>> run = gpusim.run("single-site", reps=3, sets="model.quarters=4", out="three")
    >>> run.outcomes().height, run.verify().same
    (3, True)
    """
    request = asked_run.request(
        point(model, strategy, shocks, sets, capital),
        reps=reps,
        seed=seed,
        inputs=inputs,
        engine=engine,
        events=events,
        monthly=monthly,
        units=units,
        metrics=metrics,
        fail_if=fail_if,
        workers=workers,
        out=path_of(out),
    )
    return made(running.run(request, progress))


def made(found: running.RunResult) -> Run:
    """The result of a run that has ended.

    Raises:
        KeyboardInterrupt: it was interrupted.
    """
    if found.interrupted:
        told = f"{found.finished} of {found.request.reps} replications finished"
        raise KeyboardInterrupt(interrupted(told, found.path))
    return Run(open_run(str(found.path)), found)


def bridge(
    first: str | Path | Run,
    second: str | Path | Run | None = None,
    *,
    metric: AnyMetric = "equity",
    sets: Texts = (),
    shocks: Shocks = (),
    strategy: AnyStrategy | None = None,
    capital: str | None = None,
    to_sets: Texts = (),
    to_shocks: Shocks = (),
    to_strategy: AnyStrategy | None = None,
    to_capital: str | None = None,
    method: Split | None = None,
    reps: int | None = None,
    seed: int = 1,
    workers: int | None = None,
    progress: Progress | None = None,
) -> Bridge:
    """What moved a metric between two runs, or two ends of a model; the parts sum exactly.

    first: a run, its folder or name, with `second` another one; or a model, with what is different
    at the second end: to_sets, to_shocks, to_strategy, to_capital (the latter two: `none` is
    without one); sets, shocks, strategy, capital: of both ends of a model; metric: METRIC or
    METRIC@PERIOD; method: how the difference is split over causes; None: shapley for up to six,
    else their order; reps: replications [2 to 1,000,000]; None: the runs' own, 400 at most; of a
    model 100; seed: of a model. No folder is written.
    Raises: what all questions raise, and NotARunError where an end is no run.

    >>> import gpusim
    >>> moved = gpusim.bridge("single-site", metric="revenue", to_sets="tax.rate=0.3", reps=2,
    ...                       sets="model.quarters=4")
    >>> moved.causes().select("cause", "whole_units").rows()
    [('tax.rate=0.3', 0)]
    """
    request = asked_bridge.request(
        _name(first),
        None if second is None else _name(second),
        metric=metric,
        shared=(strategy, shocks, sets, capital),
        changed=(to_strategy, to_shocks, to_sets, to_capital),
        method=method,
        reps=reps,
        seed=seed,
        workers=workers,
    )
    with request as asked:
        return Bridge(bridging.bridge(asked, progress))


def backtest(
    model: str,
    *,
    actuals: str | Path | None = None,
    reps: int = 400,
    seed: int = 1,
    inputs: int = 100,
    out: Where = None,
    workers: int | None = None,
    progress: Progress | None = None,
) -> Backtest:
    r"""Simulate forward from a model's as-of day and score it against reported figures.

    actuals: a CSV file of quarter_end, metric, value, unit, source, over the bundled one; reps:
    replications [10 to 1,000,000]; inputs: draws of uncertain inputs [0 to 10,000], 0: as the
    file says; out: a folder for backtest.json, its pictures and its page, which must not exist;
    None: nothing is written; others as of `run`.

    Raises:
        ScenarioError: the model or the table is wrong.
        FolderExistsError: the folder exists, or cannot be made.
        RunError: a replication failed or its books do not tie.

    >>> import gpusim, pathlib
    >>> rows = "quarter_end,metric,value,unit,source", "2026-09-30,revenue,40,USD_m,made up"
    >>> _ = pathlib.Path("reported.csv").write_text("\n".join(rows))
    >>> made = gpusim.backtest("single-site", actuals="reported.csv", reps=10, inputs=0)
    >>> made.cells().select("metric", "quarter", "actual").rows()
    [('revenue', '2026Q3', 40000000.0)]
    """
    check_backtest(reps, inputs)
    check_means(seed, workers)
    target = path_of(out)
    if target is not None:
        folder.refuse_existing(target)
    found = backtesting.backtest(model, path_of(actuals), reps, seed, workers, inputs, progress)
    return Backtest.of(found, None if target is None else keep_backtest(found, target))


def units(
    model: str,
    *,
    contract: str | None = None,
    sets: Texts = (),
    shocks: Shocks = (),
    strategy: str | None = None,
    capital: str | None = None,
    hurdle: float = HURDLE,
    residual: float | None = None,
    building_residual: float | None = None,
    price_path: Sequence[float] = (1.0,),
    timing: Period = "monthly",
    convention: Convention = "end",
) -> UnitEconomics:
    """Unit economics of a model on the planned path: a GPU-hour, a contract, a megawatt, a kW.

    Of a run: `Run.realised_units`. model, sets, shocks, strategy, capital: see `load`; contract:
    one only; hurdle: return asked for [share a year, 0 to 1]; residual: share of its cost that
    hardware fetches at the end [0 to 1]; None: its book value; building_residual: likewise of a
    building that is let; price_path: on-demand price of each year over today's, the last is kept
    [ratio, 0 to 100]; timing: periods by which IRR, present value, payback and the worst period go;
    convention: where in its period what is earned counts.

    Raises:
        ScenarioError: the model or an argument is wrong.

    >>> import gpusim
    >>> gpusim.units("single-site").rows().select("kind", "rent_price").rows()[0][0]
    'contract'
    """
    within("hurdle", hurdle, 0.0, 1.0)
    within("residual", residual, 0.0, 1.0)
    within("building_residual", building_residual, 0.0, 1.0)
    _check_path(price_path)
    _check_timing(timing, convention)
    refuse_folder(model, "a model; open_run(...).realised_units() is what a run realised")
    loaded = load(model, shocks=shocks, strategy=strategy, sets=sets, capital=capital)
    if contract is not None:
        one_of("contract", contract, list(loaded.contracts))
    found = unit_economics.compute(
        loaded,
        contract=contract,
        hurdle=hurdle,
        residual_share=residual,
        price_path=tuple(price_path),
        timing=timing_of(timing, convention),
        building_residual=building_residual,
    )
    return UnitEconomics(found)


def _check_timing(timing: str, convention: str) -> None:
    """Periods of cash, and where in them it counts."""
    one_of("timing", timing, list(PERIODS))
    one_of("convention", convention, list(PLACES))


def _check_path(ratios: Sequence[float]) -> None:
    """On-demand prices of the years over today's."""
    for ratio in ratios:
        within("price_path", ratio, 0.0, 100.0)
    if not ratios:
        raise ScenarioError([Mistake("price_path", 0, 0, "", "none", "ratios, such as 1, 0.9")])


def _name(run: str | Path | Run) -> str:
    return str(run.path if isinstance(run, Run) else run)
