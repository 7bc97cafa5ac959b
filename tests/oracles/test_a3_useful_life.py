"""Known answers A3: what a server's useful life does to Nebius's year to 2026-06-30, USD m."""

import pytest

from gpusim.economics.books.depreciation import life_after_change
from gpusim.economics.books.statements import line
from gpusim.engines import process
from gpusim.scenario import load
from gpusim.scenario.lower import lower
from gpusim.world import draw
from tests.oracles.formulas import charged_through
from tests.oracles.unit_rows import MODELS

CASE = "A3"
MILLION = 100_000_000
YEAR = 365


@pytest.mark.parametrize(("life", "income"), [(6, -563.0), (5, -684.1), (4, -865.7), (3, -1_168.3)])
def test_operating_income_had_the_life_been_another_from_the_start(life, income, compare):
    sets = [f"assets.servers.remaining_life_years={life}"]
    book = lower(load(str(MODELS / "nebius-life.toml"), sets=sets))
    done = process.run(book.state, draw(book.spec, 1, 0))
    year = int(line(done.ledger, "operating_income")[1:13].sum())
    what = f"operating income had the life been {life} years [USD m]"
    compare(what, year / MILLION, income, abs=0.5)


def test_the_year_is_the_reported_one(compare):
    book = lower(load(str(MODELS / "nebius-life.toml")))
    done = process.run(book.state, draw(book.spec, 1, 0))
    for name, millions in (("revenue", 1_355.1), ("depreciation_and_amortization", 765.3)):
        found = int(line(done.ledger, name)[1:13].sum()) / MILLION
        compare(f"{name.replace('_', ' ')} of the year [USD m]", found, millions, abs=0.2)


def test_a_change_of_life_is_prospective(compare):
    """At mid-life of six years, to four: the other half is charged over the one year left."""
    cost, used = 100 * MILLION, 3 * YEAR
    charged = charged_through(cost, 1, 6 * YEAR, used)
    before = charged - charged_through(cost, 1, 6 * YEAR, used - YEAR)
    left = life_after_change(4 * YEAR, used)
    after = charged_through(cost - charged, used + 1, left, used + YEAR)
    found = [round(before / MILLION, 1), after / MILLION]
    compare("charge a year before and after the change, by the rule", found, [16.7, 50])
