"""Ranges as people write an estimate, at the key itself: the value, its range, and who said so."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from gpusim.scenario import ScenarioError, load, source_rows
from gpusim.scenario.schema import json_schema

TARIFF = "sites.alpha.tariff_usd_per_kwh"


def row(model, path):
    return next(row for row in source_rows(model) if row.path == path)


@pytest.mark.parametrize(
    ("text", "value", "low", "high"),
    [
        ("0.05 to 0.08", 0.065, 0.05, 0.08),
        ("{ low = 0.05, mode = 0.06, high = 0.08 }", 0.06, 0.05, 0.08),
        ("{ low = 0.05, high = 0.08 }", 0.065, 0.05, 0.08),
        ('"0.05 to 0.08"', 0.065, 0.05, 0.08),
        ("0.06 to 0.06", 0.06, 0.06, 0.06),
    ],
)
def test_a_range_set_is_a_value_and_its_assumption(small, text, value, low, high):
    model = load(small, sets=[f"{TARIFF}={text}"])
    found = row(model, TARIFF)
    assert model.sites["alpha"].tariff_usd_per_kwh == value
    assert (found.kind, found.value, found.low, found.high) == ("assumption", value, low, high)
    assert found.origin.startswith("--set")


def test_whole_numbers_and_dates_stay_what_they_are(small):
    at = "sites.alpha.phases.1.ready"
    model = load(small, sets=[f"{at}=2026-04-01 to 2026-04-11"])
    assert model.sites["alpha"].phases[1].ready == dt.date(2026, 4, 6)
    assert row(model, at).low == dt.date(2026, 4, 1)
    gpus = "assets.h100_fleet.gpus"
    model = load(small, sets=[f"{gpus}=1_900 to 2_101"])
    assert model.assets["h100_fleet"].gpus == 2_000  # 2,000.5, to the even one
    assert type(model.assets["h100_fleet"].gpus) is int


def test_a_file_may_state_one_and_its_reason(spoiled):
    """The line is the value's; the words of [assumptions] stay, and get the range."""
    line = next(one for one in spoiled.text.splitlines() if one.startswith("tariff_usd_per_kwh"))
    path = spoiled.write(
        (line, "tariff_usd_per_kwh = { low = 0.04, mode = 0.05, high = 0.09 }"),
        more=f'\n[assumptions."{TARIFF}"]\nreason = "an offer of the utility"\n',
    )
    found = row(load(path), TARIFF)
    assert (found.value, found.low, found.high) == (0.05, 0.04, 0.09)
    assert found.text == "an offer of the utility"
    assert found.origin.endswith(f":{spoiled.line_of('mode = 0.05')}")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0.09 to 0.08", "a range that rises"),
        ("{ low = 0.05, mode = 0.09, high = 0.08 }", "a range that rises"),
        ("5% to 0.08", "0.05"),
        ("0,05 to 0.08", "0.05"),
        ('{ low = 0.05, mode = "x", high = 0.08 }', "each a number"),
        ("{ low = 2026-01-01, high = 0.08 }", "each a number"),
        ("2026-01-01 to 2026-02-01", "a number with a point"),
    ],
)
def test_what_is_no_range_is_told_at_its_place(small, text, expected):
    with pytest.raises(ScenarioError) as told:
        load(small, sets=[f"{TARIFF}={text}"])
    (first,) = told.value.mistakes
    assert first.key == TARIFF
    assert expected in first.expected


def test_two_ranges_of_one_value_are_refused(spoiled):
    line = next(one for one in spoiled.text.splitlines() if one.startswith("tariff_usd_per_kwh"))
    path = spoiled.write(
        (line, 'tariff_usd_per_kwh = "0.04 to 0.09"'),
        more=f'\n[assumptions."{TARIFF}"]\nreason = "an offer"\nrelative = 0.2\n',
    )
    with pytest.raises(ScenarioError, match="a range beside that of"):
        load(path)


def test_what_is_simulated_is_no_estimate(small):
    with pytest.raises(ScenarioError, match=r"model\.quarters"):
        load(small, sets=["model.quarters=8 to 12"])


def with_orders(spoiled, rows):
    """The path of a model whose orders are rows of a CSV file."""
    path = Path(spoiled.write())
    (path.parent / "orders.csv").write_text(f"name,gpu,site,gpus,date\n{rows}")
    path.write_text('orders = "orders.csv"\n' + path.read_text())
    return str(path)


def test_a_cell_of_a_book_may_be_one(spoiled):
    rows = "one,H100,alpha,100,2026-06-01 to 2026-06-11\ntwo,H100,alpha,90 to 110,2026-06-01\n"
    model = load(with_orders(spoiled, rows))
    assert model.orders["one"].date == dt.date(2026, 6, 6)
    assert model.orders["two"].gpus == 100
    found = row(model, "orders.two.gpus")
    assert (found.low, found.high) == (90, 110)
    assert found.origin.endswith("orders.csv:3")


def test_a_cell_that_falls_is_told_at_its_row(spoiled):
    with pytest.raises(ScenarioError) as told:
        load(with_orders(spoiled, "one,H100,alpha,90 to 10,2026-06-01\n"))
    (first,) = told.value.mistakes
    assert (first.line, first.key) == (2, "orders.one.gpus")
    assert "a range that rises" in first.expected


def test_editors_are_told_of_ranges():
    """As a validator of JSON Schema reads it."""
    tables = json_schema()["$defs"]
    ref = {"$ref": "#/$defs/Estimate"}
    assert ref in tables["Site"]["properties"]["tariff_usd_per_kwh"]["anyOf"]
    assert ref in tables["Phase"]["properties"]["ready"]["anyOf"]
    assert "anyOf" not in tables["Site"]["properties"]["kind"]
    assert ref not in tables["Model"]["properties"]["as_of"].get("anyOf", [])


def test_texts_and_tables_that_look_alike_stay_texts_and_tables(small):
    title = "from 5 to 8"
    assert load(small, sets=[f'model.title="{title}"']).model.title == title
    assert load(small, sets=['model.title="5 to 8"']).model.title == "5 to 8"


def test_a_range_moves_no_figure_of_the_model_that_states_its_value(small):
    """The hash of a scenario is that of its values."""
    stated = load(small, sets=[f"{TARIFF}=0.065"])
    assert load(small, sets=[f"{TARIFF}=0.05 to 0.08"]).hash() == stated.hash()
