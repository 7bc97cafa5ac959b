"""Whose GPUs serve whom: pools by site, failed GPUs, orders nobody needs, GPUs that are there."""

from __future__ import annotations

import polars as pl
import pytest

from tests.cases.reading import happened, table

DAY = {"first": "anchor.tranches.0", "second": "second.tranches.0"}
HARDWARE = 24_000 * 76_400 / 1e6
"""GPUs of the first contract of `rebuy_after_start` at their price: 1,833.6 [USD m]."""
RICH = ("balance.cash_usd=5000000000", "balance.paid_in_capital_usd=5000000000")
ONE_LOT = "operator.acceptance_lot_mw=100"
IN_SEPTEMBER = "contracts.second.tranches=[{gpus=24000,start=2028-09-01}]"


def capex(model: str, *changes: str) -> float:
    """Additions to construction in progress over the whole run, without interest [USD m]."""
    rows = table("metrics_monthly", model, *changes)
    return float(rows["capex_accrued"].sum()) / 1e6


def starts(model: str, *changes: str) -> dict[str, str]:
    """First day of billing of each tranche by name."""
    return {name: day for day, name in happened("start", model, *changes)}


def moved(movement: str, model: str, *changes: str) -> dict[str, float]:
    """Value that a movement of the backlog added, by cause [USD m]."""
    rows = table("backlog_monthly", model, *changes)
    rows = rows.filter((pl.col("movement") == movement) & (pl.col("cents") != 0))
    rows = rows.filter(pl.col("cents") > 0) if movement == "slipped" else rows
    sums = rows.group_by("cause").agg(pl.col("cents").sum())
    return {cause: cents / 1e8 for cause, cents in sums.iter_rows()}


# --- row 1: whoever waits for capacity that exists ---------------------------------------------


CERTAIN = (
    "operator.order_ahead_days=60",
    "sites.colo.delay.probability=0",
    "gpus.GB200.lead.sd_days=0",
    "gpus.GB200.fitout.sd_days=0",
    "gpus.GB200.acceptance.sd_days=0",
    "gpus.GB200.failures.log_sd=0",
)
"""Nothing late: the second hall comes on 1 April, its 9,000 GPUs are accepted on 26 May and run on
6 days of it, those of the first tranche on 31. What fails at 4% a year is shared by GPUs."""


def test_a_tranche_starts_with_the_gpus_that_work_and_the_rest_waits_for_failed_ones():
    """Its GPUs are there in May; GPUs that failed in the first tranche are not its business."""
    began = starts("stranded_tranche", *CERTAIN)
    assert began["anchor.tranches.1"] == "2027-06-01"
    late = began["anchor.tranches.1.rest.1"]
    assert "2027-06-01" < late < "2027-12-01"
    assert list(moved("slipped", "stranded_tranche", *CERTAIN)) == ["failure"]


def test_without_failures_it_starts_whole_on_the_same_day():
    began = starts("stranded_tranche", *CERTAIN, "gpus.GB200.failures.rate_per_year=0")
    assert began["anchor.tranches.1"] == "2027-06-01"
    assert "anchor.tranches.1.rest.1" not in began


OFTEN = ("gpus.GB200.failures.rate_per_year=0.9", "gpus.GB200.failures.spare_share=0")
"""In May (7,660 x 31 + 9,000 x 6) x 0.9 / 365 = 719 of 16,660 fail, so 4.3% of the second tranche:
between 3% and 20%."""


def short(share: float) -> tuple[str, ...]:
    return (*CERTAIN, *OFTEN, f"gpus.GB200.failures.short_start_share={share}")


def test_how_short_it_may_start_matters_where_more_has_failed():
    some, most = starts("stranded_tranche", *short(0.03)), starts("stranded_tranche", *short(0.2))
    assert most["anchor.tranches.1"] == "2027-06-01"
    assert some.get("anchor.tranches.1", "never") > "2027-06-01"
    assert list(moved("slipped", "stranded_tranche", *short(0.03))) == ["failure"]


def test_the_anchor_of_a_hyperscaler_is_not_held_up_by_its_customer():
    """37 with failures switched off; the customer's own tests are all there is."""
    certain = "gpus.GB300.failures.rate_per_year=0"
    with_failures = moved("slipped", "hyperscaler-anchor").get("customer", 0.0)
    without = moved("slipped", "hyperscaler-anchor", certain).get("customer", 0.0)
    assert with_failures == pytest.approx(without, abs=1)


# --- row 2: what failed does not earn ----------------------------------------------------------


@pytest.mark.parametrize(
    ("model", "changes"),
    [
        (
            "covenant-chain",
            (
                "gpus.GB300.failures={rate_per_year=0.04, log_sd=0.3, repair={rate_per_year=0.17,"
                " days=4}, spare_share=0.02, short_start_share=0.05}",
            ),
        ),
        (
            "hyperscaler-anchor",
            ("gpus.GB300.failures.rate_per_year=0.3", "gpus.GB300.failures.spare_share=0"),
        ),
        ("stranded_tranche", OFTEN),
    ],
)
def test_no_more_bills_than_is_in_service(model, changes):
    rows = table("metrics_monthly", model, *changes)
    assert (rows["billing_mw"] <= rows["active_mw"]).all()
    assert rows["billing_mw"].max() > 0


# --- rows 3 and 4: what queues for a tranche, and GPUs that are there --------------------------


def test_a_contract_on_gpus_that_come_free_on_its_day_orders_none():
    assert starts("rebuy_after_start")[DAY["second"]] == "2028-02-01"
    assert capex("rebuy_after_start") == pytest.approx(HARDWARE, abs=0.05)


def test_a_contract_on_gpus_that_have_been_free_for_months_orders_none():
    began = starts("rebuy_after_start", *RICH, IN_SEPTEMBER)
    assert began[DAY["second"]] == "2028-09-01"
    assert capex("rebuy_after_start", *RICH, IN_SEPTEMBER) == pytest.approx(HARDWARE, abs=0.05)


def test_a_renewal_costs_as_much():
    stays = "contracts.anchor.renewal={chance=1.0, term_months=36, price_share=1.0}"
    alone = "contracts.second.tranches=[{gpus=1,start=2030-09-01}]"
    assert capex("rebuy_after_start", *RICH, stays, alone) == pytest.approx(
        HARDWARE + 76_400 / 1e6, abs=0.05
    )


@pytest.mark.parametrize(
    "change",
    [
        'contracts.second.hardware_source="dedicated"',
        "contracts.anchor.renewal={chance=0.0, term_months=12}",
        "gpus.GB300.economic_life_years=3",
    ],
)
def test_gpus_that_will_not_do_are_bought(change):
    """Dedicated; the first customer may still stay; three years end before the 36 months do."""
    assert capex("rebuy_after_start", *RICH, change) == pytest.approx(2 * HARDWARE, abs=0.05)


def test_gpus_on_which_another_lender_has_lent_are_not_taken():
    """Within what is capitalised of the interest on half of the cost for some months."""
    assert capex("second_lender") == pytest.approx(2 * HARDWARE, rel=0.01)


def test_the_firms_own_contract_may_use_what_the_firm_has_borrowed_on():
    """The borrower of the first loan is the firm, and nobody lends on the second contract."""
    found = capex("rebuy_after_start", *RICH, "contracts.anchor.loan_share=0.5")
    assert found == pytest.approx(HARDWARE, rel=0.01)


def test_only_what_is_lacking_is_ordered():
    """30,000 are sold, 24,000 are there: 6,000 x 76,400 = 458.4 more."""
    more = (*RICH, ONE_LOT, "contracts.second.tranches=[{gpus=30000,start=2028-09-01}]")
    assert starts("rebuy_after_start", *more)[DAY["second"]] == "2028-09-01"
    assert capex("rebuy_after_start", *more) == pytest.approx(HARDWARE + 458.4, abs=0.1)


def test_an_order_goes_with_the_tranche_it_was_for():
    """The second contract needs GPUs before the first lets go of its own, and there is no cash.

    It is cancelled 90 days late; when cash is there nobody orders for it any more. The first stays
    for five years, so that none of its GPUs come free.
    """
    changes = (
        "contracts.anchor.term_months=60",
        "balance.cash_usd=2000000000",
        "balance.paid_in_capital_usd=2000000000",
        "contracts.second.tranches=[{gpus=24000,start=2027-06-01,long_stop_days=90}]",
    )
    assert DAY["second"] not in starts("rebuy_after_start", *changes)
    assert capex("rebuy_after_start", *changes) == pytest.approx(HARDWARE, abs=0.05)


def test_an_order_is_withdrawn_when_its_tranche_is_served_by_others_gpus():
    """No cash on the order day either, and the term of the first ends after the second's start.

    It is served on the day on which the first ends, two months late, and buys nothing.
    """
    changes = ("contracts.second.tranches=[{gpus=24000,start=2027-12-01}]",)
    assert starts("rebuy_after_start", *changes)[DAY["second"]] == "2028-02-01"
    assert capex("rebuy_after_start", *changes) == pytest.approx(HARDWARE, abs=0.05)


# --- row 25: a contract is served where it says ------------------------------------------------


def test_a_late_hall_holds_up_its_own_contract_and_no_other():
    began = starts("other_site")
    assert began["anchor.tranches.0"] == "2027-02-01"
    assert began["second.tranches.0"] == "2027-04-02"
    assert set(moved("slipped", "other_site")) == {"site"}


def test_a_live_tranche_needs_gpus_at_its_own_site(tmp_path):
    from tests.cases.reading import MODELS, gpusim

    file = tmp_path / "elsewhere.toml"
    file.write_text(
        f'extends = "{MODELS / "other_site.toml"}"\n'
        '[assets.old]\ncategory = "servers"\ngpu = "GB300"\nsite = "alpha"\ngpus = 100\n'
        "gross_usd = 0\naccumulated_usd = 0\nremaining_life_years = 5\n"
        '[contracts.third]\ncustomer = "third"\nrating = "other"\nkind = "take-or-pay"\n'
        'gpu = "GB300"\nsite = "beta"\nprice_usd_per_gpu_hour = 2\nterm_months = 60\n'
        'signed = 2025-01-01\npayment_days = 30\nlate_start = "shifts"\n'
        'tranches = [{ gpus = 100, start = 2026-01-01, hardware = { status = "in-service" } }]\n'
    )
    done = gpusim("models", "check", str(file))
    assert done.returncode == 2
    assert "beta" in done.stderr + done.stdout
