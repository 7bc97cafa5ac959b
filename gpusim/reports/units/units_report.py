"""What `gpusim units` prints: unit economics as tables, and as JSON for programs."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence, Set
from typing import Any, Final

from rich.console import Console, Group
from rich.text import Text

from gpusim.appraisal.returns import Figure
from gpusim.appraisal.unit_economics import Units
from gpusim.appraisal.unit_figures import UNITS, Row
from gpusim.appraisal.view.timing import PERIODS, PLACES
from gpusim.reports.layout import MILLION, Cells, broken, number, percent, titled
from gpusim.reports.units import years_report
from gpusim.scenario.tables.sales.tenancies import TENANCY

TIMING: Final = (
    "hardware paid, prepayment and loan received in month 0; then the term, cash at {where}, "
    "8,760 hours a year; nothing late, no income tax; rates from {periods} cash, compounded to a "
    "year"
)
NAMES: Final = {months: name for name, months in PERIODS.items()}
PLACE_NAMES: Final = {place: name for name, place in PLACES.items()}
WORDS: Final = {1: "month", 3: "quarter", 12: "year"}
WHERE: Final = {0.0: "starts", 0.5: "middles", 1.0: "ends"}
TOLD: Final = ("contract", "re-let", "on-demand", "total")
Show = Callable[[float], str]
Form = Callable[[Sequence[float]], Show]
"""How the figures of a column are written, all with as many decimals."""
Column = tuple[str, str, Form]


def _millions(figures: Sequence[float]) -> Show:
    """Of a column with a single GPU, such as one on demand, decimals that tell it from nothing.

    >>> _millions([3e8, 49_286.0])(3e8), _millions([3e8, 0.0])(3e8)
    ('300.000', '300.0')
    """
    show = number(3 if any(0 < abs(figure) < SMALL for figure in figures) else 1)
    return lambda usd: show(usd / MILLION)


def _each(show: Show) -> Form:
    """One way of writing, whatever else the column holds."""
    return lambda figures: show


WHOLE, PRICE, RATIO = (_each(number(decimals)) for decimals in (0, 2, 3))
PERCENT: Final = _each(percent)
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
    ("NPV", "npv", _millions),
    ("NPV USD\na GPU", "npv_per_gpu", WHOLE),
    ("multiple", "multiple_unlevered", PRICE),
    ("multiple\na year", "annualised_multiple", PERCENT),
    ("payback,\nyears", "payback_years", PRICE),
    ("before\npower", "payback_before_power_years", PRICE),
)
EQUITY: Final[tuple[Column, ...]] = (
    ("IRR", "irr_levered", PERCENT),
    ("NPV", "npv_levered", _millions),
    ("NPV USD\na GPU", "npv_levered_per_gpu", WHOLE),
    ("multiple", "multiple_levered", PRICE),
    ("payback,\nyears", "payback_levered_years", PRICE),
)
COVER: Final[tuple[Column, ...]] = (
    ("loan", "loan", _millions),
    ("lowest\nDSCR", "dscr_lowest", RATIO),
    ("before\nrent", "dscr_lowest_before_rent", RATIO),
    ("average\nDSCR", "dscr_average", RATIO),
    ("worst\nperiod", "dscr_period_lowest", RATIO),
    ("LLCR", "llcr", RATIO),
)
SECURITY: Final[tuple[Column, ...]] = (
    ("loan", "loan", _millions),
    ("advance", "advance_share", PERCENT),
    ("balloon", "balloon", _millions),
    ("highest\nLTV", "ltv_highest", PERCENT),
    ("LTV at\nterm end", "ltv_at_term_end", PERCENT),
)
KEPT: Final[tuple[Column, ...]] = (
    ("taken\nover at", "residual", _millions),
    ("worth\nre-let", "relet_value", _millions),
    ("IRR", "irr_unlevered", PERCENT),
    ("IRR with\nre-let", "irr_with_relet", PERCENT),
    ("NPV", "npv", _millions),
    ("NPV with\nre-let", "npv_with_relet", _millions),
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
    ("capital", "capital_per_mw", _millions),
    ("revenue", "revenue_per_mw_year", _millions),
    ("EBITDA", "ebitda_per_mw_year", _millions),
    ("return\non capital", "return_on_capital", PERCENT),
    ("revenue at\nno return", "revenue_per_mw_year_at_zero_return", _millions),
    ("at hurdle\nreturn", "revenue_per_mw_year_at_hurdle_return", _millions),
)
KEPT_ON: Final = "re-let, it is taken over at that, and retired at what the books then carry"
SMALL: Final = 50_000.0
"""Amounts below it are nothing in millions with one decimal [USD]."""
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
    end = "what the books then carry"
    if units.residual is not None:
        end = f"{units.residual:.0%} of its cost"
    for line in (
        f"as of {model.as_of}; planned path: {timing_of(units)}",
        f"hardware is worth {end} at the end of a term; {KEPT_ON}",
        str(units.explained),
    ):
        console.print(broken(line, console.width))
    console.print()
    width = console.width
    more = years_report.tables_of(units, width) if by_year else ()
    for table in (*tables_of(units, width), *more):
        console.print(table)
        console.print()
    for line in remarks(units):
        console.print(broken(line, width))


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

    Of contracts, GPUs on demand and the total: generations and sites are sums of the same lots.
    """
    if let := let_power(units):
        yield (
            f"unit economics are of GPUs; what power let by the kW earns is in `gpusim run`: "
            f"{', '.join(let)}"
        )
    rows = [row for row in units.rows if row.kind in TOLD]
    told: dict[str, dict[str, None]] = {}
    for row in rows:
        for note in row.notes:
            told.setdefault(note, {})[label(row)] = None
    for row in rows:
        for figure in row.figures.values():
            if figure.value is None:
                told.setdefault(f"- {figure.reason}", {})[label(row)] = None
    for text, names in told.items():
        yield f"{text}: {', '.join(names)}"


def let_power(units: Units) -> list[str]:
    """Contracts that let power and have no GPUs, so no row."""
    return [name for name, one in units.scenario.contracts.items() if one.kind == TENANCY]


def label(row: Row) -> str:
    """A row's name with its kind."""
    kinds = {
        "generation": " (all contracts)",
        "re-let": " (re-let)",
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
            Cells(head, _column([told_of(row, name, named) for row in rows], form))
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


def _column(figures: Sequence[Figure], form: Form) -> list[str]:
    show = form([figure.value for figure in figures if figure.value is not None])
    return ["-" if one.value is None else show(one.value) or "0" for one in figures]
