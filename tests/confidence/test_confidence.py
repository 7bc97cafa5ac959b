"""Every claim of confidence, repeated a few times; `python -m tests.confidence` repeats it more."""

import numpy as np
import pytest
from scipy.special import ndtr

from gpusim.results import intervals
from tests.confidence import table
from tests.confidence.claims import CASES
from tests.confidence.laws import LAWS, luck
from tests.confidence.repeating import Case, Row, by_claim, most_misses

SHORT = [case for case in CASES if case.short and not case.outside]
CLAIMS = by_claim(SHORT)


FAULTS: dict[str, str] = {}
"""Claims known not to hold, and why; one that is mended has to be taken out here."""


def marked(claim: str):
    """A claim, expected to fail where it is known to."""
    why = FAULTS.get(claim)
    marks = [pytest.mark.xfail(reason=why, raises=AssertionError, strict=True)] if why else []
    return pytest.param(claim, marks=marks)


@pytest.mark.parametrize("claim", [marked(claim) for claim in CLAIMS])
def test_a_claim_holds_as_often_as_it_promises(claim: str):
    rows = [case.played(short=True) for case in CLAIMS[claim]]
    broken = [f"{row.setting}; n {row.n}: {row.kept:.1%}" for row in rows if row.broken]
    assert not broken, "\n".join(broken)


def test_the_page_is_of_the_settings_that_are_tried():
    """`python -m tests.confidence` writes it: all settings of each claim, in their order."""
    found: dict[str, list[list[str]]] = {}
    rows: list[list[str]] = []
    for line in table.PAGE.read_text(encoding="utf-8").splitlines():
        if line.startswith("## "):
            rows = found.setdefault(line[3:], [])
        elif line.startswith("| ") and not line.startswith(("| setting", "| ---")):
            rows.append(line[2:].split(" | ")[:2])
    tried = {
        claim[0].upper() + claim[1:]: [[case.setting, case.n] for case in own]
        for claim, own in by_claim(CASES).items()
    }
    assert {claim: own for claim, own in found.items() if own} == tried


def test_a_fault_that_is_known_is_of_a_claim_that_is_tried():
    assert set(FAULTS) <= set(CLAIMS)


@pytest.mark.parametrize("law", LAWS, ids=lambda law: law.name)
def test_the_mean_of_a_law_is_as_its_formula_says(law):
    figures = law.draw(luck("mean", law.name), 400_000)
    assert abs(figures.mean() - law.mean) < 4 * figures.std() / len(figures) ** 0.5
    if law.rare:
        assert abs((figures != 0).mean() - law.rare) < 4 * (law.rare / len(figures)) ** 0.5


@pytest.mark.parametrize("law", [law for law in LAWS if law.cdf], ids=lambda law: law.name)
def test_a_law_is_that_of_its_distribution_function(law):
    z = np.array([-1.5, -0.3, 0.0, 0.7, 2.0])
    assert law.cdf(law.of(z)) == pytest.approx(ndtr(z), abs=1e-12)


def test_an_interval_is_the_same_alone_and_among_others():
    figures = np.stack([law.draw(luck("column", law.name), 200) for law in LAWS], axis=1)
    together = intervals.of_columns(figures)
    alone = [intervals.of_mean(column) for column in figures.T]
    for one, other in zip(together, alone, strict=True):
        assert one.how == other.how
        np.testing.assert_allclose(
            (one.mean, one.low, one.high), (other.mean, other.low, other.high), rtol=1e-12
        )


def test_a_claim_that_is_wrong_too_often_is_noticed():
    def narrow(rng, repetitions):
        x = rng.normal(size=(repetitions, 100))
        half = 1.2 * x.std(axis=1, ddof=1) / 10
        return repetitions, int((np.abs(x.mean(axis=1)) > half).sum()), 0

    row = Case("an interval of 77%", "normal", "100", narrow, 200).played()
    assert row.broken
    assert row.verdict == "no"
    assert "does not hold: an interval of 77%" in table.summary([row])


def test_misses_that_luck_explains_by_sums_of_the_binomial():
    from math import comb

    def below(k):
        return sum(comb(200, i) * 0.08**i * 0.92 ** (200 - i) for i in range(k + 1))

    most = most_misses(200, 0.08)
    assert below(most - 1) < 0.999 <= below(most)


def test_a_row_says_whether_it_holds():
    row = Row("c", "s", "100", 0.95, 0.08, "", 1_000, 80, 100)
    assert row.verdict == "yes"
    assert row._replace(wrong=81).verdict == "yes, within the noise"
    assert row._replace(wrong=109).verdict == "no"
    assert row._replace(wrong=109, outside="rare").verdict == "outside the claim: rare"
    assert table.cells(row)[2:8] == ("1,000", "95%", "8.0%", "10.0%", "92.0%", "91.1%")
