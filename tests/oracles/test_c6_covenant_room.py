"""Known answers C6: a least cover, the room above it, and what a drop does to it, USD.

Three examples of a lender's page: income, service, least cover and a drop; see the head of
`models/covenant-room.toml`, which is ten times the first. Covers are published cut off to a
hundredth (299,200 over 300,000 stands as 0.99), income to the dollar, the drop that it bears to a
hundredth of a point. Of the second and third example the least income, and the room with it, do
not follow from what is given there (1.30 times 300,000 is not 375,000; 1.20 times 420,000 is not
524,000): they are no test.
"""

import datetime as dt
import math

import pytest

from tests.cases.reading import table
from tests.oracles.unit_rows import MODELS, row, value

CASE = "C6"
MODEL = str(MODELS / "covenant-room")
SCALE, HOURS = 10, 8_760_000
OWN_SERVICE, OWN_COST = 360_000, 29_591.06
TESTED = dt.date(2026, 12, 31)
EXAMPLES = {
    "first": (520_000, 360_000, 1.25, 0.12, 1.44, 1.27),
    "second": (340_000, 300_000, 1.30, 0.12, 1.13, 0.99),
    "third": (630_000, 420_000, 1.20, 0.08, 1.50, 1.38),
}
"""Income with add-backs, service, least cover, drop; cover before and after it."""


def example(name: str, drop: float = 0.0) -> tuple[str, ...]:
    """An example as changes of the model: its income after a drop, its loan and covenant."""
    income, service, least, *_ = EXAMPLES[name]
    times = service / OWN_SERVICE
    return (
        f"contracts.income.price_usd_per_gpu_hour={SCALE * income * (1 - drop) / HOURS!r}",
        f"gpus.building.capex_usd_per_gpu={round(OWN_COST * times, 2)}",
        f"debt.mortgage.commitment_usd={round(14_795_530 * times)}",
        f"debt.mortgage.covenants.dscr.minimum={least}",
    )


def cut(cover: float) -> float:
    """A cover as the page writes it; service is rounded to the cent, which moves its millionths."""
    return math.floor(100 * cover + 1e-4) / 100


def covers(*changes: str) -> tuple[float, dt.date | None]:
    """Cover on the first day of the test, and the day on which the covenant is broken."""
    quarters = table("metrics", MODEL, *changes)
    (cover,) = quarters.filter(quarters["period"] == "2026Q4")["dscr"]
    (broken,) = table("outcomes", MODEL, *changes)["breach_dscr_mortgage"]
    return cover, broken


@pytest.mark.parametrize("name", EXAMPLES)
def test_cover_of_a_run_before_and_after_a_drop(name, compare):
    *_, least, drop, before, after = EXAMPLES[name]
    for what, share, known in (("", 0.0, before), (f" after a drop of {drop:.0%}", drop, after)):
        cover, broken = covers(*example(name, share))
        compare(f"cover of the {name} example{what}, cut to a hundredth", cut(cover), known)
        said = str(broken) if broken else "kept"
        expected = "kept" if known >= least else str(TESTED)
        compare(f"covenant of the {name} example{what}", said, expected)


@pytest.mark.parametrize("name", EXAMPLES)
def test_cover_of_a_planned_lot(name, compare):
    *_, before, _ = EXAMPLES[name]
    found = row("covenant-room", "income", *example(name))
    years = [cut(year.value) for year in found.dscr]
    compare(f"cover of each year, {name} example, cut to a hundredth", years, [before] * 5)


def test_room_of_the_first_example(compare):
    """`price_at_covenant` is the rent at which the cover is the least one."""
    found = row("covenant-room", "income", *example("first"))
    income, least = (
        value(found, figure) * HOURS / SCALE for figure in ("rent_price", "price_at_covenant")
    )
    compare("least income [USD]", round(least), 450_000)
    compare("income above it [USD]", round(income - least), 70_000)
    bears = round(100 * (1 - least / income), 2)
    compare("drop that it bears, to a hundredth [%]", bears, 13.46)


def headroom(*changes: str) -> float:
    """Room above the least cover at the first test, over it."""
    quarters = table("metrics", MODEL, *changes)
    (share,) = quarters.filter(quarters["period"] == "2026Q4")["headroom.mortgage.dscr"]
    return float(share)


def test_drop_that_the_first_example_bears_of_a_run(compare):
    """A room of h over the limit is lost with a drop of h / (1 + h)."""
    room = headroom(*example("first"))
    bears = round(100 * room / (1 + room), 2)
    compare("drop that headroom bears, to a hundredth [%]", bears, 13.46)


def test_headroom_as_lenders_publish_it(compare):
    """Another page's: 1.32x against at least 1.20x is 0.12x, or 10.0% of the least, of room."""
    price = SCALE * 1.32 * OWN_SERVICE / HOURS
    changes = (
        f"contracts.income.price_usd_per_gpu_hour={price!r}",
        "debt.mortgage.covenants.dscr.minimum=1.20",
    )
    compare("headroom over the least, to a tenth [%]", round(100 * headroom(*changes), 1), 10.0)
    cover, broken = covers(*changes)
    compare("cover above the least, to a hundredth", round(cover - 1.20, 2), 0.12)
    assert broken is None
