"""Each mistake says the file, the line, the key, what was expected and the nearest name."""

from __future__ import annotations

import datetime as dt
import os

import pytest

from gpusim.scenario import ScenarioError, check, load

CASES = {
    "unknown key": (
        ("staff_usd_per_kw_month = 10", "staf_usd_per_kw_month = 10"),
        "staf_usd_per_kw_month",
        "sites.alpha.staf_usd_per_kw_month",
        "staff_usd_per_kw_month [USD/kW-month]",
        "staff_usd_per_kw_month",
    ),
    "wrong unit: thousands": (
        ("capex_usd_per_gpu = 31_000", "capex_kusd_per_gpu = 31"),
        "capex_kusd",
        "gpus.H100.capex_kusd_per_gpu",
        "capex_usd_per_gpu [USD/GPU]",
        "capex_usd_per_gpu",
    ),
    "wrong unit: per MW": (
        ("\nrent_usd_per_kw_month = 130", "\nrent_usd_per_mw_month = 130"),
        "rent_usd_per_mw_month",
        "sites.alpha.rent_usd_per_mw_month",
        "rent_usd_per_kw_month [USD/kW-month]",
        "rent_usd_per_kw_month",
    ),
    "percent for a share": (
        ("probability = 0.4", "probability = 40"),
        "probability = 40",
        "sites.alpha.delay.probability",
        "did you mean 0.4",
        "",
    ),
    "percent for a rate": (
        ("margin = 0.0925", "margin = 9.25"),
        "margin = 9.25",
        "debt.notes.margin",
        "did you mean 0.0925",
        "",
    ),
    "negative size": (
        ("{ it_mw = 3,", "{ it_mw = -3,"),
        "it_mw = -3",
        "sites.alpha.phases.0.it_mw",
        "more than 0 [MW of IT]",
        "",
    ),
    "negative money": (
        ("minimum_cash_usd = 5_000_000", "minimum_cash_usd = -5"),
        "minimum_cash_usd",
        "operator.minimum_cash_usd",
        "at least 0 [USD]",
        "",
    ),
    "amount beyond the limit": (
        ("commitment_usd = 100_000_000", "commitment_usd = 1e14"),
        "commitment_usd",
        "debt.ddtl.commitment_usd",
        "at most 10,000,000,000,000 [USD]",
        "",
    ),
    "name outside the list": (
        ('kind = "leased-shell"', 'kind = "leased-shel"'),
        "leased-shel",
        "sites.alpha.kind",
        "one of leased-shell, colocation, owned",
        "leased-shell",
    ),
    "text for a number": (
        ("pue = 1.25", 'pue = "1.25"'),
        "pue =",
        "sites.alpha.pue",
        "a number [ratio]",
        "",
    ),
    "text for a date": (
        ("as_of = 2025-12-31", 'as_of = "2025-12-31"'),
        "as_of",
        "model.as_of",
        "a date such as",
        "",
    ),
    "as-of day within a quarter": (
        ("as_of = 2025-12-31", "as_of = 2025-11-30"),
        "as_of",
        "model.as_of",
        "the last day of a quarter",
        "2025-12-31",
    ),
    "key left out": (
        ("it_kw_per_gpu = 1.4\n", ""),
        "[gpus.H100]",
        "gpus.H100.it_kw_per_gpu",
        "it_kw_per_gpu [kW/GPU]",
        "",
    ),
    "generation that does not exist": (
        (
            'rating = "other"\nkind = "take-or-pay"\ngpu = "H100"',
            'rating = "other"\nkind = "take-or-pay"\ngpu = "H10"',
        ),
        'gpu = "H10"',
        "contracts.first.gpu",
        "the name of a [gpus] table: H100",
        "H100",
    ),
    "facility that does not exist": (
        ('facility = "ddtl"\nprepayment', 'facility = "ddtl2"\nprepayment'),
        "ddtl2",
        "contracts.second.facility",
        "the name of a [debt] table of kind delayed-draw: ddtl",
        "ddtl",
    ),
    "bill on a facility that does not exist": (
        ('facility = "ddtl", loan_share', 'facility = "dtl", loan_share'),
        '"dtl"',
        "payables.capex.0.facility",
        "the name of a [debt] table",
        "ddtl",
    ),
    "facility of the wrong kind": (
        ('facility = "ddtl"\nprepayment', 'facility = "notes"\nprepayment'),
        'facility = "notes"',
        "contracts.second.facility",
        "a [debt] table of kind delayed-draw: ddtl",
        "",
    ),
    "programme without its table": (
        ('facility = "ddtl"\nprepayment', 'facility = "programme"\nprepayment'),
        'facility = "programme"',
        "contracts.second.facility",
        "a [programme] table",
        "",
    ),
    "repayments that miss the principal": (
        ("2028 = 8_000_000 }", "2028 = 7_999_999.99 }"),
        "2028 = 7_999_999.99",
        "debt.ddtl.opening.repayments",
        "30,000,000.00 (difference -0.01)",
        "",
    ),
    "repayment by a quarter beside its year": (
        ("2028 = 8_000_000 }", '2028 = 7_000_000, "2028Q3" = 1_000_000 }'),
        '"2028Q3" = 1_000_000',
        "debt.ddtl.opening.repayments.2028Q3",
        "periods that do not overlap",
        "",
    ),
    "repayment of a month that is over": (
        ("{ 2026 = 12_000_000", '{ "2025-12" = 12_000_000'),
        '"2025-12" = 12_000_000',
        "debt.ddtl.opening.repayments.2025-12",
        "periods from 2026-01-01 on",
        "",
    ),
    "repayment by a fifth quarter": (
        ("2028 = 8_000_000 }", '"2028Q5" = 8_000_000 }'),
        '"2028Q5" = 8_000_000',
        "debt.ddtl.opening.repayments.2028Q5",
        "a calendar year, quarter or month such as 2026, 2026Q2 or 2026-05",
        "",
    ),
    "repayment after maturity": (
        ("maturity = 2030-06-01", "maturity = 2029-06-01"),
        "2030 = 10_000_000",
        "debt.notes.opening.repayments.2030",
        "periods up to maturity, 2029-06-01",
        "",
    ),
    "instalments that do not fill the term": (
        ("months = 60, grace", "months = 61, grace"),
        "months = 61",
        "debt.ddtl.amortisation.months",
        "a whole number of instalments, one every 3 months",
        "",
    ),
    "balance sheet that does not balance": (
        ("\ncash_usd = 25_000_000", "\ncash_usd = 25_000_000.01"),
        "[balance]",
        "balance",
        "assets = liabilities + equity, to the cent",
        "",
    ),
    "receivables that do not add up": (
        ("{ amount_usd = 2_400_000,", "{ amount_usd = 2_400_000.01,"),
        "receivables_usd",
        "balance.receivables_usd",
        "the sum of receivables.invoices",
        "",
    ),
    "live tranche without GPUs in service": (
        ("gpus = 1_500, start", "gpus = 2_500, start"),
        "gpus = 2_500",
        "contracts.first.tranches.0.gpus",
        "at most the 2,000 that [assets] has",
        "",
    ),
    "fleet larger than its site": (
        ("{ it_mw = 3,", "{ it_mw = 2,"),
        "gpus = 2_000",
        "assets.h100_fleet.gpus",
        "at most the 2 MW",
        "",
    ),
    "start before the as-of day": (
        ("gpus = 2_000, start = 2026-08-01", "gpus = 2_000, start = 2025-12-01"),
        "start = 2025-12-01",
        "contracts.second.tranches.0.start",
        "a start after 2025-12-31",
        "",
    ),
    "price and value at once": (
        ("start = 2026-10-01,", "start = 2026-10-01, value_usd = 5,"),
        "value_usd = 5",
        "contracts.second.tranches.1.value_usd",
        "not both",
        "",
    ),
    "both kinds of prepayment": (
        ("prepayment = { share = 0.15,", "prepayment = { share = 0.15, amount_usd = 5,"),
        "amount_usd = 5",
        "contracts.second.prepayment",
        "exactly one of share, amount_usd",
        "",
    ),
    "waterfall without a step": (
        ('"fees", "interest",', '"fees",'),
        "waterfall",
        "operator.waterfall",
        "every step; revolver, sweep and trap are optional",
        "",
    ),
    "source of money named twice": (
        ('"cash", "revolver"]', '"cash", "cash"]'),
        "funding_order",
        "operator.funding_order.3",
        "each name once",
        "",
    ),
    "curve out of order": (
        ("{ date = 2027-12-31, rate", "{ date = 2025-12-31, rate"),
        "curve",
        "rates.curve.1.date",
        "a date after 2025-12-31",
        "",
    ),
    "name with a sign": (
        ("[overheads.sales]", '[overheads."sales=eu"]'),
        "sales=eu",
        'overheads."sales=eu"',
        "a name without = * @ < >",
        "",
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_a_mistake_is_placed_and_explained(spoiled, name):
    edit, words, key, expected, near = CASES[name]
    path = spoiled.write(edit)
    with pytest.raises(ScenarioError) as caught:
        load(path)
    mistake = next(m for m in caught.value.mistakes if m.key == key)
    assert mistake.file == path
    assert mistake.line == spoiled.line_of(words)
    assert expected in mistake.expected
    assert mistake.nearest == near
    assert f"{path}:{mistake.line}:" in str(caught.value)


def test_a_key_with_the_wrong_unit_is_one_mistake_not_two(spoiled):
    path = spoiled.write(("capex_usd_per_gpu = 31_000", "capex_kusd_per_gpu = 31"))
    with pytest.raises(ScenarioError) as caught:
        load(path)
    assert [m.key for m in caught.value.mistakes] == ["gpus.H100.capex_kusd_per_gpu"]


def test_all_mistakes_are_told_at_once(spoiled):
    path = spoiled.write(
        ("pue = 1.25", "pue = 0.9"),
        ("it_kw_per_gpu = 1.4", "it_kw_per_gpu = true"),
        ('facility = "ddtl"\nprepayment', 'facility = "dddtl"\nprepayment'),
        ("2028 = 8_000_000 }", "2028 = 7_000_000 }"),
    )
    with pytest.raises(ScenarioError) as caught:
        load(path)
    assert {m.key for m in caught.value.mistakes} == {
        "sites.alpha.pue",
        "gpus.H100.it_kw_per_gpu",
        "contracts.second.facility",
        "debt.ddtl.opening.repayments",
    }


def test_a_covenant_on_a_facility_that_does_not_exist_names_the_nearest_one(spoiled):
    path = spoiled.write(more="\n[debt.ddtl1.covenants]\ndscr = { minimum = 1.4 }\n")
    with pytest.raises(ScenarioError) as caught:
        load(path)
    mistake = next(m for m in caught.value.mistakes if m.key == "debt.ddtl1")
    assert mistake.file == path
    assert mistake.line == spoiled.line_of("[debt.ddtl1.covenants]")
    assert mistake.expected == "the name of a complete [debt] table"
    assert mistake.nearest == "ddtl"


def test_an_opening_sheet_names_both_figures_and_the_difference(spoiled):
    path = spoiled.write(("\nloans_usd = 30_000_000", "\nloans_usd = 30_000_100"))
    with pytest.raises(ScenarioError) as caught:
        load(path)
    loans = next(m for m in caught.value.mistakes if m.key == "balance.loans_usd")
    assert "USD 30,000,100.00" in loans.found
    assert "USD 30,000,000.00" in loans.found
    assert "difference USD 100.00" in loans.found


@pytest.mark.parametrize(
    ("text", "line"),
    [("a = 1\nb = \n", 2), ("a = 1\na = 2\n", 2), ("[t]\nx = {a = 1\n", 2), ('x = "unclosed', 1)],
)
def test_bad_syntax_has_a_line(tmp_path, text, line):
    path = tmp_path / "bad.toml"
    path.write_text(text)
    with pytest.raises(ScenarioError) as caught:
        load(str(path))
    (mistake,) = caught.value.mistakes
    assert mistake.file == str(path)
    assert (mistake.line, bool(mistake.expected)) == (line, True)


@pytest.mark.parametrize("content", [b"\xff\xfe", b"x = " + b"[" * 5000])
def test_a_file_that_is_no_text_is_one_mistake(tmp_path, content):
    path = tmp_path / "bad.toml"
    path.write_bytes(content)
    with pytest.raises(ScenarioError) as caught:
        load(str(path))
    assert len(caught.value.mistakes) == 1


def test_a_missing_file_names_the_nearest_one(tmp_path, spoiled):
    spoiled.write()
    with pytest.raises(ScenarioError) as caught:
        load(str(tmp_path / "modle.toml"))
    (mistake,) = caught.value.mistakes
    assert mistake.nearest.endswith("model.toml")


def test_a_folder_or_pipe_is_not_its_own_nearest_file(tmp_path):
    (tmp_path / "model.toml").mkdir()
    os.mkfifo(tmp_path / "pipe.toml")
    for name, found in (("model.toml", "a folder"), ("pipe.toml", "a pipe")):
        with pytest.raises(ScenarioError) as caught:
            load(str(tmp_path / name))
        (mistake,) = caught.value.mistakes
        assert (mistake.found, mistake.nearest) == (found, "")


def test_a_table_that_is_a_number_or_missing_is_told_its_keys(tmp_path):
    path = tmp_path / "model.toml"
    path.write_text('extends = "single-site"\n[defaults]\nother = 0.02\n')
    told = {one.key: one for one in check(str(path))}
    keys = "a table of glut, balanced, scarce"
    assert told["defaults.other"].expected == f"{keys} [1/year]"
    assert told["defaults.investment-grade"].expected.endswith(f": {keys}")
    path.write_text('extends = "single-site"\noverheads = 3\n')
    (mistake,) = check(str(path))
    assert (mistake.found, mistake.expected) == ("3", "a table [tables]")


def test_a_day_that_the_calendar_lacks_is_named(tmp_path):
    """30 February, at its place in a file and by its key in a setting; 29 of it in 2028 is one."""
    path = tmp_path / "model.toml"
    path.write_text('extends = "single-site"\n[overheads.office]\nuntil = 2028-02-30\n')
    (mistake,) = check(str(path))
    assert (mistake.line, mistake.column) == (3, 9)
    day = ("2028-02-30", "a day of the calendar, such as 2026-03-31")
    assert (mistake.found, mistake.expected) == day
    until = "overheads.office.until={}"
    with pytest.raises(ScenarioError) as caught:
        load("single-site", sets=[until.format("2028-02-30")])
    (mistake,) = caught.value.mistakes
    assert (mistake.key, mistake.found, mistake.expected) == ("overheads.office.until", *day)
    line = load("single-site", sets=[until.format("2028-02-29")]).overheads["office"]
    assert line.until == dt.date(2028, 2, 29)


def test_an_unknown_bundled_name_names_the_nearest_one():
    with pytest.raises(ScenarioError) as caught:
        load("single-sight")
    (mistake,) = caught.value.mistakes
    assert mistake.nearest == "single-site"


@pytest.mark.parametrize(
    ("text", "key", "expected", "near"),
    [
        ("[contracts.a]\nprice = 3", "contracts.a.price", "price_", "price_usd_per_gpu_hour"),
        ("[debt.ddtl]\ndscr = 1.2", "debt.ddtl.dscr", "dscr [", "covenants.dscr"),
        ("[equity]\namount = 6", "equity.amount", "a table [equity.NAME]", ""),
    ],
)
def test_a_key_in_the_wrong_place_is_shown_the_right_one(tmp_path, text, key, expected, near):
    """A unit left out, a covenant among a loan's terms, a key where a name belongs."""
    path = tmp_path / "model.toml"
    path.write_text(f'extends = "single-site"\n{text}\n')
    (mistake,) = [one for one in check(str(path)) if one.key == key]
    assert mistake.expected.startswith(expected)
    assert mistake.nearest == near
