"""Slips of unit and size are said, once, with the usual range; no bundled model has one."""

from __future__ import annotations

import json

import pytest

from gpusim.scenario import list_models, load, schema
from gpusim.scenario.plausible import implausible, outside, range_at
from gpusim.scenario.warnings import warnings_of
from tests.cases.reading import MODELS, gpusim

BUNDLED = [row.name for row in list_models() if row.kind == "operators"]
SHOCKS = [row.name for row in list_models() if row.kind == "shocks"]

CENTS = "sites.alpha.tariff_usd_per_kwh=7.5"
THOUSANDS = "gpus.GB300.capex_usd_per_gpu=58"
A_MONTH = "contracts.anchor.price_usd_per_gpu_hour=300"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        # the rows of the table: 7.5 cents, 58 thousand, 300 USD a GPU-month (0.41 an hour)
        (CENTS, "7.5 USD/kWh, outside the usual 0.01 to 0.5"),
        (CENTS, "7.5 cents?"),
        (THOUSANDS, "58 USD/GPU, outside the usual 1,500 to 250,000"),
        (THOUSANDS, "58 thousands?"),
        (A_MONTH, "300 USD/GPU-hour, outside the usual 0.2 to 25"),
        (A_MONTH, "300 a day's or a month's?"),
        # siblings: 1,560 USD a kW-year is 130 a month; 2,080 W; 50,000 kW; 60 MWh price; months
        ("sites.alpha.rent_usd_per_kw_month=1560", "1,560 a year's, or a MW's?"),
        ("gpus.GB300.it_kw_per_gpu=16.64", "16.64 a server's or a rack's, or watts?"),
        ("sites.alpha.phases.0.it_mw=50000", "50,000 kW?"),
        ("sites.alpha.tariff_usd_per_kwh=0.00006", "0.00006 thousands of USD, a MWh's price?"),
        ("gpus.GB300.book_life_years=72", "72 months?"),
        ("debt.ddtl.margin=0.225", "0.225 in percent, with the point left out?"),
        ("contracts.anchor.term_months=1000", "1,000 days?"),
        ("overheads.office.monthly_usd=1.5", "1.5 thousands or millions?"),
    ],
)
def test_a_slip_is_said_with_the_usual_range(change, said):
    sets = [change]
    if "it_mw" not in change and "it_kw" not in change:
        sets.append("gpus.GB300.deposit_share=0.1")
    (warning,) = [w for w in warnings_of(load("single-site", sets=sets)) if "usual" in w]
    assert said in warning
    assert change.partition("=")[0] in warning


def test_check_and_run_warn_and_go_on(tmp_path):
    model = tmp_path / "slips.toml"
    model.write_text(
        'extends = "single-site"\n[sites.alpha]\ntariff_usd_per_kwh = 7.5\n'
        '[assumptions."sites.alpha.tariff_usd_per_kwh"]\nreason = "typed"\nrelative = 0.1\n'
    )
    checked = gpusim("models", "check", str(model))
    assert checked.returncode == 0, checked.stderr
    assert checked.stdout.count("outside the usual") == 1
    assert "sites.alpha.tariff_usd_per_kwh is 7.5 USD/kWh, outside" in checked.stdout
    assert checked.stdout.splitlines()[0].endswith("slips.toml:3:1]")
    run = gpusim("run", str(model), "--reps", "1", "-q", "--out", str(tmp_path / "run"))
    assert run.returncode == 0, run.stderr
    assert " ".join(run.stdout.split()).count("outside the usual") == 1


def test_a_slip_made_in_many_places_is_said_once():
    scenario = load("single-site", sets=["sites.alpha.phases.*.it_mw=50000"])
    (told,) = [text for _, text in implausible(scenario)]
    assert ", and so are 1 more like it: 50,000 kW" in told


@pytest.mark.parametrize("name", BUNDLED)
def test_no_bundled_model_is_warned_about(name):
    assert list(implausible(load(name))) == []


@pytest.mark.parametrize("shock", SHOCKS)
def test_no_bundled_shock_is_warned_about(shock):
    assert list(implausible(load("coreweave-2025q4", shocks=[shock]))) == []


def test_every_range_lies_within_the_hard_limits_and_names_its_source():
    ranged = 0
    for key in schema.reference():
        path = tuple(key.path.replace(".N.", ".0.").split("."))
        usual = range_at(path)
        if usual is None:
            continue
        ranged += 1
        assert usual.low < usual.high
        assert usual.source
        assert not outside(path, 0)
        assert not outside(path, usual.low)
        assert outside(path, usual.high * 1.01)
    assert ranged >= 90


def test_the_reference_and_the_schema_show_the_range():
    told = gpusim("models", "schema", "--keys").stdout
    line = next(row for row in told.splitlines() if row.startswith("sites.NAME.tariff"))
    assert "0.01 to 0.5" in line
    document = json.loads(gpusim("models", "schema").stdout)
    tariff = document["$defs"]["Site"]["properties"]["tariff_usd_per_kwh"]
    assert (tariff["plausible"]["low"], tariff["plausible"]["high"]) == (0.01, 0.5)


def test_a_retired_key_is_left_out_with_a_word():
    """`market.spot_ratio` did nothing; files that still have it run as before."""
    warnings = warnings_of(load(str(MODELS / "horizon-12.toml")))
    assert [w for w in warnings if "market.spot_ratio is left out" in w] == [warnings[0]]
    assert warnings[0].endswith("horizon-12.toml:28]")
