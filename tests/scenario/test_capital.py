"""An option of capital: what it may say, and that what it raises stands against something."""

from __future__ import annotations

import re
from pathlib import Path

import polars as pl
import pytest

from gpusim.economics.books.statements import line
from gpusim.experiments.run import points
from gpusim.experiments.run.points import Point
from gpusim.results.verdict import equity
from gpusim.scenario import ScenarioError, bundled_names, check_sources, load
from gpusim.scenario.paths import parse_path
from gpusim.scenario.starting import capital as laying
from tests.cases.reading import gpusim

MODELS = Path(__file__).parents[2] / "models"
HEAD = '[capital]\ntitle = "An option"\nreason = "To see"\n'
SHARES = (
    "[operator]\nshares_outstanding = 70_000_000\n"
    "[opening_equity]\namount_usd = 200_000_000\nprice_usd_per_share = 10\ncosts_usd = 4_000_000\n"
)
NOTES = """
[debt.new]
kind = "notes"
margin = 0.09
maturity = 2032-06-30
[debt.new.opening]
principal_usd = 100_000_000
discount_usd = 2_000_000
every_months = 6
repayments = { "2032" = 100_000_000 }
"""


@pytest.fixture
def written(tmp_path):
    def write(text, head=HEAD):
        path = tmp_path / "option.toml"
        path.write_text(head + text)
        return str(path)

    return write


def opening(capital, model="single-site", sets=()):
    """A line of the opening balance sheet [cents], and the lowered model."""
    prepared = points.prepare(Point(model, sets=sets, capital=capital))
    ledger = prepared.book.state.ledger[None]
    return lambda name: int(line(ledger, name)[0, 0]), prepared


@pytest.mark.parametrize("name", bundled_names("capital"))
def test_bundled_options_are_explained_and_fit_the_tutorial(name):
    assert check_sources(load("single-site", capital=name), strict=True) == []


OF_BEFORE = ("coreweave-2025q1",)
"""Models of a day before the newest source of a bundled option."""


@pytest.mark.parametrize("model", sorted(set(bundled_names("operators")) - set(OF_BEFORE)))
@pytest.mark.parametrize("name", bundled_names("capital"))
def test_what_an_option_explains_stands_for_what_the_model_said(name, model):
    """A model may have shares, a share price and balance lines with sources of its own."""
    assert check_sources(load(model, capital=name), strict=True) == []


def test_shares_that_a_model_states_are_how_many_there_are():
    """20m new shares of the 497.886m that CoreWeave has, not of the 70m of the bundled file."""
    scenario = load("coreweave-2025q4", capital="equity")
    assert scenario.operator.shares_outstanding == 497_886_000
    assert scenario.opening_equity.shares == 20_000_000
    assert load("single-site", capital="equity").operator.shares_outstanding == 70_000_000


def test_new_shares_are_cash_and_paid_in_capital_of_the_first_day(written):
    """700 of cash and 200 of new shares less 4 of costs: 896, all of it equity."""
    told, prepared = opening(written(SHARES))
    assert (told("cash"), told("equity"), told("paid_in_capital")) == (89_600_000_000,) * 3
    assert told("debt_principal") == 0
    firm = prepared.book.state.firm[0]
    assert (firm.shares, firm.shares_issued) == (90_000_000, 20_000_000)


def test_a_price_that_binary_fractions_miss_buys_all_its_shares(written):
    """1.1m at 1.10 are 1,000,000 new shares on the first day; 2.2m in August 2026 as many more."""
    text = SHARES.replace("200_000_000", "1_100_000").replace("share = 10", "share = 1.10")
    text = text.replace("costs_usd = 4_000_000", "costs_usd = 0")
    later = "equity.more={date=2026-08-10, amount_usd=2.2e6, costs_usd=0, price_usd_per_share=2.2}"
    prepared = points.prepare(Point("single-site", sets=(later,), capital=written(text)))
    assert prepared.book.state.firm[0].shares_issued == 1_000_000
    issued = prepared.read(points.play(prepared, 1, range(2)), [prepared.figure("shares_issued")])
    assert issued[0].figures.tolist() == [2_000_000, 2_000_000]


def test_more_equity_is_never_free(written):
    """What shareholders put in rises by what they pay, to the cent, and shares by what they get.

    The multiple of a firm whose new cash lies idle, at no yield, is (E + 196) / (700 + 196).
    """
    no_interest = ("rates.curve=[{date=2026-06-30, rate=0}]", "rates.volatility_per_year=0")
    sets = ("model.quarters=3", "operator.cash_yield_margin=0", *no_interest)
    told = {}
    for capital in (None, written(SHARES)):
        prepared = points.prepare(Point("single-site", sets=sets, capital=capital))
        panel = points.play(prepared, 1, range(4))
        told[capital is not None] = equity.of_panel(panel)
        figures = prepared.read(panel, [prepared.figure("dilution")])[0].figures
        assert figures.tolist() == [20 / 90 if capital else 0] * 4
    before, after = told[False], told[True]
    assert (before.paid_in == 70_000_000_000).all()
    assert (after.paid_in == 89_600_000_000).all()
    assert (after.multiple == (before.value + 19_600_000_000) / 89_600_000_000).all()


def test_a_debt_of_the_first_day_brings_what_its_lender_pays_out(written):
    """100 of notes at a discount of 2 bring 98; equity stays what it is."""
    told, _ = opening(written(NOTES))
    assert told("cash") == 79_800_000_000
    assert (told("debt_principal"), told("equity")) == (10_000_000_000, 70_000_000_000)


@pytest.mark.parametrize(
    ("sets", "cash", "owed", "equity"),
    [
        (
            (
                "debt.new.opening.principal_usd=150_000_000",
                'debt.new.opening.repayments={"2032"=150_000_000}',
            ),
            848,
            150,
            700,
        ),
        (("debt.new.opening.discount_usd=5_000_000",), 795, 100, 700),
        (
            ("balance.cash_usd=500_000_000", "balance.paid_in_capital_usd=500_000_000"),
            598,
            100,
            500,
        ),
    ],
)
def test_cash_of_a_debt_follows_what_is_lent(written, sets, cash, owed, equity):
    """700 and 150 less 2; 700 and 100 less 5; 500 and 100 less 2. It is never equity [USD m]."""
    told, _ = opening(written(NOTES), sets=sets)
    found = [told(line) for line in ("cash", "debt_principal", "equity")]
    assert found == [amount * 100_000_000 for amount in (cash, owed, equity)]


def test_a_key_that_an_option_lacks_is_told_by_its_line_and_by_settings_of_its_table_alone(written):
    """Its own lines are no changes that may be behind it."""
    short = written(NOTES.replace("principal_usd = 100_000_000\n", ""))
    for sets, after in (
        ((), ""),
        (("debt.new.margin=0.03",), " (after --set debt.new.margin=0.03)"),
    ):
        with pytest.raises(ScenarioError) as caught:
            load("single-site", capital=short, sets=sets)
        (one,) = (m for m in caught.value.mistakes if m.key == "debt.new.opening.principal_usd")
        assert (one.file, one.found) == (short, f"nothing{after}")


BALANCE = """
[assumptions.balance]
reason = "as in the tutorial"
relative = 0.1
"""


def test_a_model_may_explain_its_balance_sheet_in_one(written, tmp_path):
    """What the notes add to its only line leaves that line's own reason a reason of something."""
    path = tmp_path / "model.toml"
    path.write_text(
        'extends = "single-site"\n[balance]\ncash_usd = 700_000_000\n'
        "paid_in_capital_usd = 700_000_000\n" + BALANCE
    )
    explained = '[assumptions."debt.new"]\nreason = "To see"\nrelative = 0.1\n'
    capital = written(NOTES + explained)
    for strict in (True, False):
        assert check_sources(load(str(path), capital=capital), strict=strict) == []


def test_lines_that_a_model_states_move_with_what_is_lent(written):
    """CoreWeave states its notes and their discount: both ties hold with 100 and 2 more."""
    before, after = (load("coreweave-2025q4", capital=c).balance for c in (None, written(NOTES)))
    moved = {
        key: round(getattr(after, key) - getattr(before, key), 2)
        for key in type(after).model_fields
        if getattr(after, key) != getattr(before, key)
    }
    assert moved == {"cash_usd": 98e6, "notes_usd": 100e6, "debt_discount_usd": 2e6}


def test_an_option_may_do_without_the_models_loan(written):
    text = '[contracts.anchor]\nfacility = ""\n'
    head = HEAD + 'without = ["ddtl"]\n'
    scenario = load("single-site", capital=written(text, head))
    assert scenario.debt == {}
    assert scenario.loan_share("anchor") == 0
    assert check_sources(scenario, strict=True) == []


def test_a_strategy_a_shock_and_a_setting_stand_over_it(written):
    capital = written("[debt.ddtl]\nmargin = 0.03\ncommitment_usd = 1_900_000_000\n")
    scenario = load("single-site", capital=capital, sets=["debt.ddtl.margin=0.04"])
    assert (scenario.debt["ddtl"].margin, scenario.debt["ddtl"].commitment_usd) == (0.04, 1.9e9)


@pytest.mark.parametrize(
    ("text", "key", "said"),
    [
        ("[balance]\ncash_usd = 900_000_000\n", "balance", "against one of them"),
        ("[opening_equity]\namount_usd = 1e8\n", "opening_equity.price_usd_per_share", "USD/share"),
        (
            "[opening_equity]\namount_usd = 1e8\nprice_usd_per_share = 10\n",
            "operator.shares_outstanding",
            "the shares there are before",
        ),
        ("[sites.alpha]\npue = 1.1\n", "sites", "unknown key"),
        ("[operator]\nminimum_cash_usd = 0\n", "operator.minimum_cash_usd", "unknown key"),
        ("[contracts.anchor]\nterm_months = 72\n", "contracts.anchor.term_months", "unknown key"),
        ("[contracts.ancor]\nfacility = ''\n", "contracts.ancor", "none of the model's"),
        ("[debt.ddtl]\ncommitment = 1e9\n", "debt.ddtl.commitment", "unknown key"),
        ("[debt.ddtl]\nmargin = 2.25\n", "debt.ddtl.margin", "a fraction, not a percentage"),
        (
            NOTES.replace("every_months", "accrued_interest_usd = 1\nevery_months"),
            "debt.new.opening.accrued_interest_usd",
            "before it is lent",
        ),
        (NOTES.replace('"notes"', '"vendor"'), "debt.new.opening", "who pays for hardware"),
        (
            "[equity.gift]\ndate = 2026-07-01\namount_usd = 1e8\n",
            "equity.gift.price_usd_per_share",
            "the issue price",
        ),
        (
            "[debt.ddtl]\nmargin = 0.03\n"
            '[assumptions."contracts.anchor.price_usd_per_gpu_hour"]\nreason = "forged"\n',
            'assumptions."contracts.anchor.price_usd_per_gpu_hour"',
            "does not state",
        ),
        (
            '[debt.ddtl]\nmargin = 0.03\n[sources]\n"debt.ddtl" = "forged"\n',
            'sources."debt.ddtl"',
            "does not state",
        ),
        (
            '[debt.ddtl]\nmargin = 0.03\n[sources]\n"debt.new" = "none"\n',
            'sources."debt.new"',
            "matches no number",
        ),
    ],
)
def test_what_is_no_financing_or_stands_against_nothing_is_refused(written, text, key, said):
    with pytest.raises(ScenarioError) as caught:
        load("single-site", capital=written(text))
    told = [m for m in caught.value.mistakes if m.key == key]
    assert told, [str(m) for m in caught.value.mistakes]
    assert said in str(told[0])


@pytest.mark.parametrize("table", ["contracts", "orders", "debt", "balance", "sources"])
@pytest.mark.parametrize(
    "text",
    [
        '[contracts.anchor]\nfacility = ""\n',
        '[orders.spot]\nfacility = ""\n',
        NOTES,
        NOTES.replace('"notes"', '["notes"]'),
        "[debt.new]\nopening = 3\n",
        "[debt.new]\nopening = { principal_usd = nan }\n",
        '[assumptions."debt.ddtl.margin"]\nreason = "x"\n[debt.ddtl]\nmargin = 0.03\n',
        '[sources]\n"[[[" = "none"\n',
    ],
)
def test_what_is_no_table_is_told_as_a_mistake(written, tmp_path, table, text):
    """Of the model, where the option reaches into it, and of the option itself."""
    bundled = MODELS / "operators" / "single-site.toml"
    kept = re.sub(rf"(?ms)^\[{table}\b[^\n]*\n.*?(?=^\[|\Z)", "", bundled.read_text())
    path = tmp_path / "model.toml"
    path.write_text(f"{table} = 3\n{kept}")
    with pytest.raises(ScenarioError):
        load(str(path), capital=written(text))
    path.write_text(f"{kept}\n[{table}]\nddtl = 3\nanchor = 3\n")
    with pytest.raises(ScenarioError):
        load(str(path), capital=written(text, f'{HEAD}without = ["ddtl"]\n'))


def test_what_an_option_explains_is_looked_up_once(written, monkeypatch):
    """With 200 entries of each, a path is read a few times an entry, not once for every other."""
    read = []
    monkeypatch.setattr(laying, "parse_path", lambda text: read.append(text) or parse_path(text))
    names = [f"n{n}" for n in range(200)]
    debts = "".join(NOTES.replace("debt.new", f"debt.{name}") for name in names)
    entries = "".join(f'[assumptions."debt.{name}"]\nreason = "x"\n' for name in names)
    load("single-site", capital=written(debts + entries))
    assert 400 <= len(read) < 10 * (200 + 100)


def test_what_is_owed_on_the_first_day_stays_owed(written):
    name = next(n for n, d in load("coreweave-2025q4").debt.items() if d.opening)
    again = NOTES.replace("debt.new", f"debt.{name}")
    with pytest.raises(ScenarioError, match="is owed already"):
        load("coreweave-2025q4", capital=written(again))
    with pytest.raises(ScenarioError, match="owed on the as-of day"):
        load("coreweave-2025q4", capital=written("", f'{HEAD}without = ["{name}"]\n'))
    with pytest.raises(ScenarioError, match="nearest valid name: ddtl"):
        load("single-site", capital=written("", HEAD + 'without = ["dtl"]\n'))


def test_an_option_that_is_no_file_names_the_bundled_ones():
    with pytest.raises(ScenarioError, match="one of the bundled options of capital"):
        load("single-site", capital="banc")


def test_commands_take_an_option_and_its_folder_keeps_it(written, tmp_path):
    """Its text is kept with the run, so that verify needs the file no more."""
    path = written(SHARES)
    words = ("single-site", "--capital", path, "--set", "model.quarters=1")
    done = gpusim("models", "check", *words)
    assert (done.returncode, "can be run, with" in done.stdout) == (0, True), done.stderr
    out = str(tmp_path / "run")
    done = gpusim("run", *words, "--reps", "2", "--events", "1", "-q", "--out", out)
    assert done.returncode == 0, done.stderr
    Path(path).unlink()
    assert gpusim("runs", "verify", out, "-q").returncode == 0
    assert gpusim("replay", out).returncode == 0
    kept = pl.read_parquet(f"{out}/outcomes.parquet")
    assert kept["dilution"].to_list() == [20 / 90] * 2


def test_points_of_a_sweep_share_an_option_and_its_amount_may_vary(written, tmp_path):
    """Shares sold for 100 and 200 at 10 USD: 10m and 20m of them."""
    vary = ("--vary", "opening_equity.amount_usd=1e8,2e8", "--metric", "shares_issued")
    out = str(tmp_path / "sweep")
    words = ("single-site", "--capital", written(SHARES), "--set", "model.quarters=1", *vary)
    done = gpusim("sweep", *words, "--reps", "2", "-q", "--out", out)
    assert done.returncode == 0, done.stderr
    assert gpusim("runs", "verify", out, "-q").returncode == 0
    results = pl.read_parquet(f"{out}/results.parquet").filter(metric="shares_issued")
    assert results["mean"].to_list() == [10_000_000, 20_000_000]
