"""Known answers A2: a megawatt of Nebius's (note of 2026-10-06), USD m.

30 of capex, four fifths of it chips over 5 years, a fifth building over 20; EBITDA is half of the
contract's value. The return is EBITDA less depreciation over gross capex, before tax.
"""

import pytest

from tests.oracles.unit_rows import row, value

CASE = "A2"
M = 1e6


@pytest.mark.parametrize(("a_year", "percent"), [(12, 3.0), (20, 16.33), (25, 24.67)])
def test_return_on_gross_capital(a_year, percent, compare):
    value_usd = f"contracts.customer.tranches.0.value_usd={5 * a_year * 1_000_000}"
    found = row("nebius-mw", "customer", value_usd)
    compare(
        "contract value [USD m/MW-year]", value(found, "revenue_per_mw_year") / M, a_year, rel=1e-6
    )
    what = f"return on gross capital at {a_year} a year, to a hundredth [%]"
    compare(what, round(100 * value(found, "return_on_capital"), 2), percent)


def test_contract_value_of_no_return_and_of_ten_percent(compare):
    found = row("nebius-mw", "hall", kind="site", hurdle=0.10)
    zero = value(found, "revenue_per_mw_year_at_zero_return") / M
    ten = value(found, "revenue_per_mw_year_at_hurdle_return") / M
    compare("contract value that breaks even [USD m/MW-year]", zero, 10.2, rel=1e-6)
    compare("contract value that returns 10% [USD m/MW-year]", ten, 16.2, rel=1e-6)
