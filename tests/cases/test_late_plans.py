"""What a model's own dates cannot keep is said before a run, and is what the run then does."""

import datetime as dt

import pytest

from gpusim.scenario import load
from gpusim.scenario.checks.warnings import warnings_of
from tests.cases.reading import MODELS, gpusim, happened

DET = str(MODELS / "det.toml")
RICH = ("balance.cash_usd=9e9", "balance.paid_in_capital_usd=9e9")
ONE = "contracts.anchor.tranches=[{gpus = 24000, start = 2027-02-01}]"


def said(*sets: str, about: str = "can start on") -> list[str]:
    return [text for text in warnings_of(load(DET, sets=(*RICH, *sets))) if about in text]


def test_a_model_whose_plan_can_be_kept_says_nothing() -> None:
    assert said(ONE) == []


@pytest.mark.parametrize(
    ("ready", "first"),
    # one hall of 50 MW for one lot of 50.4 / 1.05 MW: fit-out 30 and acceptance 30 days after it
    [("2027-02-01", "2027-04-02"), ("2027-06-01", "2027-07-31")],
)
def test_a_hall_that_comes_after_its_tranche_starts(ready: str, first: str) -> None:
    hall = f"sites.alpha.phases=[{{it_mw = 50, ready = {ready}}}]"
    (warning,) = said(ONE, hall)
    late = (dt.date.fromisoformat(first) - dt.date(2027, 2, 1)).days
    assert f"is to start on 2027-02-01 and can start on {first} at the earliest" in warning
    assert f"{late} days later: alpha has the " in warning
    assert f"from {ready} on" in warning
    events = happened("start", "det", *RICH, ONE, hall)
    assert [day for day, _ in events] == [first]


def test_a_start_before_hardware_can_be_there() -> None:
    # signed and ordered on 1 July 2026, the first day of the run
    soon = "contracts.anchor.tranches=[{gpus = 24000, start = 2026-08-01}]"
    hall = "sites.alpha.phases=[{it_mw = 50, ready = 2026-06-01}]"
    (warning,) = said(soon, hall)
    ((day, _),) = happened("start", "det", *RICH, soon, hall)
    assert f"and can start on {day} at the earliest" in warning
    assert "GB300 ordered on 2026-07-01 take " in warning


def test_a_shock_that_delays_is_no_warning_and_the_same_setting_is_one(tmp_path) -> None:
    shock = tmp_path / "slow.toml"
    shock.write_text(
        '[shock]\ntitle = "Slow"\nsource = "ours"\nas_of = 2026-03-31\n'
        '[[change]]\npath = "gpus.GB300.lead.planned_days"\nplus = 400\n'
    )
    by_shock = warnings_of(load(DET, shocks=[str(shock)], sets=(*RICH, ONE)))
    assert not any("can start on" in text for text in by_shock)
    assert len(said(ONE, "gpus.GB300.lead.planned_days+=400")) == 1


def test_a_loan_that_opens_after_the_orders_it_is_to_pay_for() -> None:
    # ordered 1 August: planned start less 30 + 30 days, 120 of lead and none ahead, or from then on
    (warning,) = said(ONE, "debt.ddtl.opens=2026-12-31", about="opens on")
    (placed, *_) = (day for day, _ in happened("fund", "det", *RICH, ONE))
    assert f"is planned to be ordered from {placed} on" in warning
    assert said(ONE, f"debt.ddtl.opens={placed}", about="opens on") == []


@pytest.mark.parametrize("usd", ["60", "999"])
def test_an_amount_in_millions_is_asked_about(usd: str, tmp_path) -> None:
    assert len(said(ONE, f"debt.ddtl.commitment_usd={usd}", about="thousands or millions")) == 2
    made = gpusim("new", "mine", "--yes", "--as-of", "2026-09-30", cwd=tmp_path)
    assert made.returncode == 0
    file = tmp_path / "mine.toml"
    file.write_text(file.read_text().replace("cash_usd = 196_000_000", f"cash_usd = {usd}"))
    told = gpusim("models", "check", "mine.toml", cwd=tmp_path).stdout
    assert f"balance.cash_usd is USD {usd}, where all sites together earn USD" in told
    assert told.count("in thousands or millions?") == 1
    assert "mine.toml: can be run, with 2 warnings" in told


def test_dollars_of_a_share_and_of_a_small_firm_are_none_of_them(tmp_path) -> None:
    assert not [t for t in warnings_of(load("coreweave-2025q4")) if "thousands or" in t]
    assert gpusim("new", "rack", "--template", "unit", "--yes", cwd=tmp_path).returncode == 0
    told = gpusim("models", "check", "rack.toml", cwd=tmp_path).stdout
    assert "rack.toml: in order" in told
