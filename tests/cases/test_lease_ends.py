"""A lease's end: rent goes on as holdover until GPUs have left and the hall goes back."""

import polars as pl
import pytest

from gpusim.economics.closing.opening import open_run
from gpusim.economics.core.state_pointer import to_pointer, world_to_pointer
from gpusim.economics.decisions import outlook
from gpusim.scenario import load
from gpusim.scenario.checks.warnings import warnings_of
from gpusim.scenario.lower import lower
from gpusim.world import draw
from tests.cases.reading import MODELS, table, usd

SHORT = (
    "contracts.anchor.term_months=12",
    "contracts.anchor.prepayment.credited_months=[1, 12]",
    "contracts.anchor.tranches=[{gpus = 24000, start = 2027-02-01}]",
)
GONE = (*SHORT, "gpus.GB300.economic_life_years=1.5")


def test_rent_goes_on_at_the_multiple_while_gpus_stand_there() -> None:
    # 6.5m a month for each hall, from 2026-12-01 and 2027-03-01 for two years: 1.5 times after
    # before it 24 rents are level over 731 days each
    level = 24 * 6_500_000 / 731
    assert usd("rent", "2028-11", "lease2") == pytest.approx(2 * level * 30, abs=0.05)
    assert usd("rent", "2028-12", "lease2") == pytest.approx(9_750_000 + level * 31, abs=0.05)
    assert usd("rent", "2029-03", "lease2") == pytest.approx(2 * 9_750_000, abs=0.02)
    assert usd("rent", "2029-03", "lease2", "sites.alpha.holdover_rent_ratio=2") == pytest.approx(
        26_000_000, abs=0.02
    )


def test_holdover_is_of_the_last_rent() -> None:
    # raised by a tenth after twelve payments: 7.15m in the second year
    rent = usd("rent", "2029-03", "lease2", "sites.alpha.rent_escalator=0.1")
    assert rent == pytest.approx(2 * 7_150_000 * 1.5, abs=0.05)


def test_a_hall_that_stands_empty_goes_back_on_its_lease_s_last_day() -> None:
    # one tranche fits into one hall; the other goes back when its lease ends
    power = table("metrics_monthly", "lease2", *SHORT)
    capacity = dict(zip(power["period"], power["contracted_mw"], strict=True))
    assert [capacity[month] for month in ("2028-11", "2028-12")] == [100, 50]
    # staff of what is left: 50,000 kW at 5 a month, and nothing of the hall that went
    rent = usd("rent", "2028-12", "lease2", *SHORT)
    assert rent == pytest.approx(24 * 6_500_000 / 731 * 31, abs=1)


def test_when_gpus_have_left_the_last_hall_goes_back_too() -> None:
    # retired on 2028-06-30, a year and a half after 2026-12-31: both leases end with nothing there
    power = table("metrics_monthly", "lease2", *GONE)
    capacity = dict(zip(power["period"], power["contracted_mw"], strict=True))
    assert [capacity[month] for month in ("2028-12", "2029-03")] == [50, 0]
    assert usd("rent", "2029-03", "lease2", *GONE) == 0
    assert usd("cost_of_revenue", "2029-04", "lease2", *GONE) == 0


def test_colocation_goes_on_at_the_multiple_too() -> None:
    kind = "sites.alpha.kind='colocation'"
    assert usd("rent", "2028-11", "lease2", kind) == pytest.approx(13_000_000, abs=0.02)
    assert usd("rent", "2029-03", "lease2", kind) == pytest.approx(19_500_000, abs=0.02)


def test_an_own_building_has_no_lease_to_end() -> None:
    kind = "sites.alpha.kind='owned'"
    assert usd("rent", "2029-03", "lease2", kind) == 0


def test_check_says_that_a_lease_ends_before_the_contracts() -> None:
    said = warnings_of(load(str(MODELS / "lease2.toml")))
    assert len(said) == 2
    assert "[sites.alpha.lease_years, " in said[0]
    assert "ends on 2028-12-01" in said[0]
    assert "need 99.84 MW there until 2032-05-01, 49.84 MW more" in said[0]
    assert "ends on 2029-03-01" in said[1]


def test_the_outlook_expects_the_holdover() -> None:
    # from the first day nothing stands there yet, but all of it is on order
    flows = []
    for change in ("sites.alpha.holdover_rent_ratio=1", "sites.alpha.holdover_rent_ratio=2"):
        book = lower(load(str(MODELS / "lease2.toml"), sets=[change]))
        s, w = to_pointer(book.state), world_to_pointer(draw(book.spec, 1, 0))
        open_run(s, w)
        halls = book.state.halls
        halls.status, halls.lease_end = 2, book.state.clock[0].today + 100
        halls.handed_over, halls.powered, halls.last_rent = 0, 0, 650_000_000
        outlook.look_ahead(s, w, 12)
        flows.append(book.state.outlook[8])
    # two halls of 6.5m in a month that is a month after they are due
    assert flows[0] - flows[1] == 2 * 650_000_000


def ends(*sets: str) -> list[str]:
    """What is said of leases at north that end too early."""
    told = warnings_of(load(str(MODELS / "two_shells.toml"), sets=("sites.*.lease_years=3", *sets)))
    return [text.partition("ends on ")[2][:10] for text in told if "a lease at north" in text]


def test_a_hall_that_is_never_taken_has_no_lease() -> None:
    # 6,000 x 1.7 kW are 10.2 MW: the 12 MW of November 2026 hold them; a second hall is not needed
    assert ends() == ["2029-11-01"]


def test_a_hall_taken_for_an_order_is_leased_from_then() -> None:
    # 8,000 x 1.7 kW are 13.6 MW from January 2027: both halls; what is left when one goes is 12 MW
    assert ends("contracts.c2.tranches.0.gpus=8000", "contracts.c1.tranches.0.gpus=8000") == [
        "2029-11-01",
        "2030-01-01",
    ]


def test_a_hall_is_leased_from_the_day_it_is_needed() -> None:
    # 8,000 from January 2029 on: only then the second hall; three years later is 2032-01-01
    assert ends("contracts.c2.tranches.0.gpus=8000", "contracts.c2.term_months=60") == [
        "2029-11-01",
        "2032-01-01",
    ]


def test_a_lease_that_has_ended_owes_nothing_to_the_cent():
    # two leases of two years with 5% steps: the last month's interest is what the payments leave
    owed = table("statements_monthly", "lease_rest").filter(period="2029-03")
    assert owed["lease_liabilities"].item() == 0


NO_MONEY = (
    "sites.alpha.phases=[{it_mw=50,ready=2026-12-01},{it_mw=50,ready=2027-03-01}]",
    "debt.ddtl.available_to=2027-12-31",
    "contracts.anchor.tranches=[{gpus=24000,start=2027-02-01},"
    "{gpus=24000,start=2028-12-01,long_stop_days=180}]",
)
"""The second half waits for money from its order day in May 2028 until its customer walks away,
180 days after 2028-12-01: on 2029-05-30."""


def test_an_order_without_money_holds_a_hall_until_the_day_after_it_is_withdrawn() -> None:
    # leases end on 2028-12-01 and 2029-03-01: 9.75m each a month; from 2029-05-31 on one is left,
    # so May 2029 is 9.75m + 9.75m x 30 / 31
    assert usd("rent", "2029-04", "lease2", *NO_MONEY) == pytest.approx(19_500_000, abs=0.02)
    may = 9_750_000 + 9_750_000 * 30 / 31
    assert usd("rent", "2029-05", "lease2", *NO_MONEY) == pytest.approx(may, abs=0.02)
    assert usd("rent", "2029-06", "lease2", *NO_MONEY) == pytest.approx(9_750_000, abs=0.02)


def test_a_hall_that_is_kept_is_told_once() -> None:
    rows = table("events", "lease2", *NO_MONEY).filter(pl.col("what") == "give_back")
    kept = [text for text in rows.filter(pl.col("in_story"))["text"] if "beyond its lease" in text]
    assert len(kept) == len(set(kept)) == 2


def test_check_says_that_a_lease_ends_before_a_contract_that_starts_later() -> None:
    later = (
        "contracts.anchor.tranches=[{gpus=24000,start=2027-02-01},{gpus=24000,start=2029-06-01}]"
    )
    said = warnings_of(load(str(MODELS / "lease2.toml"), sets=[later]))
    assert "need 99.84 MW there until 2034-06-01, 49.84 MW more" in said[0]


def test_a_hall_goes_back_on_the_day_after_gpus_are_sold_at_the_end_of_their_life() -> None:
    # 2,000 kW at 100 a month, at one and a half of it beyond the lease: one of April's 30 days
    assert usd("rent", "2027-03", "sold_beyond_lease") == pytest.approx(300_000, abs=0.02)
    assert usd("rent", "2027-04", "sold_beyond_lease") == pytest.approx(300_000 / 30, abs=0.02)
    assert usd("rent", "2027-05", "sold_beyond_lease") == 0


IN_USE = "sites.alpha.phases=[{it_mw = 100, ready = 2025-01-01}]"


def test_a_hall_in_use_without_a_lease_pays_nothing_has_no_end_and_check_says_so() -> None:
    # a lease of two years from 2025-01-01 would end in the run: nothing is paid before or after
    assert sum(table("statements_monthly", "lease2", IN_USE)["rent"]) == 0
    said = warnings_of(load(str(MODELS / "lease2.toml"), sets=[IN_USE]))
    assert not [text for text in said if "a lease at alpha ends" in text]
    (told,) = (text for text in said if "pay no fixed rent" in text)
    assert told.startswith("halls of alpha that are in use on the as-of day")
    assert "[sites.alpha.rent_usd_per_kw_month, " in told


@pytest.mark.parametrize(
    "other",
    [
        'leases={remaining_months=60, payments={"2026"=1, "2027"=2, after=7}}',
        "sites.alpha.rent_usd_per_kw_month=0",
        'sites.alpha.kind="owned"',
        "sites.alpha.phases=[{it_mw = 100, ready = 2026-07-01}]",
        'sites.alpha.phases=[{it_mw = 100, ready = 2025-01-01, taken="with-first-order"}]',
    ],
)
def test_rent_that_is_paid_is_not_said_to_be_unpaid(other) -> None:
    said = warnings_of(load(str(MODELS / "lease2.toml"), sets=[IN_USE, other]))
    assert not [text for text in said if "pay no fixed rent" in text]
