"""What became of each lender: one row a replication and facility, and a block where firms end."""

import datetime as dt

import numpy as np
import pytest
from rich.text import Text

from gpusim.reports.printed.run_report import default_lines, sculpted_lines, size_lines, trap_lines
from gpusim.results import periods
from gpusim.results.payload import LENT, Panel, payload_of, stack
from gpusim.results.replications import outcome_metrics, outcomes
from gpusim.results.replications.covenants import Covenant
from gpusim.results.tables import facilities
from tests.engines.build import AS_OF, played, quiet
from tests.engines.test_debt_ends import AFTER_TWO, notes

NAMES = ["senior", "junior"]
QUARTERS = periods.quarters(AS_OF, 12)
TEST = Covenant("senior", "minimum_liquidity", 900_000, dt.date(2026, 5, 31))


def plant() -> dict:
    return {
        "category": "infrastructure",
        "gross_usd": 5_000_000,
        "accumulated_usd": 0,
        "remaining_life_years": 100,
    }


@pytest.fixture(scope="module")
def panel() -> Panel:
    """Two lenders, 7m owed; in the first replication the firm ends, in the second it is rich."""
    small = {"principal_usd": 1_000_000, "repayments": {"2026": 1_000_000}}
    test = {"minimum_usd": 900_000, "from": dt.date(2026, 5, 31)}
    debts = {
        "senior": notes(seniority=0, opening=small, covenants={"minimum_liquidity": test}),
        "junior": notes(),
    }

    def firm(cash: float):
        return played(
            quiet(
                debt=debts,
                balance={"cash_usd": cash},
                assets={"plant": plant()},
                operator=AFTER_TWO,
            )
        )

    return stack([payload_of(firm(700_000), 0), payload_of(firm(90_000_000), 1)])


def test_a_row_a_replication_and_lender(panel):
    table = facilities(panel, NAMES, QUARTERS)
    assert table.select("replication", "facility").rows() == [
        (0, "senior"),
        (0, "junior"),
        (1, "senior"),
        (1, "junior"),
    ]
    first = table.row(0, named=True)
    assert first["liquidity_breach"] == first["first_stopped"] == dt.date(2026, 5, 31)
    assert first["claim"] == first["recovered"] > 0
    assert first["from_lien"] == 0  # the plant was nobody's security
    assert first["size_binds"] is None
    later = table.row(2, named=True)
    assert later["claim"] == later["recovered"] == later["principal"] == 0
    assert later["liquidity_breach"] is None


def test_lenders_claims_are_the_outcome_tables(panel):
    table = facilities(panel, NAMES, QUARTERS)
    columns = outcome_metrics.columns(panel, periods.quarters(AS_OF, 12))
    for rep in (0, 1):
        own = table.filter(table["replication"] == rep)
        assert own["claim"].sum() == columns["claims_at_default"][rep]
        assert own["recovered"].sum() == columns["recovered_at_default"][rep]


def test_the_report_tells_lenders_only_where_the_firm_ends(panel):
    quarters = periods.quarters(AS_OF, 12)
    head = outcomes.headline(panel, quarters, [TEST], NAMES)
    lines = [line.plain for line in default_lines(head)]
    assert len(lines) == 3
    assert "senior  owed" in lines[1]
    assert "(100%)" in lines[1]
    rich = panel._replace(defaulted=panel.defaulted | (1 << 30))
    assert list(default_lines(outcomes.headline(rich, quarters, [TEST], NAMES))) == []


def test_a_cash_trap_is_told_where_it_holds_something(panel):
    """By hand: nothing, USD 10 and USD 20 at most, after 0, 3 and 6 tests missed."""
    assert outcomes.cash_traps(panel, NAMES) == []
    lent = np.zeros((3, 1, len(LENT)), np.int64)
    lent[:, 0, LENT.index("trapped_most")] = [0, 10_00, 20_00]
    lent[:, 0, LENT.index("trap_tests")] = [0, 3, 6]
    (told,) = outcomes.cash_traps(panel._replace(lent=lent), ["senior"])
    assert told["trapped_probability"] == 2 / 3
    assert told["trapped_most"] == pytest.approx({"p10": 2.0, "p50": 10.0, "p90": 18.0})
    assert told["tests_missed_median"] == 3
    (line,) = trap_lines({"cash_traps": [told]})
    assert "Cash trap of senior: holds something in 66.7% of replications" in line.plain


def test_a_cover_that_results_is_told_of_the_replications_that_draw(panel):
    """By hand: 420 over 200 and 300 over 200; the third replication draws nothing."""
    assert outcomes.sculpted_covers(panel, NAMES) == []
    lent = np.zeros((3, 1, len(LENT)), np.int64)
    lent[:, 0, LENT.index("sculpted_debt")] = [200, 0, 200]
    lent[:, 0, LENT.index("sculpted_cash")] = [420, 0, 300]
    (told,) = outcomes.sculpted_covers(panel._replace(lent=lent), ["senior"])
    assert told["cover"] == pytest.approx({"p10": 1.56, "p50": 1.8, "p90": 2.04})
    (line,) = sculpted_lines({"sculpted_covers": [told]})
    assert line.plain.startswith("Planned cash covers instalments of senior 1.80 times")


def test_what_bounds_debt_is_one_line_the_largest_first():
    told = list(size_lines({"size_bound_by": {"DSCR": 0.3, "advance rate": 0.62, "LTV": 0.08}}))
    what = "What limits loans that are sized (share of what they may lend)"
    assert told == [Text(f"{what}: advance rate 62%, DSCR 30%, LTV 8%")]
    assert list(size_lines({"size_bound_by": {}})) == []


def test_a_firm_whose_only_loans_close_in_the_run_has_a_row_of_them(panel):
    none = panel._replace(lent=panel.lent[:, :0], new_loans=np.array([[7, 5, 3], [0, 0, 0]]))
    table = facilities(none, [], QUARTERS)
    rows = table.select("replication", "facility", "claim", "recovered", "from_lien").rows()
    assert rows == [(0, "new loans", 7, 5, 3)]
    assert facilities(none._replace(new_loans=none.new_loans * 0), [], QUARTERS).is_empty()
