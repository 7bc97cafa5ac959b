"""`gpusim units`: what it prints, and bad input."""

import json

import pytest

from tests.cases.reading import gpusim
from tests.cli.starting import started

MODEL = "iren-horizon"


def test_tables_name_their_timing_their_units_and_the_share_assumed(tmp_path):
    done = started("units", MODEL, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    for words in (
        "USD per billed GPU-hour",
        "Break-even rent",
        "Per MW of critical IT",
        "hardware paid, prepayment and loan received in month 0",
        "numbers and dates",
        "2 roots",
        "microsoft",
        "2.585",  # worked out in tests/oracles/test_a1_iren_horizon.py
    ):
        assert words in " ".join(done.stdout.split())
    assert "nan" not in done.stdout.lower().split()
    assert list(tmp_path.iterdir()) == []


def test_json_gives_every_figure_with_unit_or_reason(tmp_path):
    done = gpusim("units", MODEL, "--residual", "0.2", "--json", cwd=tmp_path)
    told = json.loads(done.stdout)
    contract = told["rows"][0]
    assert (contract["kind"], contract["name"]) == ("contract", "microsoft")
    assert contract["figures"].keys() == told["figures"].keys()
    assert contract["figures"]["irr_unlevered"]["value"] == pytest.approx(0.1886, abs=0.002)
    on_demand = told["rows"][-1]
    assert on_demand["figures"]["irr_levered"] == {
        "value": None,
        "reason": "no loan is attributed to it",
    }


def test_settings_reach_the_figures(tmp_path):
    price = "contracts.microsoft.tranches.0.value_usd=4_850_000_000"
    done = gpusim("units", MODEL, "--set", price, "--json", cwd=tmp_path)
    figures = json.loads(done.stdout)["rows"][0]["figures"]
    assert figures["rent_price"]["value"] == pytest.approx(1.25 * 2.914, abs=0.001)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("units", "iren-horizo"), "iren-horizon"),
        (("units", MODEL, "--contract", "google"), "microsoft"),
        (("units", MODEL, "--residual", "2"), "--residual"),
        (("units", MODEL, "--hurdle", "-1"), "--hurdle"),
        (("units", MODEL, "--price-path", "1,x"), "--price-path"),
        (("units", MODEL, "--timing", "weekly"), "--timing"),
        (("units", MODEL, "--convention", "late"), "--convention"),
        (("units", MODEL, "--price-path", "nan"), "--price-path"),
        (("units", MODEL, "--set", "model.quarter=4"), "model.quarters"),
    ],
    ids=lambda value: "_".join(value) if isinstance(value, tuple) else "",
)
def test_wrong_input_is_told(arguments, words, tmp_path):
    done = gpusim(*arguments, cwd=tmp_path)
    assert done.returncode == 2
    assert words in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


@pytest.mark.parametrize(
    "option",
    [
        ("--timing", "yearly"),
        ("--convention", "mid"),
        ("--hurdle", "0.12"),
        ("--residual", "0"),
        ("--by-year",),
    ],
)
def test_what_a_run_realised_takes_no_option_of_the_planned_path(option, tmp_path):
    done = gpusim("units", str(tmp_path), *option, cwd=tmp_path)
    assert done.returncode == 2
    assert "can only be shown" in done.stderr


def test_by_year_is_printed_where_it_is_asked_for(tmp_path):
    done = gpusim("units", "single-site", "--by-year", cwd=tmp_path)
    assert "anchor: cash by year, USD m" in done.stdout
    assert "year 6, re-let" in done.stdout
    plain = gpusim("units", "single-site", cwd=tmp_path)
    assert "by year" not in plain.stdout
