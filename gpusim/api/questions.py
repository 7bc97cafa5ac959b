"""The questions that can be asked, a function each, with the defaults of the command of its name.

A function builds the request that the command builds and calls what the command calls: the same
arguments give the same tables to the byte. Where a text may be given several times on the command
line, one text or several are taken here. Ctrl-C raises KeyboardInterrupt once what is finished is
kept, and says where.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final, Literal, TypeAlias

from gpusim import scenario
from gpusim.api import asked
from gpusim.api.answers import Comparison, Sensitivity, Solution, Sweep, finished
from gpusim.api.asked import AnyStrategy, Texts, named, one_of, texts, within
from gpusim.api.figures import Backtest, Bridge, UnitEconomics
from gpusim.api.keeping import keep_backtest
from gpusim.api.runs import Run
from gpusim.appraisal import unit_economics
from gpusim.experiments.backtest import backtest as backtesting
from gpusim.experiments.bridge import bridge as bridging
from gpusim.experiments.common.pool import Progress
from gpusim.experiments.compare import compare as comparing
from gpusim.experiments.compare.experiment import EXPERIMENT as COMPARE
from gpusim.experiments.run import run as running
from gpusim.experiments.run.declaration import Experiment, F, R
from gpusim.experiments.run.points import Point
from gpusim.experiments.run.run import RunError
from gpusim.experiments.saved import answers
from gpusim.experiments.sensitivity import sensitivity as varying
from gpusim.experiments.sensitivity.experiment import EXPERIMENT as SENSITIVITY
from gpusim.experiments.solve import solve as solving
from gpusim.experiments.solve.experiment import EXPERIMENT as SOLVE
from gpusim.experiments.sweep import sweep as sweeping
from gpusim.results import folder
from gpusim.results.opened import Opened, open_run
from gpusim.scenario import Mistake, Scenario, ScenarioError

Where: TypeAlias = str | Path | None
"""A folder; None: a new one under runs/."""
Engine: TypeAlias = Literal["batch", "process"]
Design: TypeAlias = Literal["grid", "zip", "list", "lhs", "sobol"]
Method: TypeAlias = Literal["tornado", "morris", "sobol", "discover"]
Split: TypeAlias = Literal["shapley", "order"]
MOST_REPS: Final = 10**6
MOST_SEED: Final = 2**63 - 1
MOST_WORKERS: Final = 256


def load(
    model: str, *, shocks: Texts = (), strategy: str | None = None, sets: Texts = ()
) -> Scenario:
    """A model with a strategy, shocks and settings laid over it, checked.

    model: a bundled name or a TOML file; shocks: bundled names or files, in order; strategy: a
    bundled name or a file; sets: PATH=VALUE, PATH*=VALUE or PATH+=VALUE, in order. Amounts of the
    scenario are in the units that its keys name.

    Raises:
        ScenarioError: it is wrong, with every mistake found.

    >>> import gpusim
    >>> gpusim.load("single-site", sets="model.quarters=4").model.quarters
    4
    """
    return scenario.load(model, shocks=texts(shocks), strategy=strategy, sets=texts(sets))


def run(
    model: str,
    *,
    reps: int = 100,
    seed: int = 1,
    sets: Texts = (),
    shocks: Texts = (),
    strategy: AnyStrategy | None = None,
    out: Where = None,
    monthly: bool = False,
    engine: Engine = "batch",
    events: int | None = None,
    units: bool = False,
    fail_if: Texts = (),
    workers: int | None = None,
    progress: Progress | None = None,
) -> Run:
    """Simulate a model and write a run folder.

    model, sets, shocks: see `load`; reps: replications [1 to 1,000,000]; seed: of all randomness;
    strategy: a bundled name, a file, FILE.py:NAME, or a Python object that has such a name; out:
    the folder, which must not exist; None: a new one under runs/; monthly: also tables by month;
    engine: the fast one, or the readable one with the same figures; events: replications whose
    events are written; None: 1 of the process engine, else none; units: also realised unit
    economics; fail_if: conditions, whose judgement `found.judged` holds; workers: None: one a
    core; progress: called with how many are done and of how many.

    Raises:
        ScenarioError: the model or an argument is wrong.
        StrategyError: the strategy cannot be loaded, or failed.
        FolderExistsError: the folder exists, or cannot be made.
        TooManyError: so many replications do not fit into memory.
        RunError: a replication failed or its books do not tie.

    >>> import gpusim
    >>> run = gpusim.run("single-site", reps=3, sets="model.quarters=4", out="three")
    >>> run.outcomes().height, run.verify().same
    (3, True)
    """
    within("reps", reps, 1, MOST_REPS)
    within("seed", seed, 0, MOST_SEED)
    within("events", events, 0, 10_000)
    within("workers", workers, 1, MOST_WORKERS)
    one_of("engine", engine, ("batch", "process"))
    request = running.Request(
        model=model,
        reps=reps,
        seed=seed,
        shocks=texts(shocks),
        strategy=named(strategy),
        sets=texts(sets),
        workers=workers,
        out=_path(out),
        monthly=monthly,
        events=int(engine == "process") if events is None else events,
        engine=engine,
        units=units,
        command=("gpusim.run",),
        fail_if=texts(fail_if),
    )
    found = running.run(request, progress)
    if found.interrupted:
        told = f"{found.finished} of {reps} replications finished"
        raise KeyboardInterrupt(_interrupted(told, found.path))
    return Run(open_run(str(found.path)), found)


def compare(
    models: Texts,
    *,
    strategies: Sequence[AnyStrategy] | AnyStrategy = (),
    shocks: Texts = (),
    metrics: Texts = (),
    satisfy: Texts = (),
    indifference: Texts = (),
    better: Texts = (),
    alpha: float = 0.05,
    reps: int = 200,
    most: int = 1_000,
    seed: int = 1,
    sets: Texts = (),
    fail_if: Texts = (),
    out: Where = None,
    workers: int | None = None,
    progress: Progress | None = None,
) -> Comparison:
    """Compare strategies, shocks or models on the same replications; the first is the base.

    strategies, shocks: `none` is as is; neither, of one model: all bundled strategies; metrics:
    METRIC or METRIC@PERIOD; satisfy: conditions, all of which must hold; indifference:
    METRIC=VALUE, the least difference that matters [unit of the metric]; better: METRIC=high or
    METRIC=low; alpha: chance of a wrong first place [0.001 to 0.5]; reps, most: replications at
    least and at most [100 to 1,000,000]; others as of `run`.

    Raises:
        ScenarioError, StrategyError, FolderExistsError, TooManyError, RunError: as `run`.

    >>> import gpusim
    >>> two = gpusim.compare("single-site", shocks=["none", "gpu-failures"], metrics="revenue",
    ...                      reps=100, most=100, sets="model.quarters=4", out="two")
    >>> two.options()["option"].to_list()
    ['as is', 'gpu-failures']
    """
    within("alpha", alpha, 0.001, 0.5)
    within("reps", reps, 100, MOST_REPS)
    within("most", most, 100, MOST_REPS)
    within("seed", seed, 0, MOST_SEED)
    within("workers", workers, 1, MOST_WORKERS)
    several = strategies if isinstance(strategies, list | tuple) else (strategies,)
    answers.refuse(_path(out))
    request = comparing.Request(
        models=texts(models),
        strategies=tuple(name for one in several if (name := named(one)) is not None),
        shocks=texts(shocks),
        sets=texts(sets),
        metrics=texts(metrics),
        satisfy=texts(satisfy),
        indifference=texts(indifference),
        better=texts(better),
        alpha=alpha,
        reps=reps,
        most=most,
        seed=seed,
        workers=workers,
        fail_if=texts(fail_if),
    )
    began = time.perf_counter()
    found = comparing.compare(request, progress)
    told = f"{found.worlds} replications finished"
    worth = [found] if found.measured else []
    kept = _kept(COMPARE, worth, out, began, found.interrupted, told)
    return Comparison(kept, found)


def sweep(
    model: str,
    *,
    vary: Texts = (),
    design: Design | None = None,
    points: int | None = None,
    list_file: str | Path | None = None,
    correlate: Texts = (),
    reps: int | None = None,
    until: Texts = (),
    metrics: Texts = (),
    seed: int = 1,
    sets: Texts = (),
    shocks: Texts = (),
    strategy: AnyStrategy | None = None,
    engine: Engine = "batch",
    cluster: str | None = None,
    fail_if: Texts = (),
    out: Where = None,
    workers: int | None = None,
    progress: Progress | None = None,
) -> Sweep:
    """Simulate a model at many points, kept as they finish; `Sweep.resume` goes on with one.

    vary: PATH=LO:HI:N, or values a,b,c, also *= and +=; design: how points are chosen; None: a
    grid; points: of lhs and sobol; list_file: a CSV file of points, alone; correlate: A,B=RHO, of
    lhs and sobol; reps: replications a point; None: 100, with `until` at most 10,000; until:
    METRIC:HALFWIDTH or METRIC:P%, all of which must hold; cluster: tcp://HOST:PORT of a Dask
    scheduler; others as of `run`.

    Raises:
        ScenarioError, StrategyError, FolderExistsError: as `run`; nothing was written.
        RunError: every point failed, or no worker could go on; what is finished is kept.

    >>> import gpusim
    >>> taxes = gpusim.sweep("single-site", vary="tax.rate=0.1,0.3", metrics="revenue", reps=2,
    ...                      sets="model.quarters=4", out="taxes")
    >>> taxes.results().select("point", "tax.rate", "n").rows()
    [(0, 0.1, 2), (1, 0.3, 2)]
    """
    within("reps", reps, 1, MOST_REPS)
    within("seed", seed, 0, MOST_SEED)
    within("workers", workers, 1, MOST_WORKERS)
    one_of("design", design, ("grid", "zip", "list", "lhs", "sobol"))
    one_of("engine", engine, ("batch", "process"))
    request = asked.sweep(
        Point(model, named(strategy), texts(shocks), texts(sets)),
        vary=texts(vary),
        kind=design,
        points=points,
        list_file=_path(list_file),
        correlate=texts(correlate),
        reps=reps,
        until=texts(until),
        metrics=texts(metrics),
        seed=seed,
        engine=engine,
        fail_if=texts(fail_if),
    )
    means = sweeping.Means(workers, cluster, _path(out), ("gpusim.sweep",))
    return finished(sweeping.run(request, means, progress))


def sensitivity(
    model: str,
    *,
    vary: Texts = (),
    method: Method = "tornado",
    metric: str = "equity",
    when: str = "defaulted>=1",
    reps: int | None = None,
    rows: int | None = None,
    top: int = 6,
    strategy: AnyStrategy | None = None,
    shocks: Texts = (),
    sets: Texts = (),
    seed: int = 1,
    out: Where = None,
    workers: int | None = None,
    progress: Progress | None = None,
) -> Sensitivity:
    """Which inputs move a metric, by how much of it noise; and where something happens.

    vary: PATH=LO:HI, also *= and +=, or a PATH alone: its assumptions; none: all assumptions;
    method: one by one, screening, shares of variance, or a region; metric: METRIC or
    METRIC@PERIOD; when: the event of `discover`; reps: replications a point [2 to 100,000]; None:
    40 of tornado, else 20; rows: walks of morris, rows of sobol, points of discover [2 to
    100,000]; None: 10, 64, 400; top: inputs of sobol and discover without `vary` [1 to 50];
    others as of `run`.

    Raises:
        ScenarioError, StrategyError, FolderExistsError, RunError: as `run`.

    >>> import gpusim
    >>> tax = gpusim.sensitivity("single-site", vary="tax.rate=0.1:0.3", metric="revenue", reps=2,
    ...                          sets="model.quarters=4", out="tax")
    >>> tax.bars().select("input", "end", "change").rows()
    [('tax.rate', 'low', 0.0), ('tax.rate', 'high', 0.0)]
    """
    within("reps", reps, 2, 10**5)
    within("rows", rows, 2, 10**5)
    within("top", top, 1, 50)
    within("seed", seed, 0, MOST_SEED)
    within("workers", workers, 1, MOST_WORKERS)
    one_of("method", method, varying.METHODS)
    answers.refuse(_path(out))
    request = varying.Request(
        model=model,
        method=method,
        vary=texts(vary),
        metric=metric,
        when=when,
        strategy=named(strategy),
        shocks=texts(shocks),
        sets=texts(sets),
        reps=reps,
        rows=rows,
        top=top,
        seed=seed,
        workers=workers,
    )
    began = time.perf_counter()
    found = varying.sensitivity(request, progress)
    told = f"{found.answered} of {found.asked} points finished"
    return Sensitivity(_kept(SENSITIVITY, [found], out, began, found.interrupted, told), found)


def solve(
    model: str,
    key: str,
    until: Texts,
    *,
    probability: float | None = None,
    along: str | None = None,
    strategy: AnyStrategy | None = None,
    shocks: Texts = (),
    sets: Texts = (),
    reps: int = 400,
    alpha: float = 0.05,
    seed: int = 1,
    out: Where = None,
    workers: int | None = None,
    progress: Progress | None = None,
) -> Solution:
    """Find the value of a key at which a metric crosses a target, as a bracket with confidence.

    key: PATH=LO:HI, what is moved, also *= and +=; until: METRIC<VALUE or the like, a break-even
    each [unit of the metric]; probability: of the condition [0.001 to 0.999]; None: the metric's
    mean is crossed; along: PATH=LO:HI:N, a second key with a break-even at each value; reps:
    replications a value at most [10 to 1,000,000]; alpha: chance that the bracket is wrong [0.001
    to 0.5]; others as of `run`.

    Raises:
        ScenarioError, StrategyError, FolderExistsError, RunError: as `run`.

    >>> import gpusim
    >>> found = gpusim.solve("single-site", "sites.*.tariff_usd_per_kwh=0.05:0.40", "revenue<0",
    ...                      reps=10, sets="model.quarters=4", out="never")
    >>> found.breakevens()["estimate"].to_list()
    [None]
    """
    within("probability", probability, 0.001, 0.999)
    within("reps", reps, 10, MOST_REPS)
    within("alpha", alpha, 0.001, 0.5)
    within("seed", seed, 0, MOST_SEED)
    within("workers", workers, 1, MOST_WORKERS)
    conditions = texts(until)
    if not conditions:
        raise ScenarioError([Mistake("until", 0, 0, "", "none", "METRIC<VALUE")])
    answers.refuse(_path(out))
    requests = [
        solving.Request(
            model=model,
            key=key,
            until=one,
            probability=probability,
            along=along,
            strategy=named(strategy),
            shocks=texts(shocks),
            sets=texts(sets),
            reps=reps,
            alpha=alpha,
            seed=seed,
            workers=workers,
        )
        for one in conditions
    ]
    solving.refuse(requests)
    began = time.perf_counter()
    found: list[solving.Solution] = []
    for request in requests:
        found.append(solving.solve(request, progress))
        if found[-1].interrupted:
            break
    told = f"{sum(len(one.solved) for one in found)} break-evens finished"
    return Solution(_kept(SOLVE, found, out, began, found[-1].interrupted, told), found)


def bridge(
    first: str | Path | Run,
    second: str | Path | Run | None = None,
    *,
    metric: str = "equity",
    sets: Texts = (),
    shocks: Texts = (),
    strategy: AnyStrategy | None = None,
    to_sets: Texts = (),
    to_shocks: Texts = (),
    to_strategy: AnyStrategy | None = None,
    method: Split | None = None,
    reps: int | None = None,
    seed: int = 1,
    workers: int | None = None,
    progress: Progress | None = None,
) -> Bridge:
    """What moved a metric between two runs, or two ends of a model; the parts sum exactly.

    first: a run, its folder or name, with `second` another one; or a model, with what is different
    at the second end: to_sets, to_shocks, to_strategy; sets, shocks, strategy: of both ends of a
    model; metric: METRIC or METRIC@PERIOD; method: how the difference is split over causes; None:
    shapley for up to six, else their order; reps: replications [2 to 1,000,000]; None: the runs'
    own, 400 at most; of a model 100; seed: of a model. No folder is written.

    Raises:
        ScenarioError, StrategyError, RunError: as `run`.
        NotARunError: an end is no run.

    >>> import gpusim
    >>> moved = gpusim.bridge("single-site", metric="revenue", to_sets="tax.rate=0.3", reps=2,
    ...                       sets="model.quarters=4")
    >>> moved.causes().select("cause", "whole_units").rows()
    [('tax.rate=0.3', 0)]
    """
    within("reps", reps, 2, MOST_REPS)
    within("seed", seed, 0, MOST_SEED)
    within("workers", workers, 1, MOST_WORKERS)
    one_of("method", method, (bridging.SHAPLEY, bridging.ORDER))
    request = asked.bridge(
        _name(first),
        None if second is None else _name(second),
        metric=metric,
        sets=texts(sets),
        shocks=texts(shocks),
        strategy=named(strategy),
        to_sets=texts(to_sets),
        to_shocks=texts(to_shocks),
        to_strategy=named(to_strategy),
        method=method,
        reps=reps,
        seed=seed,
        workers=workers,
    )
    with request as made:
        return Bridge(bridging.bridge(made, progress))


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
    within("reps", reps, 10, MOST_REPS)
    within("seed", seed, 0, MOST_SEED)
    within("inputs", inputs, 0, 10_000)
    within("workers", workers, 1, MOST_WORKERS)
    target = _path(out)
    if target is not None:
        folder.refuse_existing(target)
    found = backtesting.backtest(model, _path(actuals), reps, seed, workers, inputs, progress)
    return Backtest.of(found, None if target is None else keep_backtest(found, target))


def units(
    model: str,
    *,
    contract: str | None = None,
    sets: Texts = (),
    shocks: Texts = (),
    strategy: str | None = None,
    hurdle: float = 0.10,
    residual: float | None = None,
    price_path: Sequence[float] = (1.0,),
) -> UnitEconomics:
    """Unit economics of a model on the planned path: a GPU-hour, a contract, a megawatt.

    Of a run: `Run.realised_units`. model, sets, shocks, strategy: see `load`; contract: one only;
    hurdle: return asked for [share a year, 0 to 1]; residual: share of its cost that hardware
    fetches at the end [0 to 1]; None: its book value; price_path: on-demand price of each year
    over today's, the last is kept [ratio, 0 to 100].

    Raises:
        ScenarioError: the model or an argument is wrong.

    >>> import gpusim
    >>> gpusim.units("single-site").rows().select("kind", "rent_price").rows()[0][0]
    'contract'
    """
    within("hurdle", hurdle, 0.0, 1.0)
    within("residual", residual, 0.0, 1.0)
    for ratio in price_path:
        within("price_path", ratio, 0.0, 100.0)
    if not price_path:
        raise ScenarioError([Mistake("price_path", 0, 0, "", "none", "ratios, such as 1, 0.9")])
    asked.refuse_folder(model, "a model; open_run(...).realised_units() is what a run realised")
    loaded = load(model, shocks=shocks, strategy=strategy, sets=sets)
    if contract is not None:
        one_of("contract", contract, list(loaded.contracts))
    found = unit_economics.compute(
        loaded,
        contract=contract,
        hurdle=hurdle,
        residual_share=residual,
        price_path=tuple(price_path),
    )
    return UnitEconomics(found)


def _path(where: str | Path | None) -> Path | None:
    return None if where is None else Path(where)


def _name(run: str | Path | Run) -> str:
    return str(run.path if isinstance(run, Run) else run)


def _kept(
    experiment: Experiment[R, F],
    found: Sequence[F],
    out: Where,
    began: float,
    interrupted: bool,
    told: str,
) -> Opened:
    """Write the folder of an answer.

    found: by request; none: nothing is worth keeping; began: when the work did [s]; told: how far
    it came.

    Raises:
        KeyboardInterrupt: it was interrupted.
        RunError: nothing was simulated.
    """
    seconds = time.perf_counter() - began
    path = None
    if found:
        command = (f"gpusim.{experiment.name}",)
        path = answers.keep(experiment, found, _path(out), command, seconds)
    if interrupted:
        raise KeyboardInterrupt(_interrupted(told, path))
    if path is None:
        raise RunError("nothing could be simulated, so nothing was written")
    return open_run(str(path))


def _interrupted(told: str, path: Path | None) -> str:
    return f"{told}; {'nothing was written' if path is None else f'kept in {path}'}"
