"""Questions that are answered by many points of a model, a function each, as in `questions`.

What is not said of an argument is said of it there: at `load` or `run`. metric, metrics: METRIC or
METRIC@PERIOD, as `gpusim models metrics` lists them; FILE.py:NAME or FILE.py:NAME@PERIOD, a metric
of the user's own, also in conditions. Each raises what `run` raises.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Literal, TypeAlias

from gpusim.api.answers import Comparison, Sensitivity, Solution, Sweep, finished
from gpusim.api.asked import compare as asked_compare
from gpusim.api.asked import sensitivity as asked_sensitivity
from gpusim.api.asked import solve as asked_solve
from gpusim.api.asked import sweep as asked_sweep
from gpusim.api.asked.arguments import AnyMetric, AnyStrategy, Metrics, Shocks, Texts, point
from gpusim.api.asked.compare import Compared
from gpusim.api.asked.sweep import Chosen
from gpusim.api.save_result import Where, path_of, saved
from gpusim.experiments.common.pool import Progress
from gpusim.experiments.compare import compare as comparing
from gpusim.experiments.compare.experiment import EXPERIMENT as COMPARE
from gpusim.experiments.sensitivity import sensitivity as varying
from gpusim.experiments.sensitivity.experiment import EXPERIMENT as SENSITIVITY
from gpusim.experiments.solve.experiment import EXPERIMENT as SOLVE
from gpusim.experiments.sweep import sweep as sweeping
from gpusim.results.stored import folder

Engine: TypeAlias = Literal["batch", "process"]
Design: TypeAlias = Literal["grid", "zip", "list", "lhs", "sobol"]
Inputs: TypeAlias = Literal["drawn", "fixed"]
Method: TypeAlias = Literal["tornado", "morris", "sobol", "discover"]


def compare(
    models: Texts,
    *,
    strategies: Sequence[AnyStrategy] | AnyStrategy = (),
    shocks: Shocks = (),
    capital: Texts = (),
    cross: bool = False,
    metrics: Metrics = (),
    satisfy: Texts = (),
    indifference: Texts = (),
    better: Texts = (),
    alpha: float = 0.05,
    reps: int = 200,
    most: int = 1_000,
    seed: int = 1,
    sets: Texts = (),
    inputs: Inputs = "fixed",
    fail_if: Texts = (),
    out: Where = None,
    workers: int | None = None,
    progress: Progress | None = None,
) -> Comparison:
    """Compare strategies, capital, shocks or models on the same replications; the base first.

    `none` is as is; one model alone: all bundled strategies; cross: each under each shock, of many
    kinds each with each; satisfy: conditions that must hold; indifference: METRIC=VALUE, the least
    difference that matters [its unit]; better: METRIC=high or low; alpha: chance of a wrong first
    [0.001 to 0.5]; reps, most: replications [100 to 10**6]; inputs: see `run`. Raises: as `run`.

    >>> two = compare("single-site", shocks=["none", "gpu-failures"], metrics="revenue", reps=100,
    ...               most=100, sets="model.quarters=4", out="two")
    >>> two.options()["option"].to_list()
    ['as is', 'gpu-failures']
    """
    folder.refuse_target(path_of(out))
    request = asked_compare.request(
        Compared(models, strategies, shocks, sets, capital, cross),
        metrics=metrics,
        satisfy=satisfy,
        indifference=indifference,
        better=better,
        alpha=alpha,
        reps=reps,
        most=most,
        seed=seed,
        fail_if=fail_if,
        inputs=inputs,
        workers=workers,
    )
    return _compared(request, out, progress)


def _compared(request: comparing.Request, out: Where, progress: Progress | None) -> Comparison:
    """The comparison, kept."""
    began, found = time.perf_counter(), comparing.compare(request, progress)
    worth, done = [found] if found.has_answer else [], f"{found.replications} replications finished"
    return Comparison(saved(COMPARE, worth, out, began, found.interrupted, done), found)


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
    metrics: Metrics = (),
    seed: int = 1,
    sets: Texts = (),
    shocks: Shocks = (),
    strategy: AnyStrategy | None = None,
    capital: str | None = None,
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
    scheduler. Raises: as `run`; nothing was written, or what is finished is kept.

    >>> import gpusim
    >>> taxes = gpusim.sweep("single-site", vary="tax.rate=0.1,0.3", metrics="revenue", reps=2,
    ...                      sets="model.quarters=4", out="taxes")
    >>> taxes.results().select("point", "tax.rate", "n").rows()
    [(0, 0.1, 2), (1, 0.3, 2)]
    """
    request = asked_sweep.request(
        point(model, strategy, shocks, sets, capital),
        chosen=Chosen(vary, design, points, path_of(list_file), correlate),
        reps=reps,
        until=until,
        metrics=metrics,
        seed=seed,
        engine=engine,
        fail_if=fail_if,
        workers=workers,
    )
    means = sweeping.Means(workers, cluster, path_of(out), ("gpusim.sweep",))
    return finished(sweeping.run(request, means, progress))


def sensitivity(
    model: str,
    *,
    vary: Texts = (),
    method: Method = "tornado",
    metric: AnyMetric = "equity",
    when: str = "defaulted>=1",
    reps: int | None = None,
    rows: int | None = None,
    top: int = 6,
    strategy: AnyStrategy | None = None,
    capital: str | None = None,
    shocks: Shocks = (),
    sets: Texts = (),
    seed: int = 1,
    out: Where = None,
    workers: int | None = None,
    progress: Progress | None = None,
) -> Sensitivity:
    """Which inputs move a metric, by how much of it noise; and where something happens.

    vary: PATH=LO:HI, also *= and +=, or a PATH alone: its assumptions; none: all assumptions;
    method: one by one, screening, shares of variance, or a region; when: the event of `discover`;
    reps: replications a point [2 to 100,000]; None: 40 of tornado, else 20; rows: walks of morris,
    rows of sobol, points of discover [2 to 100,000]; None: 10, 64, 400; top: inputs of sobol and
    discover without `vary` [1 to 50]. Raises: as `run`.

    >>> import gpusim
    >>> tax = gpusim.sensitivity("single-site", vary="tax.rate=0.1:0.3", metric="revenue", reps=2,
    ...                          sets="model.quarters=4", out="tax")
    >>> tax.bars().select("input", "end", "change").rows()
    [('tax.rate', 'low', 0.0), ('tax.rate', 'high', 0.0)]
    """
    folder.refuse_target(path_of(out))
    request = asked_sensitivity.request(
        point(model, strategy, shocks, sets, capital),
        vary=vary,
        method=method,
        metric=metric,
        when=when,
        reps=reps,
        rows=rows,
        top=top,
        seed=seed,
        workers=workers,
    )
    began = time.perf_counter()
    found = varying.sensitivity(request, progress)
    told = f"{found.answered} of {found.asked} points finished"
    return Sensitivity(saved(SENSITIVITY, [found], out, began, found.interrupted, told), found)


def solve(
    model: str,
    key: str,
    until: Texts,
    *,
    probability: float | None = None,
    along: str | None = None,
    strategy: AnyStrategy | None = None,
    capital: str | None = None,
    shocks: Shocks = (),
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
    to 0.5]. Raises: as `run`.

    >>> import gpusim
    >>> found = gpusim.solve("single-site", "sites.*.tariff_usd_per_kwh=0.05:0.40", "revenue<0",
    ...                      reps=10, sets="model.quarters=4", out="never")
    >>> found.breakevens()["estimate"].to_list()
    [None]
    """
    folder.refuse_target(path_of(out))
    requests = asked_solve.requests(
        point(model, strategy, shocks, sets, capital),
        key,
        until,
        probability=probability,
        along=along,
        reps=reps,
        alpha=alpha,
        seed=seed,
        workers=workers,
    )
    began = time.perf_counter()
    found = asked_solve.solved(requests, progress)
    told = f"{sum(len(one.solved) for one in found)} break-evens finished"
    return Solution(saved(SOLVE, found, out, began, found[-1].interrupted, told), found)
