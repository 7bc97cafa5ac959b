"""Few replications are told to be few wherever a band of 80% is printed."""

import pytest
from scipy import stats

from gpusim.results.verdict.chances import BEYOND, TAIL, few_for_bands
from tests.cases.reading import gpusim

FEW = "8 replications are few: none beyond either end of an 80% band, which needs 10 (--reps 100)"


def test_the_least_number_is_that_of_ends_within_a_factor_of_two():
    """Of a hundred the tenth is passed by 4.9% to 16.4% of all luck; of fifty the fifth by 3.3%."""
    for trials, good in ((round(BEYOND / TAIL), True), (50, False)):
        k = round(trials * TAIL)
        low, high = stats.beta(k, trials + 1 - k).ppf([0.025, 0.975])
        assert bool(low > TAIL / 2 * 0.98 and high < TAIL * 2) is good
        assert (few_for_bands(trials) == "") is good
    assert few_for_bands(99)
    assert few_for_bands(9).count("none beyond")
    assert few_for_bands(1) == ""


@pytest.mark.parametrize("full", [(), ("--full",)])
def test_a_run_says_so_and_one_of_a_hundred_does_not(tmp_path, full):
    short = ("--set", "model.quarters=2", "-q", *full)
    for reps, told in ((8, True), (1, False), (100, False)):
        out = str(tmp_path / f"{reps}")
        done = gpusim("run", "single-site", "--reps", str(reps), "--out", out, *short)
        assert (FEW in " ".join(done.stdout.split())) is told
        assert ("replications are few" in done.stdout) is told


def test_the_memo_and_the_page_of_a_run_say_so(tmp_path):
    out, memo, page = str(tmp_path / "run"), tmp_path / "memo.html", tmp_path / "page.html"
    short = ("--set", "model.quarters=2", "-q", "--out", out)
    assert gpusim("run", "single-site", "--reps", "8", *short).returncode == 0
    assert gpusim("report", out, "--credit", "--out", str(memo)).returncode == 0
    assert gpusim("report", out, "--out", str(page)).returncode == 0
    for path in (memo, page):
        assert "8 replications are few" in path.read_text(encoding="utf-8")
