"""An option of capital in every question: its answers are those of a model that has it in its file.

The option sells 10m new shares at 10 USD and does nothing else; in the file of the model stand the
same shares by hand.
"""

from __future__ import annotations

import dataclasses
import io
import json
from pathlib import Path

import pytest
from rich.console import Console

import gpusim
from gpusim.experiments.common.inputs import standing
from gpusim.reports.pages import headline
from gpusim.reports.printed import bridge_report, sensitivity_report, solve_report
from gpusim.reports.units import units_report
from gpusim.results.stored.opened import open_run
from gpusim.scenario import ScenarioError
from tests.cases import reading
from tests.scenario.test_capital import NOTES

SHORT = "model.quarters=2"
HEAD = '[capital]\ntitle = "Shares: 10m at 10 USD"\nreason = "To see"\n'
OPERATOR = "[operator]\nshares_outstanding = 70_000_000\n"
ISSUE = "[opening_equity]\namount_usd = 100_000_000\nprice_usd_per_share = 10\n"
SINGLE_SITE = Path(__file__).parents[2] / "models" / "operators" / "single-site.toml"
TARIFF = "sites.*.tariff_usd_per_kwh=0.05:0.40"


@pytest.fixture(scope="module")
def option(tmp_path_factory):
    """A file of the option."""
    path = tmp_path_factory.mktemp("option") / "shares.toml"
    path.write_text(HEAD + OPERATOR + ISSUE)
    return str(path)


@pytest.fixture(scope="module")
def by_hand(tmp_path_factory):
    """The model with the same shares in its own file."""
    text = SINGLE_SITE.read_text()
    assert text.count("[operator]\n") == 1
    path = tmp_path_factory.mktemp("by-hand") / "single-site.toml"
    path.write_text(text.replace("[operator]\n", OPERATOR) + "\n" + ISSUE)
    return str(path)


@pytest.fixture
def both(option, by_hand):
    """Model and option: apart, and in one file."""
    return {"apart": ("single-site", option), "in one": (by_hand, None)}


def tables(answer) -> dict[str, list[tuple]]:
    """All that an answer's folder says in figures."""
    names = sorted(file.stem for file in answer.path.glob("*.parquet"))
    return {
        name: open_run(str(answer.path)).table(name).rows() for name in names if name != "sources"
    }


def test_the_scenario_is_that_of_the_file_by_hand(both):
    (model, option), (written, _) = both["apart"], both["in one"]
    assert gpusim.load(model, capital=option).hash() == gpusim.load(written).hash()
    assert gpusim.load(model).hash() != gpusim.load(written).hash()


@pytest.mark.parametrize("metric", ["equity", "dilution"])
def test_a_sensitivity_is_that_of_the_file_by_hand(both, metric, tmp_path):
    found = {
        name: gpusim.sensitivity(
            model, capital=own, vary=TARIFF, metric=metric, reps=4, sets=SHORT, out=tmp_path / name
        )
        for name, (model, own) in both.items()
    }
    assert tables(found["apart"]) == tables(found["in one"])
    assert found["apart"].verify().same
    plain = gpusim.sensitivity(
        "single-site", vary=TARIFF, metric=metric, reps=4, sets=SHORT, out=tmp_path / "plain"
    )
    assert tables(plain) != tables(found["apart"])


def test_shares_that_are_sold_are_an_input_of_a_sensitivity(option, tmp_path):
    """By hand: 10m new shares at 10 USD beside 70m are an eighth; at 5 USD 20m, two ninths."""
    found = gpusim.sensitivity(
        "single-site",
        capital=option,
        vary="opening_equity.price_usd_per_share=5:10",
        metric="dilution",
        reps=2,
        sets=SHORT,
        out=tmp_path / "price",
    )
    low, high = found.bars().sort("end", descending=True)["change"]
    assert (low, high) == (pytest.approx(2 / 9 - 1 / 8, abs=1e-12), 0)


def test_a_break_even_is_that_of_the_file_by_hand(both, tmp_path):
    found = {
        name: gpusim.solve(
            model,
            TARIFF,
            "equity_cash<800e6",
            along="tax.rate=0.1:0.3:2",
            capital=own,
            reps=10,
            sets=SHORT,
            out=tmp_path / name,
        )
        for name, (model, own) in both.items()
    }
    assert tables(found["apart"]) == tables(found["in one"])
    assert found["apart"].verify().same


def test_the_amount_of_new_shares_at_which_owners_have_a_given_part(option, tmp_path):
    """By hand: of 70m shares a tenth more than all are new with 70/9m, sold for 77.8m at 10 USD."""
    found = gpusim.solve(
        "single-site",
        "opening_equity.amount_usd=50e6:200e6",
        "dilution>0.1",
        capital=option,
        reps=10,
        sets=SHORT,
        out=tmp_path / "part",
    )
    (row,) = found.breakevens().rows(named=True)
    assert row["low"] <= 700e6 / 9 <= row["high"]


def test_unit_economics_are_those_of_the_file_by_hand(both):
    found = {name: gpusim.units(model, capital=own) for name, (model, own) in both.items()}
    for table in ("rows", "reasons", "dscr", "years", "lender"):
        apart, in_one = (getattr(found[name], table)().rows() for name in both)
        assert apart == in_one


def test_an_option_of_lenders_moves_what_units_tell_of_loans_alone():
    """The bank lends 2.2bn, not 2bn: a tenth more, at a quarter of a point more."""
    plain, bank = (gpusim.units("single-site", capital=own).rows() for own in (None, "bank"))
    assert (plain["loan"][0], bank["loan"][0]) == (2e9, 2.2e9)
    assert bank["advance_share"][0] == pytest.approx(1.1 * plain["advance_share"][0])
    assert bank["interest_cost"][0] > 1.1 * plain["interest_cost"][0]
    for name in ("rent_price", "power_cost", "irr_unlevered", "npv", "price_at_hurdle"):
        assert plain[name].to_list() == bank[name].to_list()


def test_a_bridge_from_a_model_to_the_same_with_an_option(option):
    """100m of shares that cost nothing, and no more than 5% a year of interest on them."""
    asked = {"metric": "equity@2026Q3", "sets": SHORT, "reps": 2}
    there = gpusim.bridge("single-site", to_capital=option, **asked).found
    (part,) = there.parts
    assert 100e8 <= part.amount < 100e8 * (1 + 0.05 / 4)
    assert there.start + part.amount == there.end
    both_ends = gpusim.bridge("single-site", capital="equity", to_capital=option, **asked).found
    assert str(both_ends.parts[0].cause) == f"capital equity -> {option}"
    assert both_ends.end == there.end
    shared = gpusim.bridge("single-site", capital=option, to_sets="tax.rate=0.3", **asked).found
    assert shared.start == there.end


def test_a_bridge_to_a_model_without_the_option_of_its_first_end(option):
    """The same two ends the other way round: what the shares bring is gone at the second."""
    asked = {"metric": "equity@2026Q3", "sets": SHORT, "reps": 2}
    there = gpusim.bridge("single-site", to_capital=option, **asked).found
    back = gpusim.bridge("single-site", capital=option, to_capital="none", **asked).found
    assert (back.start, back.end) == (there.end, there.start)
    assert [str(part.cause) for part in back.parts] == [f"capital {option} -> none"]
    both = {"strategy": "hold-to-zero", "capital": option}
    left = gpusim.bridge("single-site", to_strategy="none", **both, **asked).found
    assert [str(part.cause) for part in left.parts] == ["strategy hold-to-zero -> none"]
    assert left.end == there.end


def test_an_option_that_changes_nothing_is_told_wherever_it_is_named(option, by_hand, tmp_path):
    """A head alone; shares alone, where the model states how many there are."""
    idle = ", which changes nothing of the model"
    for n, (model, text) in enumerate([("single-site", ""), (by_hand, OPERATOR)]):
        path = tmp_path / f"{n}.toml"
        path.write_text(HEAD + text)
        told = gpusim.load(model, capital=str(path)).financed
        assert told == f"{path} (Shares: 10m at 10 USD){idle}"
    assert gpusim.load("single-site", capital=str(path)).financed == told.removesuffix(idle)
    assert idle not in gpusim.load("single-site", capital=option).financed


def test_two_equal_ends_of_a_bridge_are_told(option, tmp_path):
    """Nothing asked for at the second end; the value that stands there; an option without effect"""
    path = tmp_path / "idle.toml"
    path.write_text(HEAD)
    rate = gpusim.load("single-site").tax.rate
    asked = {"metric": "revenue", "sets": SHORT, "reps": 2}
    console = Console(file=io.StringIO(), width=100)
    for second in ({"to_capital": "none"}, {"to_sets": f"tax.rate={rate}"}, {"to_capital": path}):
        found = gpusim.bridge("single-site", **asked, **{k: str(v) for k, v in second.items()})
        assert found.found.start == found.found.end
        bridge_report.show(found.found, console)
        assert "both ends are the same scenario" in console.file.getvalue()
        console.file = io.StringIO()
        assert json.loads(bridge_report.text(found.found))["same_scenario"]
    bridge_report.show(gpusim.bridge("single-site", to_capital=option, **asked).found, console)
    assert "both ends are the same scenario" not in console.file.getvalue()


def test_folders_take_no_option_beside_their_own(tmp_path):
    for name in ("a", "b"):
        gpusim.run("single-site", reps=2, sets="model.quarters=1", out=tmp_path / name)
    ends = str(tmp_path / "a"), str(tmp_path / "b")
    for laid in ({"capital": "bank"}, {"to_capital": "bank"}, {"to_capital": "none"}):
        with pytest.raises(ScenarioError, match=r"both kinds of ends.*--to-capital"):
            gpusim.bridge(*ends, **laid)


def test_a_folder_keeps_its_option_and_the_screen_tells_its_title(option, tmp_path, capsys):
    told = f"{option} (Shares: 10m at 10 USD)"
    asked = {"capital": option, "sets": SHORT}
    tornado = gpusim.sensitivity(
        "single-site", vary=TARIFF, reps=2, out=tmp_path / "tornado", **asked
    )
    assert json.loads((tornado.path / "manifest.json").read_text())["capital"] == option
    assert headline.changes(open_run(str(tornado.path)).manifest)[0] == f"capital {option}"
    assert told in "\n".join(line.plain for line in sensitivity_report.header(tornado.found))
    assert json.loads(sensitivity_report.text(tornado.found, None))["capital"] == told
    one = dataclasses.replace(tornado.found, refused=1)
    head = [line.plain for line in sensitivity_report.header(one)]
    assert head[1].startswith("1 input, 3 points x 2 replications")
    assert head[-1] == "1 point cannot be simulated and is left out"
    break_even = gpusim.solve(
        "single-site", TARIFF, "revenue<0", reps=10, out=tmp_path / "solved", **asked
    )
    (found,) = break_even.found
    assert json.loads(solve_report.text([found], None))["conditions"][0]["capital"] == told
    bridged = gpusim.bridge("single-site", to_capital=option, sets=SHORT, reps=2).found
    assert json.loads(bridge_report.text(bridged))["capital"] == [told]
    units = gpusim.units("single-site", **asked).found
    assert json.loads(units_report.text(units))["capital"] == told


def test_a_folder_is_made_again_from_what_it_keeps(tmp_path):
    """The text of the option is in the folder: its file may be gone, or say something else."""
    option = tmp_path / "shares.toml"
    option.write_text(HEAD + OPERATOR + ISSUE)
    tornado = gpusim.sensitivity(
        "single-site", vary=TARIFF, reps=2, sets=SHORT, capital=str(option), out=tmp_path / "t"
    )
    break_even = gpusim.solve(
        "single-site",
        TARIFF,
        "revenue<0",
        reps=10,
        sets=SHORT,
        capital=str(option),
        out=tmp_path / "s",
    )
    option.write_text(HEAD + OPERATOR + ISSUE.replace("100_", "300_"))
    assert tornado.verify().same
    option.unlink()
    assert break_even.verify().same


def test_a_run_is_replayed_and_explained_with_its_option(option, tmp_path):
    """By hand: 700m paid in so far and 100m of new shares are there when the quarter opens."""
    run = gpusim.run("single-site", reps=1, sets=SHORT, capital=option, out=tmp_path / "run")
    assert run.replay(0).lines
    told = run.explain("paid_in_capital", "2026Q3")
    assert told.before == 800_000_000_00


FEW = ("--reps", "100", "--most", "100", "--metric", "revenue")


@pytest.mark.parametrize(
    "words",
    [
        ("sensitivity", "single-site", "--vary", TARIFF, "--reps", "2"),
        ("solve", "single-site", "--for", TARIFF, "--until", "revenue<0", "--reps", "10"),
        ("bridge", "single-site", "--to-set", "tax.rate=0.3", "--reps", "2"),
        ("units", "single-site"),
        ("run", "single-site", "--reps", "2"),
        ("run", "single-site", "--reps", "2", "--full"),
        ("sweep", "single-site", "--vary", "tax.rate=0.2,0.3", "--reps", "2"),
        ("compare", "single-site", "--strategy", "none", "--strategy", "hold-to-zero", *FEW),
    ],
)
def test_commands_take_it_and_tell_its_title(words, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    done = reading.gpusim(*words, "--capital", "equity", "--set", SHORT)
    assert done.returncode == 0, done.stderr
    told = " ".join(done.stdout.split())  # wherever its lines are broken
    assert "capital equity (Equity: 200m of new shares at 10 USD)" in told
    wrong = reading.gpusim(*words, "--capital", "equty")
    assert wrong.returncode == 2
    assert "nearest valid name: equity" in wrong.stderr


def test_what_stands_on_a_line_that_notes_are_put_on_is_the_models_own(tmp_path):
    """A setting of cash is cash before what notes bring: that is what a range of it is about."""
    path = tmp_path / "notes.toml"
    path.write_text(HEAD + NOTES)
    scenario = gpusim.load("single-site", capital=str(path))
    own = gpusim.load("single-site").balance.cash_usd
    assert scenario.balance.cash_usd == own + 98_000_000
    assert standing("balance.cash_usd", scenario) == own
    again = gpusim.load("single-site", capital=str(path), sets=f"balance.cash_usd={own}")
    assert again.balance.cash_usd == scenario.balance.cash_usd


def test_a_metric_of_one_end_alone_is_refused_by_the_end_that_lacks_it(tmp_path, monkeypatch):
    """The loan of an option is no loan of the model as it is, at whichever end it stands."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "notes.toml").write_text(HEAD + NOTES)
    listed = reading.gpusim("models", "metrics", "single-site", "--capital", "notes.toml", "--json")
    assert "balance.new" in [row["metric"] for row in json.loads(listed.stdout)]
    for own, names in (
        (("--to-capital", "notes.toml"), "single-site lacks it"),
        (("--capital", "notes.toml", "--to-capital", "bank"), "single-site changed lacks it"),
    ):
        words = ("single-site", *own, "--metric", "balance.new@2027", "--reps", "2")
        done = reading.gpusim("bridge", *words)
        assert done.returncode == 2
        assert "a metric that both ends have" in done.stderr
        assert names in done.stderr


@pytest.mark.parametrize("command", ["check", "show", "metrics"])
def test_no_option_of_capital_is_none_at_all(command, tmp_path, monkeypatch):
    """`none` stands for no option among several, so that one alone is refused, as by `run`."""
    monkeypatch.chdir(tmp_path)
    done = reading.gpusim("models", command, "single-site", "--capital", "none")
    assert done.returncode == 2
    assert "none is for compare" in done.stderr
