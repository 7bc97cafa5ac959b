"""`units` tests a loan as a run does, adds contracts up by amounts, and owns what waits for it."""

import json

import polars as pl
import pytest

from gpusim.appraisal.unit_economics import compute
from gpusim.scenario import load
from tests.cases.reading import MODELS, folder_of, gpusim

FEE = "price_at_covenant_fee"
TEST = "debt.spv.covenants.dscr"


def figure(model, name, *sets, row="big"):
    """A figure of a row of `gpusim units` of a model file."""
    rows = compute(load(str(MODELS / f"{model}.toml"), sets=sets)).rows
    return next(one for one in rows if one.name == row).figures[name].value


def test_price_at_the_covenant_is_after_the_service_fee():
    """Cover is (price x 0.90 - costs) / service: the price is that without a fee over 0.90."""
    plain = figure(FEE, "price_at_covenant", f"{TEST}.service_fee_share=0.0")
    assert plain == pytest.approx(2.732, abs=5e-4)
    assert figure(FEE, "price_at_covenant") == pytest.approx(plain / 0.90, rel=1e-9)
    third = figure(FEE, "price_at_covenant", f"{TEST}.service_fee_share=0.25")
    assert third == pytest.approx(plain / 0.75, rel=1e-9)


@pytest.mark.parametrize(("price", "kept"), [(3.036 * 1.01, True), (2.732, False)])
def test_at_that_price_a_run_keeps_the_covenant(price, kept):
    """A run's rent steps from the hall's handover, not from billing: a hundredth above holds it."""
    folder = folder_of(FEE, f"contracts.big.price_usd_per_gpu_hour={price}")
    loans = pl.read_parquet(folder / "facilities.parquet").filter(pl.col("facility") == "spv")
    assert loans["dscr_breach"].is_null().all() == kept


def test_overheads_are_not_in_the_cover_of_a_loan_s_own_contracts():
    """900,000 a month of staff lower the firm's cover and leave the loan's own where it was."""
    staff = "overheads.staff.monthly_usd=900_000"
    own = figure(FEE, "dscr_lowest")
    assert figure(FEE, "dscr_lowest", staff) == pytest.approx(own, rel=1e-12)
    firm = (f"{TEST}={{minimum=1.2, from=2028-03-31}}",)
    assert figure(FEE, "dscr_lowest", *firm, staff) < figure(FEE, "dscr_lowest", *firm)


def test_several_contracts_earn_between_what_each_earns():
    """By MW-years: (10.2 x 37/12 x 15.0% + 5.1 x 5 x 25.3%) / 56.95; cost a MW is one figure."""
    for name in ("return_on_capital", "revenue_per_mw_year_at_hurdle_return"):
        c2, c4, both = (
            figure("units_of_several", name, row=row) for row in ("c2", "c4", "all contracts")
        )
        assert both == pytest.approx((10.2 * 37 / 12 * c2 + 25.5 * c4) / (31.45 + 25.5), rel=1e-6)


def test_their_multiple_is_the_rate_at_which_both_have_grown():
    """Put in 300m for 37 months and 150m for 60: 300 (1+r)^(37/12) + 150 (1+r)^5 is got back."""
    c2, c4, both = (
        figure("units_of_several", "annualised_multiple", row=row)
        for row in ("c2", "c4", "all contracts")
    )
    back = 300 * (1 + c2) ** (37 / 12) + 150 * (1 + c4) ** 5
    assert 300 * (1 + both) ** (37 / 12) + 150 * (1 + both) ** 5 == pytest.approx(back, rel=1e-9)
    assert c2 < both < c4


def test_tranches_of_one_contract_are_added_up_likewise():
    """Two tranches of 37 and 60 months at one price: earnings over cost times years."""
    terms = "contracts.c2.tranches=[{gpus=6000, start=2029-01-01}, {gpus=3000, start=2029-01-01, "
    gone = "contracts.c4.tranches=[{gpus=1, start=2027-03-01}]"
    both, one = (
        figure("units_of_several", "ebitda_per_mw_year", *sets, row="c2")
        for sets in ((f"{terms}term_months=60}}]", gone), (gone,))
    )
    # 29.41m a MW, six years straight: the return is (EBITDA - 29.41m / 6) / 29.41m, less what
    # overheads of either differ by
    several = figure(
        "units_of_several", "return_on_capital", f"{terms}term_months=60}}]", gone, row="c2"
    )
    cost = 50_000 / 1.7 * 1_000
    assert several == pytest.approx(both / cost - 1 / 6, rel=1e-9)
    assert one != both


def test_gpus_that_wait_for_their_tranche_are_its_contract_s(tmp_path):
    """13,000 bought for it stand a month before it starts: none of them is without a contract."""
    folder = str(tmp_path / "run")
    asked = ("--reps", "1", "-q", "--units", "--out", folder)
    assert gpusim("run", str(MODELS / f"{FEE}.toml"), *asked).returncode == 0
    rows = json.loads(gpusim("units", folder, "--json").stdout)["rows"]
    found = {row["name"]: row for row in rows if row["noun"] == "contract"}
    assert found["not under contract"]["gpus"] == 0
    # billed from its start; 31 of 1,857 days earlier it stands
    assert 0.97 < found["big"]["utilisation"]["value"] < 1.0
