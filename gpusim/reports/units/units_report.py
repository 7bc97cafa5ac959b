"""What `gpusim units` prints: unit economics as tables, and as JSON for programs."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Set
from typing import Any, Final

from rich.console import Console, Group
from rich.text import Text

from gpusim.appraisal.returns import Figure
from gpusim.appraisal.unit_economics import Units
from gpusim.appraisal.unit_figures import UNITS, Row
from gpusim.appraisal.view.timing import PERIODS, PLACES
from gpusim.reports.layout import Cells, broken, number, titled
from gpusim.reports.units import kw_report, years_report
from gpusim.reports.units.forms import PERCENT, PRICE, RATIO, WHOLE, Column, column, millions

TIMING: Final = (
    "hardware paid, prepayment and loan received in month 0; then the term, cash at {where}, "
    "8,760 hours a year; nothing late, no income tax; rates from {periods} cash, compounded to a "
    "year"
)
NAMES: Final = {months: name for name, months in PERIODS.items()}
PLACE_NAMES: Final = {place: name for name, place in PLACES.items()}
WORDS: Final = {1: "month", 3: "quarter", 12: "year"}
WHERE: Final = {0.0: "starts", 0.5: "middles", 1.0: "ends"}
TOLD: Final = ("contract", "re-let", "order", "on-demand", "total")
CHAIN: Final[tuple[Column, ...]] = (
    ("rent", "rent_price", PRICE),
    ("capital", "capital_recovery", PRICE),
    ("power", "power_cost", PRICE),
    ("site", "site_rent", PRICE),
    ("staff", "staff_cost", PRICE),
    ("overhead", "overhead_cost", PRICE),
    ("interest", "interest_cost", PRICE),
    ("margin", "margin", PRICE),
)
OWNER: Final[tuple[Column, ...]] = (
    ("IRR", "irr_unlevered", PERCENT),
    ("year-\nend", "irr_year_end", PERCENT),
    ("NPV", "npv", millions),
    ("NPV USD\na GPU", "npv_per_gpu", WHOLE),
    ("multiple", "multiple_unlevered", PRICE),
    ("multiple\na year", "annualised_multiple", PERCENT),
    ("payback,\nyears", "payback_years", PRICE),
    ("before\npower", "payback_before_power_years", PRICE),
)
EQUITY: Final[tuple[Column, ...]] = (
    ("IRR", "irr_levered", PERCENT),
    ("NPV", "npv_levered", millions),
    ("NPV USD\na GPU", "npv_levered_per_gpu", WHOLE),
    ("multiple", "multiple_levered", PRICE),
    ("payback,\nyears", "payback_levered_years", PRICE),
)
COVER: Final[tuple[Column, ...]] = (
    ("loan", "loan", millions),
    ("lowest\nDSCR", "dscr_lowest", RATIO),
    ("before\nrent", "dscr_lowest_before_rent", RATIO),
    ("average\nDSCR", "dscr_average", RATIO),
    ("worst\nperiod", "dscr_period_lowest", RATIO),
    ("LLCR", "llcr", RATIO),
)
SECURITY: Final[tuple[Column, ...]] = (
    ("loan", "loan", millions),
    ("advance", "advance_share", PERCENT),
    ("balloon", "balloon", millions),
    ("highest\nLTV", "ltv_highest", PERCENT),
    ("LTV at\nterm end", "ltv_at_term_end", PERCENT),
)
KEPT: Final[tuple[Column, ...]] = (
    ("taken\nover at", "residual", millions),
    ("worth\nre-let", "relet_value", millions),
    ("IRR", "irr_unlevered", PERCENT),
    ("IRR with\nre-let", "irr_with_relet", PERCENT),
    ("NPV", "npv", millions),
    ("NPV with\nre-let", "npv_with_relet", millions),
    ("owner's IRR\nwith re-let", "irr_levered_with_relet", PERCENT),
)
BREAK_EVEN: Final[tuple[Column, ...]] = (
    ("returns\ncapital", "price_return_of_capital", RATIO),
    ("at\nhurdle", "price_at_hurdle", RATIO),
    ("DSCR 1", "price_at_dscr_one", RATIO),
    ("DSCR 1\nbefore rent", "price_at_dscr_one_before_rent", RATIO),
    ("covenant", "price_at_covenant", RATIO),
    ("covenant\nbefore rent", "price_at_covenant_before_rent", RATIO),
)
PER_MW: Final[tuple[Column, ...]] = (
    ("capital", "capital_per_mw", millions),
    ("revenue", "revenue_per_mw_year", millions),
    ("EBITDA", "ebitda_per_mw_year", millions),
    ("return\non capital", "return_on_capital", PERCENT),
    ("revenue at\nno return", "revenue_per_mw_year_at_zero_return", millions),
    ("at hurdle\nreturn", "revenue_per_mw_year_at_hurdle_return", millions),
)
KEPT_ON: Final = "re-let, it is taken over at that, and retired at what the books then carry"
GPUS, YEARS = "GPUs", "years"


def timing_of(units: Units) -> str:
    """When what is paid and earned counts, in words."""
    timing = units.view.timing
    where = f"{WORDS[timing.months]} {WHERE[timing.place]}"
    if timing.place != 1.0:
        where += " (debt service, and what hardware fetches, at period ends)"
    return TIMING.format(where=where, periods=NAMES[timing.months])


def show(units: Units, console: Console, *, by_year: bool = False) -> None:
    """Print all tables, then what is not defined and why; by_year: also years of cash."""
    model = units.scenario.model
    console.print(Text(f"{units.scenario.name}: {model.title}", style="bold"))
    if financed := units.scenario.financed:
        console.print(Text(f"with capital {financed}"))
    for line in units.scenario.laid:
        console.print(broken(line, console.width))
    for line in _headings(units):
        console.print(broken(line, console.width))
    console.print()
    width = console.width
    more = years_report.tables_of(units, width) if by_year else ()
    for table in (*tables_of(units, width), *kw_report.tables_of(units, width), *more):
        console.print(table)
        console.print()
    for line in remarks(units):
        console.print(broken(line, width))


def _headings(units: Units) -> Iterator[str]:
    """What the tables rest on: of GPUs, and of power that is let."""
    as_of = f"as of {units.scenario.model.as_of}; planned path"
    if units.rows or not units.let:
        yield f"{as_of}: {timing_of(units)}"
        end = _end(units.residual)
        yield f"hardware is worth {end} at the end of a term; {KEPT_ON}"
    if units.let:
        yield ("let power: " if units.rows else f"{as_of}: ") + kw_report.timing_of(units)
        end = _end(units.building_residual)
        yield f"a building is worth {end} at the end of a term; no renewal is counted on"
    yield str(units.explained)


def _end(share: float | None) -> str:
    return "what the books then carry" if share is None else f"{share:.0%} of its cost"


def tables_of(units: Units, width: int) -> Iterator[Group]:
    """Every table; of what has a loan, the lender's. width: of the screen [characters]."""
    deals = [row for row in units.rows if row.kind != "site"]
    if not deals:
        return
    lent = [row for row in deals if row.figures["loan"].value is not None]
    hurdle = f"hurdle {units.hurdle:.1%}"
    yield _table("USD per billed GPU-hour", deals, CHAIN, width, GPUS)
    yield _table(f"Owner before debt, NPV USD m; {hurdle}", deals, OWNER, width)
    if lent:
        after = f"Owner after debt, NPV USD m; {hurdle}"
        yield _table(after, lent, EQUITY, width, YEARS)
        yield _table("Lender: cover, loan USD m", lent, COVER, width, YEARS)
        yield _table("Lender: security, USD m, at book value", lent, SECURITY, width, YEARS)
    if kept := [row for row in deals if row.figures["relet_value"].value is not None]:
        yield _table(f"Kept after the term and re-let, USD m; {hurdle}", kept, KEPT, width)
    rents = f"Break-even rent, USD per GPU-hour; {hurdle}"
    yield _table(rents, deals, BREAK_EVEN, width, YEARS)
    yield _table(f"Per MW of critical IT, USD m; {hurdle}", units.rows, PER_MW, width)


def remarks(units: Units) -> Iterator[str]:
    """Notes, and the reason of every figure that is not defined, each told once.

    Of contracts, GPUs on demand, tenants and totals: the other rows are sums of the same lots.
    """
    told: dict[str, dict[str, None]] = {}
    rows: list[tuple[str, tuple[str, ...], Mapping[str, Figure]]] = [
        (label(row), row.notes, row.figures) for row in units.rows if row.kind in TOLD
    ]
    rows += [(row.name, row.notes, row.figures) for row in units.let if row.kind in kw_report.TOLD]
    for name, notes, _ in rows:
        for note in notes:
            told.setdefault(note, {})[name] = None
    for name, _, figures in rows:
        for figure in figures.values():
            if figure.value is None:
                told.setdefault(f"- {figure.reason}", {})[name] = None
    for text, names in told.items():
        yield f"{text}: {', '.join(names)}"
    yield from units.untold


def label(row: Row) -> str:
    """A row's name with its kind."""
    kinds = {
        "generation": " (all contracts)",
        "re-let": " (re-let)",
        "order": " (order)",
        "on-demand": " (on demand)",
        "site": " (site)",
    }
    return row.name + kinds.get(row.kind, "")


def text(units: Units) -> str:
    """All rows and figures as JSON; an undefined figure is null with its reason."""
    return json.dumps(
        {
            "model": units.scenario.name,
            "as_of": units.scenario.model.as_of.isoformat(),
            "capital": units.scenario.financed or None,
            "assumed_share": units.explained.assumed_share,
            "explained": units.explained._asdict(),
            "timing": timing_of(units),
            "cash_timing": {
                "periods": NAMES[units.view.timing.months],
                "convention": PLACE_NAMES[units.view.timing.place],
            },
            "hurdle": units.hurdle,
            "residual_share": units.residual,
            "figures": {
                name: {"unit": one.unit, "meaning": one.meaning} for name, one in UNITS.items()
            },
            "rows": [_plain(row) for row in units.rows],
            "let": kw_report.plain(units),
        },
        allow_nan=False,
    )


def _plain(row: Row) -> dict[str, Any]:
    return {
        "kind": row.kind,
        "name": row.name,
        "gpus": row.gpus,
        "mw": row.mw,
        "term_years": row.term_years,
        "figures": {name: figure._asdict() for name, figure in row.figures.items()},
        "dscr": [year._asdict() for year in row.dscr],
        "dscr_before_rent": [year._asdict() for year in row.dscr_before_rent],
        "dscr_periods": [period._asdict() for period in row.dscr_periods],
        "irr_roots": row.irr_roots,
        "notes": list(row.notes),
        "years": [year._asdict() for year in row.years],
        "lender": [year._asdict() for year in row.lender],
    }


def _table(
    title: str, rows: list[Row], columns: tuple[Column, ...], width: int, *also: str
) -> Group:
    """A row a row; also: GPUS or YEARS, before the columns."""
    named = {name for _, name, _ in columns}
    size = {
        GPUS: [f"{row.gpus:,}" for row in rows],
        YEARS: [number(1)(row.term_years) for row in rows],
    }
    cells = [
        *(Cells(head, size[head]) for head in also),
        *(
            Cells(head, column([told_of(row, name, named) for row in rows], form))
            for head, name, form in columns
        ),
    ]
    strong = [n for n, row in enumerate(rows) if row.kind == "total"]
    labels = Cells("", [label(row) for row in rows], right=False)
    return titled(title, labels, cells, width, strong)


def told_of(row: Row, name: str, named: Set[str]) -> Figure:
    """A figure of a row; of a single GPU no amount in millions where it stands a GPU as well.

    named: figures of the table. Else its decimals would be those of a whole fleet beside it.
    """
    if row.gpus == 1 and f"{name}_per_gpu" in named:
        return Figure(None, "of one GPU")
    return row.figures[name]
