from fractions import Fraction

import pytest

import gpusim
from gpusim.experiments.bridge import shapley
from gpusim.experiments.bridge.bridge import End, Request, bridge, by_path, causes
from gpusim.experiments.run.points import Point

SHORT = "model.quarters=8"


def test_parts_of_an_airport_game():
    """Littlechild and Owen, 1973: runways of 1, 2 and 3 cost 1/3, 1/3 + 1/2, 1/3 + 1/2 + 1."""
    cost = {0: 1, 1: 2, 2: 3}
    parts = shapley.shapley(3, lambda made: max((cost[n] for n in made), default=0))
    assert parts == [Fraction(1, 3), Fraction(5, 6), Fraction(11, 6)]


def test_rounded_parts_sum_to_the_rounded_whole():
    parts = [Fraction(10, 3), Fraction(10, 3), Fraction(-11, 3)]
    told = shapley.rounded(parts, sum(parts))
    assert sum(told) == 3
    assert all(abs(own - part) < 1 for own, part in zip(told, parts, strict=True))


@pytest.fixture(scope="module")
def ends():
    first = End(Point("single-site", None, (), (SHORT, "tax.rate=0.2")), 1)
    point = Point(
        "single-site",
        "liquidity-first",
        ("tests/fixtures/late-alpha.toml",),
        (SHORT, "tax.rate=0.3"),
    )
    return first, End(point, 1)


def test_causes_are_what_differs(ends):
    assert [cause.kind for cause in causes(*ends)] == ["strategy", "shock", "set"]
    assert causes(ends[0], ends[0]) == []


def test_settings_of_one_path_are_one_cause():
    assert by_path(["a.b=1", "a.b*=2", "c=3"]) == {"a.b": ("a.b=1", "a.b*=2"), "c": ("c=3",)}


@pytest.mark.parametrize("method", ["shapley", "order"])
@pytest.mark.parametrize("metric", ["equity", "adjusted_ebitda_margin"])
def test_parts_sum_exactly(ends, method, metric):
    found = bridge(Request(*ends, metric, 3, method=method, workers=1))
    assert found.start + sum(part.amount for part in found.parts) == found.end


def test_an_end_bridged_to_itself_has_no_parts(ends):
    found = bridge(Request(ends[1], ends[1], "equity", 2, workers=1))
    assert found.parts == ()
    assert found.start == found.end


def test_an_option_of_capital_is_a_cause(ends):
    """200m of shares at a cost of 4m, and three months of interest on it, at 5% a year or less."""
    plain = End(Point("single-site", None, (), (SHORT,)), 1)
    owned = End(Point("single-site", None, (), (SHORT, "tax.rate=0.3"), "equity"), 1)
    assert [cause.kind for cause in causes(plain, owned)] == ["capital", "set"]
    found = bridge(Request(plain, owned, "equity@2026Q3", 2, workers=1))
    added = found.parts[0]
    assert str(added.cause) == "capital none -> equity"
    assert 196e8 < added.amount < 196e8 * (1 + 0.05 / 4)
    assert found.start + sum(part.amount for part in found.parts) == found.end


def test_a_folder_keeps_its_option_of_capital(tmp_path):
    """Between two runs that differ in it alone, the end is what the second was."""
    for name, capital in (("plain", None), ("owned", "equity")):
        gpusim.run("single-site", sets=[SHORT], capital=capital, reps=2, out=tmp_path / name)
    moved = gpusim.bridge(
        str(tmp_path / "plain"), str(tmp_path / "owned"), metric="equity@2026Q3", reps=2
    )
    (part,) = moved.found.parts
    assert str(part.cause) == "capital none -> equity"
    whole = bridge(
        Request(
            *(End(Point("single-site", None, (), (SHORT,), own), 1) for own in (None, "equity")),
            "equity@2026Q3",
            2,
            workers=1,
        )
    )
    assert (moved.found.start, moved.found.end) == (whole.start, whole.end)
    assert moved.found.end - moved.found.start > 196e8
