"""The reference model three times: how each is given the drawn numbers and gives its rows."""

from __future__ import annotations

import ctypes
import shutil
import subprocess
from pathlib import Path

import numpy as np
import numpy.typing as npt

from benchmarks.reference.plain import COLUMNS, FLOWS, Drawn, Offer
from gpusim.economics.books.measures import MEASURES
from gpusim.economics.books.statements import line
from gpusim.economics.closing.opening import open_run
from gpusim.economics.core.state import (
    CANCELLED,
    NEVER,
    NONE,
    RECOGNISED,
    SIGNED,
    SLIPPED,
    TRANCHE_LOST,
    TRANCHES,
    State,
    World,
)
from gpusim.economics.core.state_pointer import world_to_pointer
from gpusim.engines.batch import Batch
from gpusim.engines.batch.advance import DONE, advance
from gpusim.engines.batch.chunk import BY_LEVERS, open_again
from gpusim.engines.story import Trace
from gpusim.scenario import load
from gpusim.scenario.lower import Book, lower

HERE = Path(__file__).parent
FLAGS = ("-std=c11", "-O3", "-march=native", "-ffp-contract=off", "-shared", "-fPIC")
BY_MONTH = ("rental_index", "on_demand_price", "on_demand_use", "hardware_factor", "base_rate")
OFFER = (
    ("day", int),
    ("gpus", int),
    ("term_days", int),
    ("start_days", int),
    ("prepayment_share", float),
    ("payment_days", int),
    ("willingness", float),
    ("walks", bool),
    ("fitout_days", int),
    ("acceptance_days", int),
)
STATEMENT = {
    "depreciation": "depreciation_and_amortization",
    "administration": "general_and_administrative",
} | {
    name: name
    for name in (
        "revenue",
        "revenue_on_demand",
        "cost_of_revenue",
        "interest_expense",
        "interest_income",
        "cash",
        "restricted_cash",
        "receivables",
        "supplier_deposits",
        "construction_in_progress",
        "ppe_gross",
        "accumulated_depreciation",
        "payables_operating",
        "payables_capex",
        "accrued_interest",
        "deferred_revenue",
        "debt_principal",
    )
}
MOVES = {
    "backlog_signed": SIGNED,
    "backlog_recognised": RECOGNISED,
    "backlog_cancelled": CANCELLED,
}
Table = npt.NDArray[np.int64]


def book() -> Book:
    """The model file, as gpusim runs it."""
    return lower(load(str(HERE / "model.toml")))


# --- drawn numbers --------------------------------------------------------------------------------


def drawn(w: World) -> Drawn:
    """A world as the plain program takes it: lists and dataclasses."""
    months = {name: getattr(w, name).reshape(-1).tolist() for name in BY_MONTH}
    columns = [[kind(x) for x in w.offers[name]] for name, kind in OFFER]
    return Drawn(
        month_end=w.month_end.tolist(),
        **months,
        lead_days=w.lead_days[0].tolist(),
        hall_delay=w.hall_delay.tolist(),
        power_delay=w.power_delay.tolist(),
        anchor_fitout=w.fitout_days.tolist(),
        anchor_acceptance=w.acceptance_days.tolist(),
        offers=[Offer(*values) for values in zip(*columns, strict=True)],
    )


def words(w: World) -> Table:
    """A world as C takes it: 64-bit words, four counts first, then column by column."""
    counts = len(w.month_end), len(w.hall_delay), len(w.fitout_days), len(w.offers)
    columns = [w.month_end, *(getattr(w, name) for name in BY_MONTH), w.lead_days]
    columns += [w.hall_delay, w.power_delay, w.fitout_days, w.acceptance_days]
    columns += [w.offers[name] for name, _ in OFFER]
    flat = [np.ascontiguousarray(column).reshape(-1).view(np.int64) for column in columns]
    return np.concatenate([np.array(counts, np.int64), *flat])


# --- rows -----------------------------------------------------------------------------------------


class Tally(Trace):
    """A trace that keeps no event and only counts them."""

    def __init__(self) -> None:
        super().__init__()
        self.count = 0
        self.events = self  # type: ignore[assignment]

    def append(self, _event: object) -> None:
        """One event more."""
        self.count += 1


def rows(s: State, w: World) -> Table:
    """A final State as the rows of the other two [quarters, columns]."""
    months = np.array([column(s, w, name) for name in COLUMNS])[:, 1:]
    by_quarter = months.reshape(len(COLUMNS), -1, 3)
    table = by_quarter[:, :, -1].copy()
    table[:FLOWS] = by_quarter[:FLOWS].sum(axis=2)
    return table.T


def column(s: State, w: World, name: str) -> Table:
    """One column by month, the as-of month first."""
    moves = s.backlog.sum(axis=(0, 2))
    if name in STATEMENT:
        return line(s.ledger, STATEMENT[name])
    if name in MOVES:
        return moves[MOVES[name]]
    if name == "slipped":
        return np.cumsum(moves[SLIPPED])
    if name == "tranches_started":
        return days_by_month(w, s.tranches.start[: s.count[TRANCHES]])
    if name == "live_tranches":
        begun = s.tranches[: s.count[TRANCHES]]
        begun = begun[begun.start < NEVER]
        return np.cumsum(days_by_month(w, begun.start) - days_by_month(w, begun.end))
    if name == "tranches_lapsed":
        lapsed = s.tranches[: s.count[TRANCHES]]
        lapsed = lapsed[lapsed.status == TRANCHE_LOST]
        return days_by_month(w, lapsed.due_since + lapsed.long_stop_days)
    return s.stocks[MEASURES.index(name)]


def days_by_month(w: World, days: Table) -> Table:
    """How many of some days fall in each month; those beyond the last are left out."""
    place = np.searchsorted(w.month_end, days)
    return np.bincount(place[place < len(w.month_end)], minlength=len(w.month_end))


class NoCompilerError(RuntimeError):
    """C cannot take part here."""


class Reference:
    """The C program, built on the spot and called in this process."""

    def __init__(self, folder: Path) -> None:
        """Build it into a folder with the system's C compiler.

        Raises: NoCompilerError if there is none; CalledProcessError if it fails.
        """
        compiler = shutil.which("cc")
        if compiler is None:
            raise NoCompilerError("no C compiler: `cc` is not on the PATH")
        library = folder / "reference.so"
        command = [compiler, *FLAGS, "-o", str(library), str(HERE / "reference.c"), "-lm"]
        subprocess.run(command, check=True)
        self._run = ctypes.CDLL(str(library)).reference_run
        self._run.restype = ctypes.c_int64
        self._run.argtypes = [ctypes.c_void_p, ctypes.c_void_p]

    def run(self, words: Table, table: Table) -> int:
        """One replication into a table [quarters, columns]; returns its events."""
        return int(self._run(words.ctypes.data, table.ctypes.data))


class InBatch:
    """The batch engine in this thread: a workspace made and grown beforehand, worlds handed in."""

    def __init__(self, book: Book, seed: int, worlds: list[World]) -> None:
        """Play the replications once, so that there is room for each of them."""
        self.batch = Batch(book.state, book.spec, seed)
        self.batch.play(range(len(worlds)))
        self.space = self.batch.space()
        self.worlds = [world_to_pointer(w) for w in worlds]

    def run(self, number: int) -> State:
        """One replication from its drawn numbers; the State is good until the next."""
        space, w = self.space, self.worlds[number]
        open_again(*space.columns, space.row, space.s, space.heap, space.outbox)
        open_run(space.s, w)
        why = advance(space.s, w, space.heap, NONE, BY_LEVERS)
        assert why == DONE, f"the workspace has too little room: {why}"
        return space.own

    def run_drawn(self, number: int) -> object:
        """One replication with its drawing, as `gpusim run` plays it."""
        return self.batch.play([number])
