"""What `gpusim units` prints of power let by the kW: tables, and JSON for programs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

from rich.console import Group

from gpusim.appraisal.let_power import letting
from gpusim.appraisal.let_power.kw_figures import LET, LetRow
from gpusim.appraisal.unit_economics import Units
from gpusim.reports.layout import Cells, number, titled
from gpusim.reports.units.forms import PERCENT, PRICE, RATIO, WHOLE, Column, column, millions

TIMING: Final = (
    "calendar months from the first bill for its building on, cash at {where}; rent from the "
    "planned start; nothing late, no income tax; rates from {periods} cash, compounded to a year"
)
WHERE: Final = {0.0: "their starts", 0.5: "their middles", 1.0: "their ends"}
PERIODS: Final = {1: "monthly", 3: "quarterly", 12: "yearly"}
TOLD: Final = (letting.TENANT, letting.TOTAL[0])
MONTH: Final[tuple[Column, ...]] = (
    ("rent:\nfirst", "rent_first", PRICE),
    ("average", "rent", PRICE),
    ("power on\ntop", "recharge", PRICE),
    ("power\nborne", "power_borne", PRICE),
    ("site\nrent", "site_rent_per_kw_month", PRICE),
    ("staff,\nother", "staff_per_kw_month", PRICE),
    ("margin\n(NOI)", "noi_per_kw_month", PRICE),
    ("margin\nof rent", "noi_share", PERCENT),
    ("over-\nhead", "overhead_per_kw_month", PRICE),
)
BUILDING: Final[tuple[Column, ...]] = (
    ("building\nUSD a kW", "building_per_kw", WHOLE),
    ("yield\non cost", "yield_on_cost", PERCENT),
    ("IRR", "irr_unlevered", PERCENT),
    ("before\noverhead", "irr_before_overheads", PERCENT),
    ("NPV", "npv", millions),
    ("NPV USD\na kW", "npv_per_kw", WHOLE),
    ("multiple", "multiple_unlevered", PRICE),
    ("payback,\nyears", "payback_years", PRICE),
    ("rent at\nhurdle", "rent_at_hurdle", PRICE),
)
EQUITY: Final[tuple[Column, ...]] = (
    ("loan", "loan", millions),
    ("of cost", "advance_share", PERCENT),
    ("lowest\nDSCR", "dscr_lowest", RATIO),
    ("balloon", "balloon", millions),
    ("IRR", "irr_levered", PERCENT),
    ("NPV", "npv_levered", millions),
    ("multiple", "multiple_levered", PRICE),
    ("payback,\nyears", "payback_levered_years", PRICE),
)
WORTH: Final[tuple[Column, ...]] = (("worth,\nUSD a kW", "value_per_kw", WHOLE),)
ENDS: Final[tuple[Column, ...]] = (("building at\nterm end", "residual", millions),)


def timing_of(units: Units) -> str:
    """When what is paid and earned counts, in words."""
    timing = units.view.timing
    where = WHERE[timing.place]
    if timing.months != 1:
        where = where.replace("their", f"{PERIODS[timing.months]} periods'")
    return TIMING.format(where=where, periods=PERIODS[timing.months])


def tables_of(units: Units, width: int) -> Iterator[Group]:
    """Every table; of what a building is known to cost, and of what has a loan, those of these.

    width: of the screen [characters].
    """
    if not units.let:
        return
    hurdle = f"hurdle {units.hurdle:.1%}"
    yield _table("Let power: USD per kW of critical IT and month", units.let, MONTH, width, "kW")
    if built := [row for row in units.let if row.figures["npv"].value is not None]:
        title = f"Let power: building, owner before debt, NPV USD m; {hurdle}"
        valued = any(row.figures["value_per_kw"].value is not None for row in built)
        yield _table(title, built, BUILDING + WORTH * valued, width)
    if lent := [row for row in units.let if row.figures["loan"].value is not None]:
        title = f"Let power: owner after debt, USD m; {hurdle}"
        yield _table(title, lent, EQUITY + ENDS, width)


def label(row: LetRow) -> str:
    """A row's name with its kind."""
    return f"{row.name} (site)" if row.kind == letting.SITE else row.name


def _table(
    title: str, rows: Sequence[LetRow], columns: tuple[Column, ...], width: int, *also: str
) -> Group:
    """A row a row; also: kW and years of the term, before the columns."""
    size = [f"{row.kw:,.0f}" for row in rows]
    years = [number(1)(row.term_years) for row in rows]
    cells = [Cells("kW", size), Cells("years", years)] if also else []
    cells += [
        Cells(head, column([row.figures[name] for row in rows], form))
        for head, name, form in columns
    ]
    strong = [n for n, row in enumerate(rows) if row.kind == letting.TOTAL[0]]
    labels = Cells("", [label(row) for row in rows], right=False)
    return titled(title, labels, cells, width, strong)


def plain(units: Units) -> dict[str, Any]:
    """All rows of let power and their figures; an undefined figure is null with its reason."""
    return {
        "timing": timing_of(units),
        "building_residual_share": units.building_residual,
        "figures": {name: {"unit": one.unit, "meaning": one.meaning} for name, one in LET.items()},
        "rows": [
            {
                "kind": row.kind,
                "name": row.name,
                "kw": row.kw,
                "term_years": row.term_years,
                "figures": {name: figure._asdict() for name, figure in row.figures.items()},
                "irr_roots": row.irr_roots,
                "notes": list(row.notes),
                "years": [year._asdict() for year in row.years],
            }
            for row in units.let
        ],
    }
