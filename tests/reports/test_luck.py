"""What is said of a run whose inputs are drawn, on the screen, the page and beside a downside."""

from __future__ import annotations

import pytest

from gpusim.experiments.run.run import Request, run
from gpusim.reports import luck
from gpusim.reports.pages.page import provenance
from gpusim.results.credit.downside import refuse_unlike
from gpusim.results.drawn.sets import DRAWN
from gpusim.results.stored.opened import NotARunError, open_run

SHORT = ("model.quarters=6",)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("luck")


@pytest.fixture(scope="module")
def drawn(folder):
    return run(Request("single-site", 32, sets=SHORT, out=folder / "drawn", inputs=DRAWN))


@pytest.fixture(scope="module")
def fixed(folder):
    return run(Request("single-site", 32, sets=(*SHORT, "tax.rate=0.1"), out=folder / "fixed"))


def test_the_whole_report_tells_shares_and_what_is_left_out(drawn):
    told = list(luck.lines(drawn))
    assert told[0] == "Luck and ignorance"
    assert f"that {len(drawn.drawn.levels)} drawn inputs make" in told[1]
    shares = next(line for line in told if line.startswith("  cash:"))
    assert shares.split()[1::2] == ["2027Q2"]  # the last quarter of the only whole year
    for one in drawn.drawn.left_out:
        assert f"  not drawn: {one.name} would break {one.why}" in told
    assert any(line.startswith("  by table it is told from 64 sets") for line in told)
    assert luck.in_sets(drawn) == " in 4 sets of drawn inputs"


def test_nothing_is_said_where_inputs_stay_as_stated(drawn, fixed):
    assert list(luck.lines(fixed)) == list(luck.sentences(fixed, strongest=True)) == []
    assert luck.in_sets(fixed) == ""
    assert (luck.each(fixed), luck.each(drawn)) == (1, 8)


def test_a_page_says_that_inputs_are_drawn(drawn, fixed):
    assert ("inputs", "drawn") in provenance(open_run(str(drawn.path)).manifest)
    assert "inputs" not in dict(provenance(open_run(str(fixed.path)).manifest))


def test_a_downside_of_other_inputs_is_refused(drawn, fixed):
    with pytest.raises(NotARunError, match="inputs are drawn in one of"):
        refuse_unlike(open_run(str(drawn.path)), open_run(str(fixed.path)))
