"""Options crossed with shocks: regrets worked out by hand, whom they choose, what is refused."""

from __future__ import annotations

import json
from types import SimpleNamespace

import numpy as np
import pytest

import gpusim
from gpusim.experiments.compare import compare as experiment
from gpusim.experiments.compare import cross
from gpusim.experiments.compare.compare import OF_CAPITAL, Request, compare
from gpusim.experiments.compare.options import Named, labels, named
from gpusim.reports.figures import compare_figures
from gpusim.reports.printed import compare_report
from gpusim.results.figures import Figure
from gpusim.results.intervals import ALIKE, SAME
from gpusim.scenario import ScenarioError

SHORT = "model.quarters=1"
OPTION = """
[capital]
title = "{title}"
reason = "To see"
[operator]
shares_outstanding = {before}
[opening_equity]
amount_usd = {amount}
price_usd_per_share = 10
"""
SHOCK = """
[shock]
title = "More shares: 110m are outstanding beside"
source = "none"
as_of = 2026-06-30
[[change]]
path = "operator.shares_outstanding"
plus = 110_000_000
"""


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """Two options of capital, and a shock that turns their order round."""
    place = tmp_path_factory.mktemp("files")
    small = OPTION.format(title="Small: 20m shares", before=70_000_000, amount=200_000_000)
    large = OPTION.format(title="Large: 30m shares", before=130_000_000, amount=300_000_000)
    for name, text in (("small", small), ("large", large), ("shock", SHOCK)):
        (place / f"{name}.toml").write_text(text)
    return {name: str(place / f"{name}.toml") for name in ("small", "large", "shock")}


@pytest.fixture(scope="module")
def played(files, tmp_path_factory):
    return gpusim.compare(
        "single-site",
        capital=[files["small"], files["large"]],
        shocks=["none", files["shock"]],
        cross=True,
        metrics="dilution",
        sets=SHORT,
        reps=100,
        most=100,
        out=tmp_path_factory.mktemp("runs") / "crossed",
    )


def test_regrets_of_a_firm_without_luck_are_those_of_paper(played, files):
    """New shares over all: 20/90 and 30/160 as is, 20/200 and 30/270 with 110m more outstanding.

    Least dilution is best: as is the large issue, by 2/9 - 3/16; under the shock the small one, by
    1/9 - 1/10. Their means have the same weight each.
    """
    cells = played.crossed().select("option", "shock", "mean", "regret", "best").rows()
    small, large, shock = files["small"], files["large"], files["shock"]
    expected = [
        (small, "as is", 20 / 90, 2 / 9 - 3 / 16, False),
        (small, shock, 20 / 200, 0, True),
        (large, "as is", 30 / 160, 0, True),
        (large, shock, 30 / 270, 1 / 9 - 1 / 10, False),
    ]
    assert [(*row[:2], row[4]) for row in cells] == [(*row[:2], row[4]) for row in expected]
    figures = [figure for row in cells for figure in row[2:4]]
    assert figures == pytest.approx([figure for row in expected for figure in row[2:4]], abs=1e-12)
    regrets = {row["option"]: row for row in played.regrets().rows(named=True)}
    assert regrets[small]["worst_regret"] == pytest.approx(2 / 9 - 3 / 16)
    assert regrets[small]["mean_regret"] == pytest.approx((2 / 9 - 3 / 16) / 2)
    assert regrets[large]["worst_regret"] == pytest.approx(1 / 90)
    assert regrets[large]["mean_regret"] == pytest.approx(1 / 180)
    assert (regrets[small]["worst_shock"], regrets[large]["worst_shock"]) == ("as is", shock)
    for key in ("least_worst", "least_mean", "may_be_least_worst", "may_be_least_mean", "best"):
        assert (regrets[small][key], regrets[large][key]) == (False, True)


def test_options_go_by_their_titles_on_the_screen_and_by_both_in_json(played, files):
    told = json.loads(compare_report.text(played.found, None))
    (metric,) = told["crossed"]
    assert [(o["option"], o["title"]) for o in metric["options"]] == [
        (files["small"], "Small: 20m shares"),
        (files["large"], "Large: 30m shares"),
    ]
    assert metric["least_worst_regret"] == {"option": files["large"], "not_sure_against": []}
    assert metric["weights"] == "equal"
    assert told["metrics"] == []
    names = compare_report.named(played.found)
    assert (names[1], names[2]) == ("Small under More shares", "Large under as is")
    assert compare_report.compared(played.found) == "Small, Large under as is, More shares"


def test_its_folder_is_read_reported_and_made_again(played):
    assert played.verify().same
    tables = {file.stem for file in played.path.glob("*.parquet")}
    assert tables == {"options", "crossed", "regrets", "replications", "sources"}
    page = played.report()
    assert "least worst regret" in page.read_text(encoding="utf-8")


def test_regret_is_that_of_means_and_its_interval_that_of_pairs():
    """By hand: means 10 and 2 against 6 and 5; regrets 0 and 3, 4 and 0; means 1.5 and 2."""
    luck = np.random.default_rng(7).normal(size=400)
    luck -= luck.mean()
    cube = np.array([[10 + luck, 2 + luck], [6 + luck, 5 + luck]])
    rows, best = cross.rows_of(cube, higher=True, chance=False)
    assert best == [0, 1]
    regret = [[own.mean for own in row.regret] for row in rows]
    assert np.array(regret) == pytest.approx(np.array([[0, 3], [4, 0]]))
    assert [row.worst.mean for row in rows] == pytest.approx([3, 4])
    assert [row.mean.mean for row in rows] == pytest.approx([1.5, 2])
    assert [row.worst_shock for row in rows] == [1, 0]
    assert rows[0].regret[0].how == SAME
    assert rows[0].regret[1].how == ALIKE  # the luck of both is the same: nothing varies
    apart = np.array([[10 + luck, 2 + 0 * luck], [6 + luck, 5 + luck]])
    told = cross.rows_of(apart, higher=True, chance=False)[0][0].regret[1]
    half = 1.966 * luck.std(ddof=1) / 20  # Student's t of 399 degrees of freedom
    assert (told.low, told.high) == pytest.approx((3 - half, 3 + half), rel=2e-3)


def test_what_is_called_sure_is_wrong_no_more_often_than_it_says():
    """Two options whose mean regrets are alike, and their worst ones: each sure word is wrong.

    Under two shocks one is better by 1, then by 0, the other by 0, then by 1, with luck of its own
    each. No more than 5% of 400 firms may have a sure choice: 20, and 3.3 standard errors more.
    """
    luck = np.random.default_rng(11)
    sure = {"worst": 0, "mean": 0}
    for _ in range(400):
        cube = np.array([[1.0, 0.0], [0.0, 1.0]])[:, :, None] + luck.normal(size=(2, 2, 100))
        rows, best = cross.rows_of(cube, higher=True, chance=False)
        lost = cross.regrets(cube, best, higher=True)
        worst = [lost[n, row.worst_shock] for n, row in enumerate(rows)]
        for what, figures in (("worst", worst), ("mean", list(lost.mean(axis=1)))):
            least = int(np.argmin([own.mean() for own in figures]))
            own = list(lost[least]) if what == "worst" else [figures[least]]
            sure[what] += not cross.not_sure(figures, least, own)
    assert 0 < sure["mean"] <= 34
    assert 0 < sure["worst"] <= 34


def test_the_worst_of_many_shocks_is_sure_only_beyond_what_that_many_show_by_luck():
    """100 pairs 2.4 standard errors apart: Student's t asks for 1.98 of one shock, 2.91 of eleven.

    Quantiles of a table for 99 degrees of freedom: 97.5%, and 1 - 0.025 / 11 = 99.77%.
    """
    luck = np.random.default_rng(5).normal(size=100)
    luck = (luck - luck.mean()) / luck.std(ddof=1)  # of mean 0, its standard error is a tenth
    for apart, of, expected in ((2.4, 1, ()), (2.4, 11, (1,)), (3.0, 11, ()), (1.9, 1, (1,))):
        figures = [np.zeros(100), luck + apart / 10]
        assert cross.not_sure(figures, 0, [figures[0]] * of) == expected


def test_who_has_the_least_worst_regret_is_sure_only_against_each_of_its_shocks():
    """By hand: a loses 3 of a second option, which loses 1 under one shock and 2 under another.

    Its 2 are of 100 replications that are 10 apart, a standard error of 1: the interval of 3 less
    2 holds zero, that of 3 less 1 does not. With luck of a tenth of it both lie above zero.
    """
    luck = np.random.default_rng(5).normal(size=100)
    luck = (luck - luck.mean()) / luck.std(ddof=1)
    lost, calm = np.full(100, 3.0), np.ones(100)
    for scale, expected in ((10.0, (0,)), (1.0, ())):
        wild = 2.0 + scale * luck
        assert cross.not_sure([lost, calm], 1, [calm, wild]) == expected


def test_a_noisy_shock_that_looks_harmless_by_luck_leaves_it_open_whose_regret_is_least():
    """Three options, three shocks; the first one's worst regret is 1.2, the second one's 1.5.

    The second falls 1 behind under the first shock, and 1.5 under a wild one, with a standard error
    of 0.5, so that it often looks like less than 1 there. To call the second sure is wrong: no more
    than 5% of 400 firms, and 3.3 standard errors more.
    """
    luck, sure = np.random.default_rng(3), 0
    spread = np.array([0.01, 7.0, 0.01])
    means = np.array([[8.8, 10.0, 10.0], [9.0, 8.5, 9.9], [10.0, 10.0, 0.0]])
    for _ in range(400):
        noise = luck.normal(size=(3, 3, 200)) * spread[:, None]
        noise[[0, 2], 1] *= 0.01 / 7.0
        told = judged(means[:, :, None] + noise)
        sure += told.least_worst == 1 and 0 not in told.worst_open
    assert sure <= 34


REVENUE = Figure("revenue", "revenue", "")


def judged(cube, figure=REVENUE, zones=None):
    """What is said of figures [options, shocks, replications], more being better."""
    figures = cube.reshape(-1, cube.shape[2])
    request = Request(("single-site",), reps=100, most=100)
    return cross.crossed(figure, figures, cube.shape[1], zones or {}, {"revenue": True}, request)


def test_a_metric_that_is_undefined_everywhere_is_said_to_be_so():
    """Under one shock none has a figure in any replication: no mean, regret or choice is known."""
    cube = np.random.default_rng(1).normal(size=(2, 3, 100))
    cube[:, 1] = np.nan
    told = judged(cube)
    assert (told.replications, told.undefined) == (0, 100)
    assert np.isnan([own.mean for row in told.rows for own in (*row.means, *row.regret)]).all()
    assert np.isnan([own.mean for row in told.rows for own in (row.worst, row.mean)]).all()
    assert not told.choice.sure


def test_an_undefined_metric_stands_on_screen_and_page_beside_others(tmp_path):
    """A loan that is never drawn has no cover over its life; the page calls nobody the least."""
    found = gpusim.compare(
        "single-site",
        capital=["none", "bank"],
        shocks=["none", "memory-inflation"],
        cross=True,
        metrics=["llcr.ddtl", "cash_ending"],
        sets=SHORT,
        reps=100,
        most=100,
        out=tmp_path / "undefined",
    )
    assert found.regrets().filter(metric="llcr.ddtl")["worst_regret"].to_list() == [None, None]
    cover, cash = compare_figures.figures(found._opened)
    assert cover.answer == "Undefined for some option under some shock in every replication."
    assert cash.answer.startswith("Least worst regret: ")
    assert "Bank under as is, Memory inflation" in found.report().read_text(encoding="utf-8")


def test_the_zone_that_is_told_is_the_one_that_is_asked_for():
    """Means of 100 and 300 under two shocks: over them 200, of which one in a hundred matters."""
    cube = np.array([[[100.0] * 100, [300.0] * 100], [[90.0] * 100, [280.0] * 100]])
    cube += np.random.default_rng(2).normal(size=cube.shape)
    told = judged(cube)
    assert told.indifference == pytest.approx(2.0, rel=1e-2)
    assert told.choice == judged(cube, zones={"revenue": told.indifference}).choice


def test_where_less_is_better_the_best_is_the_least():
    cube = np.array([[[1.0] * 9, [5.0] * 9], [[2.0] * 9, [2.0] * 9]])
    rows, best = cross.rows_of(cube, higher=False, chance=False)
    assert best == [0, 1]
    assert [[own.mean for own in row.regret] for row in rows] == [[0, 3], [1, 0]]


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (Request(("single-site",), ("none", "hedged"), cross=True), "two or more --shock"),
        (Request(("single-site",), shocks=("none", "gpu-failures"), cross=True), "--capital"),
        (
            Request(("single-site",), ("none", "hold-to-zero"), ("none", "gpu-failures")),
            "or --cross",
        ),
        (
            Request(
                ("single-site",),
                ("none", "hold-to-zero"),
                ("none", "gpu-failures"),
                capital=("none", "bank"),
            ),
            "2 strategies and 2 options of capital and 2 shocks; expected two or more models, "
            "--strategy, --capital or --shock, one kind of them; or --cross, each under each",
        ),
        (
            Request(
                ("single-site",), ("none", "hold-to-zero"), capital=("none", "bank"), cross=True
            ),
            "and two or more --shock",
        ),
        (
            Request(
                ("single-site",),
                tuple(f"strategy-{n}" for n in range(6)),
                tuple(f"shock-{n}" for n in range(6)),
                capital=("none", "bank", "equity"),
                cross=True,
            ),
            "108 options, 6 strategies x 3 options of capital x 6 shocks; expected at most 100",
        ),
        (Request(("single-site",), capital=("bank", "bank")), "bank twice"),
        (Request(("single-site",), capital=("bank", "banc")), "bundled options of capital"),
    ],
)
def test_what_cannot_be_crossed_is_refused_before_anything_is_simulated(wrong, said, monkeypatch):
    monkeypatch.setattr(experiment, "measure", None)
    with pytest.raises(ScenarioError) as caught:
        compare(wrong)
    assert said in str(caught.value)


def test_options_of_capital_are_compared_by_what_owners_and_lenders_ask_for():
    assert Request(("single-site",), capital=("none", "bank")).by_default == OF_CAPITAL
    assert Request(("single-site",), capital=("bank",)).by_default == experiment.METRICS


def test_more_equity_lowers_what_owners_earn_and_what_stays_unpaid():
    """By the metrics of options of capital: 196 more of cash and equity, on the same luck."""
    found = compare(Request(("single-site",), capital=("none", "equity"), reps=100, most=100))
    irr, shortfall, _ = found.measured
    assert [own.figure.text for own in found.measured] == list(OF_CAPITAL)
    assert irr.against_base[1].difference.high < 0
    assert shortfall.against_base[1].difference.high < 0


def test_one_option_of_capital_holds_for_every_strategy():
    found = compare(
        Request(
            ("single-site",),
            ("none", "hold-to-zero"),
            capital=("equity",),
            sets=(SHORT,),
            metrics=("shares_issued",),
            reps=100,
            most=100,
        )
    )
    assert (found.figures["shares_issued"] == 20_000_000).all()


def test_titles_tell_options_apart_or_stand_behind_their_names():
    assert labels((Named("a", "Bank: a loan"), Named("as is", "as is"))) == ["Bank", "as is"]
    same = labels((Named("a", "One"), Named("b", "One"), Named("x.py:X", "x.py:X")))
    assert same == ["a: One", "b: One", "x.py:X"]
    assert labels((Named("a", ": One"), Named("b", "Two"))) == [": One", "Two"]


def test_a_title_of_several_lines_is_one_line_on_the_screen(tmp_path):
    """Its second line would look like one of the report's."""
    path = tmp_path / "lines.toml"
    head = '[capital]\ntitle = "Bank\\n\\n  least worst regret: Bank"\nreason = "To see"\n'
    path.write_text(f"{head}[debt.ddtl]\nmargin = 0.03\n")
    assert named("capital", str(path)).title == "Bank least worst regret: Bank"


IDLE = "[capital]\ntitle = 'Nothing: as it was'\nreason = 'To see'\n"
TAXED = """
[shock]
title = "{title}"
source = "none"
as_of = 2026-06-30
[[change]]
path = "tax.rate"
times = {times}
"""


def test_what_changes_nothing_is_told_by_option_and_by_shock(tmp_path, monkeypatch):
    """Whatever it is crossed with, in one line each."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "idle.toml").write_text(IDLE)
    (tmp_path / "calm.toml").write_text(TAXED.format(title="Calm: as it was", times=1))
    (tmp_path / "taxed.toml").write_text(TAXED.format(title="Taxed", times=2))
    own = OPTION.format(title="Small: 20m shares", before=70_000_000, amount=200_000_000)
    (tmp_path / "small.toml").write_text(own)
    asked = {"metrics": ["shares_issued"], "sets": [SHORT]}
    asked |= {"capital": ["none", "idle.toml", "small.toml"], "reps": 100, "most": 100}
    shocks = ["none", "taxed.toml", "calm.toml"]
    found = gpusim.compare("single-site", shocks=shocks, cross=True, **asked).found
    assert [line.plain for line in compare_report.left_out(found)] == [
        "the same scenario under every shock: as is, Nothing",
        "the same scenario for every option, by shock: as is, Calm",
    ]
    found = gpusim.compare("single-site", **asked).found
    (line,) = compare_report.left_out(found)
    assert line.plain == "the same scenario: as is, Nothing"


def test_what_all_options_share_stands_at_the_head():
    asked = Request(("m",), ("none", "hedged"), ("dear",), (SHORT,), capital=("bank",))
    base = SimpleNamespace(
        prepared=SimpleNamespace(scenario=SimpleNamespace(financed="bank (Bank: a loan)"))
    )
    shared = compare_report.shared_by_all(SimpleNamespace(request=asked, options=[base]))
    assert shared == "capital bank (Bank: a loan), shock dear, set model.quarters=1"
