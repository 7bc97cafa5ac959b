"""How time and memory grow with an operator: one axis at a time, from a hundred to ten thousand.

For each size an operator is generated in which one noun grows and the others stay, and a process
of its own reads and validates it, lowers it, and plays a replication, the quickest of nine after a
first one that makes room. Printed are processor time and peak memory of each, and the exponent
over the last decade: the slope of the logarithm of one over that of the size. An axis stops at the
size that takes longer than `--most` seconds.
"""

from __future__ import annotations

import argparse
import math
import multiprocessing
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from multiprocessing.connection import Connection
from pathlib import Path
from typing import NamedTuple

from gpusim.engines.batch import Batch
from gpusim.scenario import load
from gpusim.scenario.lower import lower

SEED = 1
PLAYS = 9
"""Replications played, of which the quickest is told: the others were disturbed."""
PARTS = ("read", "lower", "play")
SIZES = {
    "contracts": (100, 300, 1_000, 3_000, 10_000),
    "tranches": (100, 300, 1_000, 3_000, 10_000),
    "arrivals": (100, 300, 1_000, 3_000, 10_000),
    "segments": (8, 26, 80, 256),
    "loans": (10, 30, 100, 300, 1_000),
    "sites": (10, 30, 100, 300, 1_000),
}
FIRM = """
extends = "base/neocloud.toml"

[model]
title = "Generated, to see how time grows"
as_of = 2025-12-31
quarters = 8

[operator]
minimum_cash_usd = 1_000_000
acceptance_lot_mw = 1000
capitalised_interest_share = 0.0
lease_rate = 0.09
funding_order = ["loan", "cash"]
waterfall = ["taxes", "operating", "rent", "fees", "interest", "principal", "suppliers", "reserve"]

[rates]
curve = [{{ date = 2025-12-31, rate = 0.0375 }}]

[tax]
bonus_depreciation = 1.0

[gpus.GB300]
it_kw_per_gpu = 2.08
capex_usd_per_gpu = 76_400
infrastructure_share = 0.0
deposit_share = 0.10
payment_days = 45
book_life_years = 6
infrastructure_life_years = 20
salvage_share = 0.0
lead = {{ planned_days = 60, sd_days = 20 }}
fitout = {{ planned_days = 30, sd_days = 12 }}
acceptance = {{ planned_days = 20, sd_days = 8 }}
on_demand_usd_per_gpu_hour = 4.60
floor_usd_per_gpu_hour = 1.00

[balance]
cash_usd = {cash}
paid_in_capital_usd = {cash}
"""
SITE = """
[sites.{name}]
kind = "colocation"
developer = "{name}"
pue = 1.25
tariff_usd_per_kwh = 0.06
grid_charge_usd_per_kw_month = 4
minimum_take = 0.3
load_factor = 0.8
rent_usd_per_kw_month = 110
rent_escalator = 0.0
lease_years = 15
variable_rent_usd_per_kw_month = 10
staff_usd_per_kw_month = 6
delay = {{ probability = 0.5, mean_days = 60, sd_days = 30 }}
phases = [{{ it_mw = {first}, ready = 2025-12-31 }}, {{ it_mw = {second}, ready = 2026-09-01 }}]
"""
CONTRACT = """
[contracts.{name}]
customer = "{name}"
rating = "other"
kind = "take-or-pay"
gpu = "GB300"
site = "{site}"
price_usd_per_gpu_hour = 3.50
term_months = 24
signed = 2025-12-15
payment_days = 30
late_start = "shifts"
{loan}
tranches = [{tranches}]
"""
LOAN = """
[debt.{name}]
kind = "delayed-draw"
commitment_usd = {commitment}
available_to = 2027-09-30
advance_rate = 0.7
base = "SOFR"
margin = 0.0225
base_floor = 0.03
day_count = "act/360"
undrawn_fee = 0.005
draw_discount = 0.0
amortisation = {{ law = "level", months = 48, grace_months = 3, every_months = 1 }}
maturity = 2033-06-30
reserve_share = 0.02
seniority = 1
"""
LEVERS = """
[levers]
takes_offers = true
price_markup = 1.0
hurdle_margin = 0.0
capital_rate = 0.08
minimum_term_months = 12
maximum_term_months = 72
minimum_prepayment = 0.0
investment_grade_only = false
concentration_cap = 1.0
contract_share = 2.0
leverage_cap = 0
build_ahead_share = 0.0
vendor_share = 0
programme = false
"""
SEGMENT = """
[segments.{name}]
rating = "other"
gpu = "GB300"
arrivals_per_year = {{ glut = {rate}, balanced = {rate}, scarce = {rate} }}
self_build = {{ share = 0.0, growth_per_year = 0.0 }}
gpus_median = 16
gpus_log_sd = 0.5
gpus_multiple = 8
term_months = [36]
term_weights = [1.0]
start = {{ planned_days = 100, sd_days = 40 }}
prepayment = {{ chance = 0.5, share = 0.2, days_before_start = 40, credited_months = [1, 12] }}
willingness = 1.30
willingness_log_sd = 0.10
payment_days = 45
exit_notice_days = 0
exit_price_share = 0.0
long_stop_days = 90
long_stop_use = 0.6
renewal = {{ chance = 0.0, term_months = 12 }}
"""
GPUS = 8
MEGAWATTS = 2.08e-3 * GPUS
CASH = 2_000_000
MANY = 100
"""Segments among which arrivals are divided; one has at most sixty a year."""


class Cost(NamedTuple):
    """Of one part at one size."""

    seconds: float  # of processor time
    megabytes: float  # of peak memory beyond what the process had when it began


def start_of(n: int) -> str:
    """A start in one of 18 months, in no order of the contracts' numbers."""
    month = 3 + (7 * n) % 18
    return f"{2026 + month // 12}-{month % 12 + 1:02d}-{n % 28 + 1:02d}"


def firm(size: int) -> str:
    """A firm that can pay for as many lots, and for its offices."""
    return FIRM.format(cash=10_000_000 + CASH * size)


def site(name: str, lots: int) -> str:
    """A site with room for as many lots."""
    megawatts = max(MEGAWATTS * lots, 0.1)
    return SITE.format(name=name, first=f"{megawatts:.3f}", second=f"{0.5 * megawatts:.3f}")


def contract(n: int, place: str, loan: str, starts: list[int]) -> str:
    tranches = ", ".join(f"{{ gpus = {GPUS}, start = {start_of(k)} }}" for k in starts)
    money = f'facility = "{loan}"\nloan_share = 0.7' if loan else ""
    return CONTRACT.format(name=f"c{n}", site=place, loan=money, tranches=tranches)


def of_contracts(size: int) -> Iterator[str]:
    """Contracts with one tranche each, a third of them with the one loan."""
    yield firm(size) + site("campus", size) + LOAN.format(name="loan", commitment=200_000 * size)
    for n in range(size):
        yield contract(n, "campus", "loan" if n % 3 == 0 else "", [n])


def of_tranches(size: int) -> Iterator[str]:
    """Tranches of one contract, with a loan."""
    yield firm(size) + site("campus", size) + LOAN.format(name="loan", commitment=400_000 * size)
    yield contract(0, "campus", "loan", list(range(size)))


def of_arrivals(size: int) -> Iterator[str]:
    """Offers of a hundred segments in the two years."""
    yield firm(2 * size) + site("campus", 4 * size) + contract(0, "campus", "", [0])
    yield LEVERS
    for n in range(MANY):
        yield SEGMENT.format(name=f"s{n}", rate=size / (2 * MANY))


def of_segments(size: int) -> Iterator[str]:
    """Segments, each of which asks ten times in the two years."""
    yield firm(20 * size) + site("campus", 40 * size) + contract(0, "campus", "", [0])
    yield LEVERS
    for n in range(size):
        yield SEGMENT.format(name=f"s{n}", rate=5)


def of_loans(size: int) -> Iterator[str]:
    """Loans, each for one contract with one tranche."""
    yield firm(size) + site("campus", size)
    for n in range(size):
        yield LOAN.format(name=f"l{n}", commitment=500_000) + contract(n, "campus", f"l{n}", [n])


def of_sites(size: int) -> Iterator[str]:
    """Sites, each for one contract with one tranche."""
    yield firm(size)
    for n in range(size):
        yield site(f"s{n}", 2) + contract(n, f"s{n}", "", [n])


AXES: dict[str, Callable[[int], Iterator[str]]] = {
    "contracts": of_contracts,
    "tranches": of_tranches,
    "arrivals": of_arrivals,
    "segments": of_segments,
    "loans": of_loans,
    "sites": of_sites,
}


def model_of(axis: str, size: int) -> str:
    """The model file of a generated operator."""
    return "".join(AXES[axis](size))


def peak() -> float:
    """Largest memory this process has had so far [MB]."""
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6


def costs(text: str) -> list[Cost]:
    """Processor time and memory of reading, lowering and playing a model."""
    found: list[Cost] = []
    at_start = peak()

    def timed(task: Callable[[], object]) -> object:
        began = time.process_time()
        result = task()
        found.append(Cost(time.process_time() - began, peak() - at_start))
        return result

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "model.toml")
        path.write_text(text)
        scenario = timed(lambda: load(str(path)))
    book = timed(lambda: lower(scenario))  # type: ignore[arg-type]
    batch = Batch(book.state, book.spec, SEED)  # type: ignore[attr-defined]
    batch.play([0])
    timed(lambda: batch.play([0]))
    plays = [timed_alone(lambda: batch.play([0])) for _ in range(PLAYS - 1)]
    found[-1] = found[-1]._replace(seconds=min([found[-1].seconds, *plays]))
    return found


def timed_alone(task: Callable[[], object]) -> float:
    """Processor time of a task [s]."""
    began = time.process_time()
    task()
    return time.process_time() - began


def send(pipe: Connection, text: str) -> None:
    pipe.send(costs(text))


def apart(text: str) -> list[Cost]:
    """The same in a process of its own, so that each size has its own peak."""
    fork = multiprocessing.get_context("fork")
    mine, its = fork.Pipe(duplex=False)
    child = fork.Process(target=send, args=(its, text))
    child.start()
    its.close()
    found: list[Cost] = mine.recv()
    child.join()
    return found


def exponent(sizes: list[int], values: list[float]) -> float:
    """Slope of log(value) over log(size), from a tenth of the largest size to the largest."""
    last = [n for n, size in enumerate(sizes) if size >= sizes[-1] / 10.5]
    first = last[0]
    if values[first] <= 0 or values[-1] <= 0 or first == len(sizes) - 1:
        return math.nan
    return math.log(values[-1] / values[first]) / math.log(sizes[-1] / sizes[first])


def show_axis(axis: str, sizes: list[int], most: float) -> None:
    """Rows of the table for one axis, then its exponents."""
    done: list[int] = []
    rows: list[list[Cost]] = []
    for size in sizes:
        row = apart(model_of(axis, size))
        done.append(size)
        rows.append(row)
        cells = " | ".join(f"{cost.seconds:.3f} | {cost.megabytes:.0f}" for cost in row)
        print(f"| {axis} | {size:,} | {cells} |", flush=True)
        if sum(cost.seconds for cost in row) > most and size != sizes[-1]:
            print(f"| {axis} | stopped: longer than {most:g} s | | | | | | |", flush=True)
            break
    slopes = " | ".join(
        f"**{exponent(done, [row[n].seconds for row in rows]):.2f}** | "
        f"{exponent(done, [row[n].megabytes for row in rows]):.2f}"
        for n in range(len(PARTS))
    )
    print(f"| {axis} | exponent | {slopes} |", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--axis", action="append", choices=sorted(AXES))
    parser.add_argument("--most", type=float, default=60.0, help="of one size [s]")
    parser.add_argument("--up-to", type=int, default=10_000, help="largest size")
    given = parser.parse_args()
    costs(model_of("segments", 2))  # loads what is compiled
    heads = " | ".join(f"{part} s | MB" for part in PARTS)
    print(f"| axis | size | {heads} |")
    print("|---|---|---|---|---|---|---|---|")
    for axis in given.axis or AXES:
        sizes = [size for size in SIZES[axis] if size <= given.up_to]
        show_axis(axis, sizes, given.most)


if __name__ == "__main__":
    main()
