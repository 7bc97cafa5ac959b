"""Strategies crossed with options of capital and shocks: each pair is an option, worked by hand.

New shares are a part of the firm that nothing drawn moves: who owns how much is worked out on
paper. The strategy begins with fewer old ones, the options of capital differ in how many old and
new ones there are, the shock has more old ones.
"""

from __future__ import annotations

import json
from fractions import Fraction

import pytest

import gpusim
from gpusim.experiments.compare.options import Named, labels, listed, together
from gpusim.reports.figures import compare_figures
from gpusim.reports.printed import compare_report
from gpusim.results.stored.opened import open_run
from tests.cases import reading
from tests.experiments.test_cross import OPTION, SHOCK, SHORT

STRATEGY = """
[strategy]
title = "Few: half as many old shares"
reason = "To see"
[[change]]
path = "operator.shares_outstanding"
times = 0.5
"""
DILUTION = {
    ("as is", "small"): (Fraction(20, 90), Fraction(20, 200)),
    ("as is", "large"): (Fraction(30, 160), Fraction(30, 270)),
    ("few", "small"): (Fraction(20, 55), Fraction(20, 165)),
    ("few", "large"): (Fraction(30, 95), Fraction(30, 205)),
}
"""New shares over all [m], as is and with 110m more old ones; 70m or 130m old ones, or half."""


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    place = tmp_path_factory.mktemp("files")
    small = OPTION.format(title="Small: 20m shares", before=70_000_000, amount=200_000_000)
    large = OPTION.format(title="Large: 30m shares", before=130_000_000, amount=300_000_000)
    texts = {"small": small, "large": large, "shock": SHOCK, "few": STRATEGY}
    for name, text in texts.items():
        (place / f"{name}.toml").write_text(text)
    return {name: str(place / f"{name}.toml") for name in texts}


@pytest.fixture(scope="module")
def asked(files):
    return {
        "strategies": ["none", files["few"]],
        "capital": [files["small"], files["large"]],
        "shocks": ["none", files["shock"]],
        "cross": True,
        "metrics": "dilution",
        "sets": SHORT,
        "reps": 100,
        "most": 100,
    }


@pytest.fixture(scope="module")
def played(asked, tmp_path_factory):
    out = tmp_path_factory.mktemp("runs") / "crossed"
    return gpusim.compare("single-site", **asked, out=out)


def named(files, pair):
    """An option by the names that were typed."""
    return " + ".join(files.get(part, part) for part in pair)


def test_each_pair_is_an_option_under_every_shock(played, files):
    cells = played.crossed()
    assert cells.height == 8
    for pair, (plain, shocked) in DILUTION.items():
        own = cells.filter(option=named(files, pair))
        assert own["shock"].to_list() == ["as is", files["shock"]]
        assert own["mean"].to_list() == pytest.approx([float(plain), float(shocked)], abs=1e-12)


def test_regrets_are_those_over_all_pairs(played, files):
    """Least dilution is best: as is 3/16, under the shock 1/10, over all four pairs."""
    regrets = {row["option"]: row for row in played.regrets().rows(named=True)}
    assert list(regrets) == [named(files, pair) for pair in DILUTION]
    for pair, (plain, shocked) in DILUTION.items():
        own = regrets[named(files, pair)]
        lost = plain - Fraction(3, 16), shocked - Fraction(1, 10)
        assert own["worst_regret"] == pytest.approx(float(max(lost)), abs=1e-12)
        assert own["mean_regret"] == pytest.approx(float(sum(lost) / 2), abs=1e-12)
        assert own["least_worst"] == own["least_mean"] == (pair == ("as is", "large"))


def test_a_pair_is_the_model_with_both(played, files):
    """Each option's scenario is the one that is loaded with its strategy, capital and shock."""
    rows = played.options()
    assert rows.height == 8
    for row in rows.rows(named=True):
        shock = [row["shock"]] if row["shock"] else []
        scenario = gpusim.load(
            "single-site",
            strategy=row["strategy"],
            capital=row["capital"],
            shocks=shock,
            sets=SHORT,
        )
        assert scenario.hash() == row["scenario_hash"]


def test_pairs_go_by_both_titles(played, files):
    few = "Few + Small", "Few + Large"
    assert labels(played.found.compared.rows) == ["as is + Small", "as is + Large", *few]
    words = "as is, Few, each with Small, Large under as is, More shares"
    assert compare_report.compared(played.found) == words
    titles = [line.plain for line in compare_report.titles(played.found)]
    assert titles == [
        f"  {files['few']}: Few: half as many old shares",
        f"  {files['small']}: Small: 20m shares",
        f"  {files['large']}: Large: 30m shares",
        f"  {files['shock']}: More shares: 110m are outstanding beside",
    ]
    kept = open_run(str(played.path))
    assert compare_figures.title(kept) == f"single-site: {words}"
    shown = compare_figures.titled(kept, "crossed")["option"].unique(maintain_order=True)
    assert shown.to_list() == ["as is + Small", "as is + Large", *few]
    page = played.report().read_text(encoding="utf-8")
    assert "as is + Large" in page
    assert "with capital" not in page  # of which not all options have one


def test_json_names_each_part_of_a_pair(played, files):
    told = json.loads(compare_report.text(played.found, None))
    (metric,) = told["crossed"]
    last = metric["options"][-1]
    assert last["option"] == named(files, ("few", "large"))
    assert {
        key: last[key] for key in ("strategy", "capital", "strategy_title", "capital_title")
    } == {
        "strategy": files["few"],
        "capital": files["large"],
        "strategy_title": "Few: half as many old shares",
        "capital_title": "Large: 30m shares",
    }
    best = named(files, ("as is", "large"))
    assert metric["least_worst_regret"] == {"option": best, "not_sure_against": []}


def test_its_folder_is_made_again_and_told_apart_from_another(played, asked, files, tmp_path):
    """Another seed draws nothing that counts here; one metric more is a change of the request."""
    assert played.verify().same
    other = gpusim.compare(
        "single-site", **asked | {"sets": [SHORT, "tax.rate=0.3"]}, out=tmp_path / "b"
    )
    done = reading.gpusim("runs", "diff", str(played.path), str(other.path), "--json")
    found = json.loads(done.stdout)
    assert [row["key"] for row in found["scenario"]] == ["tax.rate"]
    assert found["figures"] == []


def test_a_pair_alone_is_what_it_is_among_all(played, files, tmp_path):
    """The same replications: options of capital under the strategy alone have the same figures."""
    alone = gpusim.compare(
        "single-site",
        strategies=files["few"],
        capital=[files["small"], files["large"]],
        shocks=["none", files["shock"]],
        cross=True,
        metrics=["dilution", "cash_ending"],
        sets=SHORT,
        reps=100,
        most=100,
        out=tmp_path / "alone",
    )
    assert alone.found.figures["dilution"].tolist() == (
        played.found.figures["dilution"][4:].tolist()
    )


def test_what_is_as_is_in_both_is_as_is():
    base, bank = Named("as is", "as is"), Named("bank", "Bank: a loan")
    pairs = tuple(together((base, own)) for own in (base, bank))
    assert [own.name for own in pairs] == ["as is", "as is + bank"]
    assert labels(pairs) == ["as is", "as is + Bank"]
    assert listed(pairs) == "as is, each with as is, Bank"


def test_options_of_one_kind_are_listed_as_they_were():
    alone = Named("a", "Bank: a loan"), Named("as is", "as is")
    assert listed(alone) == "Bank, as is"
    assert together(alone[:1]) == alone[0]
