"""The market's tables: what they lower to, and what they refuse."""

import numpy as np
import pytest

from gpusim.scenario import ScenarioError, load
from gpusim.scenario.lower import lower


def only(model, **kwargs):
    with pytest.raises(ScenarioError) as caught:
        load(model, **kwargs)
    (mistake,) = caught.value.mistakes
    return mistake


def spec_of(model, *sets, **kwargs):
    return lower(load(model, sets=sets, **kwargs)).spec


def test_what_is_left_out_moves_nothing(small):
    spec = spec_of(small)
    assert (spec.own_volatility, spec.hardware_volatility, spec.spread_volatility) == (0, 0, 0)
    assert (spec.list_adjustment, spec.use_elasticity) == (1, 0)
    assert (len(spec.release_month), list(spec.term_ratio), list(spec.residual)) == (0, [1], [0])
    assert np.array_equal(spec.cholesky, np.eye(4))
    assert not spec.gen_forward.any()


QUOTES = """
[gpus.H100.forward]
quotes = [
  {{ term_months = 12, usd_per_gpu_hour = 7.20 }},
  {{ term_months = 36, usd_per_gpu_hour = {} }},
]
"""


def test_quotes_become_forwards(spoiled):
    spec = spec_of(spoiled.write(more=QUOTES.format("5.40")))
    assert spec.gen_forward[0, [1, 12, 13, 24]] == pytest.approx([720, 720, 450, 450])


def test_quotes_may_fall_by_a_ratio_a_year(spoiled):
    spec = spec_of(spoiled.write(more=QUOTES.format("5.40") + 'between = "falling"\n'))
    assert spec.gen_forward[0, [12, 13]] == pytest.approx([720, 720 * 0.7247449])


def test_a_negative_forward_is_refused_with_its_place(spoiled):
    mistake = only(spoiled.write(more=QUOTES.format("2.30")))
    assert mistake.line == spoiled.line_of("term_months = 36, usd_per_gpu_hour")
    assert mistake.key == "gpus.H100.forward.quotes.1.usd_per_gpu_hour"
    assert "implies -0.15 for months 13 to 36" in mistake.found
    assert "more than 2.4" in mistake.expected


@pytest.mark.parametrize(
    ("forward", "found"),
    [
        ("", "neither quotes nor curve"),
        (
            "quotes = [{ term_months = 12, usd_per_gpu_hour = 2.0 }]\n"
            "curve = [{ date = 2026-12-31, usd_per_gpu_hour = 2.0 }]",
            "both quotes and curve",
        ),
        (
            "quotes = [{ term_months = 12, usd_per_gpu_hour = 2.0 },"
            " { term_months = 12, usd_per_gpu_hour = 1.0 }]",
            "12",
        ),
        (
            'between = "falling"\nquotes = [{ term_months = 18, usd_per_gpu_hour = 2.0 }]',
            "18",
        ),
        (
            "curve = [{ date = 2026-12-31, usd_per_gpu_hour = 2.0 },"
            " { date = 2026-06-30, usd_per_gpu_hour = 2.0 }]",
            "2026-06-30",
        ),
    ],
)
def test_other_wrong_forwards(spoiled, forward, found):
    assert only(spoiled.write(more=f"\n[gpus.H100.forward]\n{forward}\n")).found == found


def test_a_drawn_curve_is_linear_from_the_price_at_as_of(spoiled):
    curve = "curve = [{ date = 2026-12-31, usd_per_gpu_hour = 1.2 }]"
    spec = spec_of(spoiled.write(more=f"\n[gpus.H100.forward]\n{curve}\n"))
    assert spec.gen_forward[0, 6] == pytest.approx(240 - 120 * 181 / 365)
    assert set(spec.gen_forward[0, 12:]) == {120.0}


def test_correlations_that_cannot_hold_together_are_refused(spoiled):
    """Two things that both follow a third by 0.9 cannot oppose each other by 0.9."""
    table = "price-rates = 0.9\nprice-hardware = 0.9\nrates-hardware = -0.9\n"
    mistake = only(spoiled.write(more=f"\n[market.correlations]\n{table}"))
    assert mistake.key == "market.correlations"
    assert mistake.line == spoiled.line_of("[market.correlations]")
    assert "positive definite" in mistake.expected


def test_correlations_are_those_of_the_triangle(spoiled):
    table = "price-rates = 0.2\nprice-hardware = 0.4\nhardware-spreads = -0.3\n"
    lower_ = spec_of(spoiled.write(more=f"\n[market.correlations]\n{table}")).cholesky
    whole = lower_ @ lower_.T
    assert [whole[0, 1], whole[0, 2], whole[2, 3], whole[1, 3]] == pytest.approx(
        [0.2, 0.4, -0.3, 0]
    )


@pytest.mark.parametrize(
    ("ages", "found"),
    [('"1" = 0.5', "no value at age 0"), ('"0" = 1, "old" = 0.5', "the key old")],
)
def test_wrong_residuals(spoiled, ages, found):
    table = f"rent_elasticity = 1.0\nresidual_by_age = {{ {ages} }}\n"
    assert only(spoiled.write(more=f"\n[market.resale]\n{table}")).found == found


def test_residuals_and_terms_are_linear_between_what_is_given(spoiled):
    spec = spec_of(
        spoiled.write(
            more="\n[market.resale]\nrent_elasticity = 0.8\n"
            'residual_by_age = { "0" = 1.0, "2" = 0.6, "3" = 0.3 }\n'
            "[market.term_ratio]\n12 = 0.9\n24 = 0.8\n36 = 0.7\n48 = 0.6\n60 = 0.5\n"
        )
    )
    assert spec.residual == pytest.approx([1.0, 0.8, 0.6, 0.3])
    assert spec.term_ratio[[0, 6, 12, 18, 60]] == pytest.approx([1.0, 0.95, 0.9, 0.85, 0.5])


def test_a_release_lowers_all_but_itself_and_later_ones(tmp_path):
    path = tmp_path / "model.toml"
    path.write_text(
        'extends = "coreweave-2025q4"\n'
        "[market.releases]\n"
        'first = { date = 2026-03-01, gpus = "GB200", step = 0.1, over_months = 6 }\n'
        'second = { date = 2027-03-01, gpus = "GB300", step = 0.1, over_months = 6 }\n'
    )
    book = lower(load(str(path)))
    releases = dict(zip(load(str(path)).market.releases, book.spec.release_older, strict=True))
    lowered = {
        name: [gen for gen, older in zip(book.names.gens, row, strict=True) if older]
        for name, row in releases.items()
    }
    assert lowered["first"] == ["H100", "GB200-accepting"]
    assert lowered["second"] == ["H100", "GB200", "GB200-accepting"]
    assert len(lowered["vera-rubin"]) == 4 - 1  # GB300 comes after it


def test_a_generation_a_year_early_is_one_change():
    """Of October 2026 for a model of March 2025; before the as-of day of another: at once."""
    early = {"shocks": ["early-generation"]}
    assert spec_of("coreweave-2025q1").release_month.tolist() == [19, 1]
    assert spec_of("coreweave-2025q1", **early).release_month.tolist() == [7, 1]
    assert spec_of("coreweave-2025q4").release_month.tolist() == [10]
    assert spec_of("coreweave-2025q4", **early).release_month.tolist() == [1]
