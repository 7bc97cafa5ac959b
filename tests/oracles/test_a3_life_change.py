"""Known answers A3: useful lives, in years of 365.25 days, through model files.

Nebius, year to 2026-06-30, USD millions: operating income -684.1 with D&A of 765.3, of which
servers 94.908% at five years. The operating income of other lives is disclosed analysis; the rules
give the change of the servers' charge.
"""

import datetime as dt

import pytest

from gpusim.economics.books.statements import line
from tests.engines.build import Tables, gpu, played, quiet

CASE = "A3"
MILLION = 100_000_000
OPERATING_INCOME, SERVERS = -684.1, 0.94908 * 765.3
FIVE_YEARS, YEAR = 1826, 365  # [days]


def owner(cost: float, accumulated: float, remaining_years: float, **terms) -> Tables:
    """A firm with one group of GPUs and nothing else, two years long."""
    servers = {
        "category": "servers",
        "gpu": "G",
        "site": "S",
        "gpus": 1,
        "gross_usd": cost * 1_000_000,
        "accumulated_usd": accumulated * 1_000_000,
        "remaining_life_years": remaining_years,
    }
    return quiet(model={"quarters": 8}, assets={"fleet": servers}, gpus={"G": gpu(**terms)})


def charges(tables: Tables):
    """Depreciation by month, April 2026 first [USD millions]."""
    return line(played(tables).ledger, "depreciation_and_amortization")[1:] / MILLION


@pytest.mark.parametrize(
    ("years", "operating_income"), [(6, -563.0), (5, -684.1), (4, -865.7), (3, -1168.3)]
)
def test_operating_income_had_the_life_been_another_from_inception(
    years, operating_income, compare
):
    cost = SERVERS * FIVE_YEARS / YEAR
    charge = charges(owner(cost, 0, years))[:12].sum()
    what = f"operating income had the life been {years} years, by the change of the charge [USD m]"
    compare(what, OPERATING_INCOME + SERVERS - charge, operating_income, abs=0.5)


def test_a_change_in_mid_life_puts_the_rest_over_what_the_new_life_leaves(compare):
    change = {"date": dt.date(2026, 7, 1), "years": 4}
    used = 3 * 365.25 - 91  # by the as-of day, a quarter before mid-life
    terms = {"book_life_years": 6, "life_change": change}
    by_month = charges(owner(100, 100 * used / (6 * 365.25), 6 - used / 365.25, **terms))
    compare("charge a year before the change", by_month[:3].sum() * 365.25 / 91, 16.7, abs=0.05)
    compare("charge of the year after the change", by_month[3:15].sum(), 50, abs=0.05)
    compare("charge after that year", by_month[15:].sum(), 0, abs=0.05)


def test_nothing_is_restated_before_the_change():
    change = {"date": dt.date(2027, 1, 1), "years": 4}
    as_planned = charges(owner(100, 40, 3.5, book_life_years=6))
    changed = charges(owner(100, 40, 3.5, book_life_years=6, life_change=change))
    assert (changed[:9] == as_planned[:9]).all()
    assert (changed[9:12] > as_planned[9:12]).all()


def test_gpus_bought_after_the_change_have_the_new_life():
    new = {"lead": {"planned_days": 0, "sd_days": 0}, "book_life_years": 6}
    lot = {"gpus": 1, "start": dt.date(2026, 8, 1)}
    deal = {"customer": "c", "rating": "other", "kind": "take-or-pay", "gpu": "G", "site": "S",
            "price_usd_per_gpu_hour": 1, "term_months": 12, "signed": dt.date(2026, 3, 31),
            "payment_days": 0, "late_start": "shifts", "tranches": [lot]}  # fmt: skip
    change = {"date": dt.date(2026, 7, 1), "years": 4}
    tables = quiet(contracts={"anchor": deal}, gpus={"G": gpu(**new, life_change=change)})
    by_month = charges(tables)
    assert by_month[:4].sum() == 0
    assert by_month[5] * MILLION / 100 == pytest.approx(10_000 * 30 / (4 * 365.25), abs=0.02)
