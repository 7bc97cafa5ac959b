"""What is signed and can never be met is said by `models check` and by the report of `run`."""

import json

import pytest

from gpusim.scenario import load
from gpusim.scenario.checks.warnings import warnings_of
from tests.cases.reading import MODELS, ROOT, gpusim, happened, table

DET = str(MODELS / "det.toml")


def said(*sets: str, model: str = DET) -> list[str]:
    told = warnings_of(load(model, sets=sets))
    return [text for text in told if "is not paid for" not in text]


def test_a_model_in_which_all_is_met_says_nothing() -> None:
    assert said() == []


def test_a_hundredth_of_a_kilowatt_too_much_is_said_by_check_and_run(tmp_path) -> None:
    # 48,000 x 2.10 kW = 100.8 MW in 100 MW: the second half of 50.4 MW is 0.8 MW too large
    file = tmp_path / "hot.toml"
    file.write_text(f'extends = "{DET}"\n[gpus.GB300]\nit_kw_per_gpu = 2.10\n')
    checked = gpusim("models", "check", str(file))
    ran = gpusim("run", str(file), "--reps", "1", "-q", "--out", str(tmp_path / "run"))
    wide = " ".join(ran.stdout.split())
    for text in (" ".join(checked.stdout.split()), wide):
        assert "at alpha: from 2027-05-01 on they draw 50.4 MW, 0.8 MW more" in text
    asked = ("--reps", "1", "-q", "--json", "--out", str(tmp_path / "json"))
    (warning,) = json.loads(gpusim("run", str(file), *asked).stdout)["warnings"]
    assert "0.8 MW more" in warning


@pytest.mark.parametrize("power", ["2.6315789", "2.6315789473684212", "2.631578947"])
def test_a_ratio_of_power_fits_as_it_is_written(power: str) -> None:
    # 200 MW over 76,000 GPUs is 2.63157894... kW: all of them fit, and bill
    changes = (
        f"gpus.GB300.it_kw_per_gpu={power}",
        "sites.alpha.phases=[{it_mw = 200, ready = 2026-12-01}]",
        "contracts.anchor.tranches=[{gpus = 76000, start = 2027-02-01}]",
        "balance.cash_usd=9e9",
        "balance.paid_in_capital_usd=9e9",
    )
    assert said(*changes) == []
    lots = len(happened("start", "det", *changes))
    assert lots == 4  # 200 MW in lots of 50
    power_mw = table("metrics_monthly", "det", *changes)["billing_mw"]
    assert power_mw.max() == pytest.approx(200, abs=1e-5)
    assert power_mw.max() <= 200


def test_gpus_of_terms_that_end_make_room_for_the_next() -> None:
    # one after the other, 24,000 each, of which 50 MW hold one
    one, next_ = "{gpus = 24000, start = 2027-02-01, term_months = 12}", "{gpus = 24000, start = "
    small = "sites.alpha.phases=[{it_mw = 50, ready = 2026-12-01}]"
    after = f"contracts.anchor.tranches=[{one}, {next_}2028-03-01, term_months = 12}}]"
    beside = f"contracts.anchor.tranches=[{one}, {next_}2028-01-01, term_months = 12}}]"
    credits_ = "contracts.anchor.prepayment.credited_months=[1, 12]"
    assert said(small, after, credits_) == []
    (warning,) = said(small, beside, credits_)
    assert "contracts.anchor.tranches.1.gpus" in warning
    assert "from 2028-01-01 on they draw 49.92 MW, 49.84 MW more" in warning  # 99.84 in 50 MW


def test_a_loan_that_lapses_before_the_first_bill_can_never_pay_for_it() -> None:
    # the first hardware is delivered by 2027-02-01 less 70 days of work and paid 30 days later
    (warning,) = said("debt.ddtl.available_to=2026-12-01")
    assert "contracts.anchor.facility" in warning
    assert "until 2026-12-01" in warning
    assert "paid on 2026-12-23" in warning
    assert warning.startswith("the loan ddtl can never pay for hardware of contract anchor: ")


@pytest.mark.parametrize("nothing", ["contracts.anchor.loan_share=0", "debt.ddtl.advance_rate=0"])
def test_a_contract_that_draws_nothing_of_its_loan_lacks_nothing_when_it_lapses(nothing) -> None:
    """It names the loan for its borrower: cash pays for the hardware, whenever draws end."""
    lapsed = "debt.ddtl.available_to=2026-12-01"
    assert [warning for warning in said(lapsed, nothing) if "can never pay" in warning] == []


def test_customers_larger_than_any_site_are_said() -> None:
    model = str(ROOT / "tests/fixtures/growing.toml")
    assert said(model=model) == []
    found = said("segments.*.gpus_median=900000", model=model)
    found = [warning for warning in found if "outside the usual" not in warning]
    assert found
    assert all("they ask for 900,000 GB300 or more" in warning for warning in found)
