"""What is drawn of a model, by which law, and what a set of it makes of the scenario."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest

from gpusim.scenario import ScenarioError, draft, finish, load, source_rows
from gpusim.scenario.drawn import laws
from gpusim.scenario.drawn.levels import STRATA, levels
from gpusim.scenario.load import redrawn, uncertain
from gpusim.scenario.reading.bundled import names
from gpusim.scenario.schema import pattern_of

TARIFF = "sites.alpha.tariff_usd_per_kwh"
CAPEX = "gpus.H100.capex_usd_per_gpu"
MANY = (np.arange(200_000) + 0.5) / 200_000
"""Levels that fill the unit interval evenly."""


def drawn_of(path, sets=(), shocks=()):
    """A draft, and what is drawn of it."""
    drafted = draft(path, sets=sets, shocks=shocks)
    return drafted, uncertain(drafted, finish(drafted))


def at(path, given, **more):
    """The scenario with inputs at levels."""
    drafted, drawn = drawn_of(path, **more)
    return finish(redrawn(drafted, drawn, given))


def one_law(law, low, mode, high, level=MANY):
    ends = (np.full(len(level), float(end)) for end in (low, mode, high))
    return laws.values(np.full(len(level), law), *ends, level)


@pytest.mark.parametrize(("low", "mode", "high"), [(0, 1, 6), (2, 2, 5), (-1, 3, 3), (10, 20, 30)])
def test_moments_of_the_pert_law(low, mode, high):
    """Mean (a + 4 m + b) / 6; variance (mean - a)(b - mean) / 7: Vose, 2008."""
    values = one_law(laws.PERT, low, mode, high)
    mean = (low + 4 * mode + high) / 6
    assert values.mean() == pytest.approx(mean, rel=1e-4)
    assert values.var() == pytest.approx((mean - low) * (high - mean) / 7, rel=1e-3)
    assert low <= values.min() <= values.max() <= high


def test_moments_of_the_uniform_law():
    values = one_law(laws.UNIFORM, 2, 3, 8)
    assert values.mean() == pytest.approx(5)
    assert values.var() == pytest.approx(36 / 12, rel=1e-4)


def test_a_lognormal_law_has_its_median_and_passes_its_ends_one_time_in_forty():
    values = one_law(laws.LOGNORMAL, 0.5, 1, 4)
    assert np.median(values) == pytest.approx(1, rel=1e-4)
    assert (values < 0.5).mean() == pytest.approx(1 / 40, abs=1e-4)
    assert (values > 4).mean() == pytest.approx(1 / 40, abs=1e-4)
    above = np.log(values[values > 1])  # half a normal of standard deviation log(4) / 1.959964
    assert np.sqrt((above**2).mean()) == pytest.approx(np.log(4) / 1.959964, rel=1e-3)


def test_every_block_of_sets_takes_each_sixteenth_once():
    names = ["a", "b", "c"]
    for first in (0, STRATA, 5 * STRATA):
        block = np.stack([levels(7, names, first + n) for n in range(STRATA)])
        taken = np.sort(np.floor(block * STRATA), axis=0)
        assert (taken == np.arange(STRATA)[:, None]).all()


def test_an_input_more_and_a_set_more_leave_the_others_as_they_were():
    alone = levels(3, ["b"], 21)
    assert levels(3, ["a", "b", "c"], 21)[1] == alone[0]
    assert levels(4, ["b"], 21)[0] != alone[0]


def test_inputs_are_drawn_apart():
    """Rank correlations of 40 inputs over 512 sets lie within what chance shows."""
    names = [f"input {n}" for n in range(40)]
    own = np.stack([levels(1, names, n) for n in range(512)])
    apart = np.corrcoef(own.T)[np.triu_indices(40, 1)]
    assert abs(apart.mean()) < 4 / np.sqrt(512 * len(apart))
    assert apart.std() == pytest.approx(1 / np.sqrt(511), rel=0.15)


def test_a_range_at_a_setting_is_drawn(small):
    sets = [f"{TARIFF}=0.04 to 0.10"]
    key = "sites.*.tariff_usd_per_kwh"
    assert at(small, {key: 0.5}, sets=sets).sites["alpha"].tariff_usd_per_kwh == 0.07
    low = at(small, {key: 0.1}, sets=sets).sites["alpha"].tariff_usd_per_kwh
    assert 0.04 < low < 0.07
    assert at(small, {}, sets=sets).sites["alpha"].tariff_usd_per_kwh == 0.07


@pytest.fixture
def stated(spoiled):
    """A model of which two prices are assumptions with a range, one relative."""

    def write(more=""):
        return spoiled.write(
            more=f"""
[assumptions."{TARIFF}"]
reason = "an offer"
low = 0.05
high = 0.09
[assumptions."{CAPEX}"]
reason = "a quote"
relative = 0.1
{more}
"""
        )

    return write


def test_a_change_that_multiplies_does_so_on_what_is_drawn(stated):
    """At its low end, 0.05, times 2; what a setting replaces stays replaced."""
    path = stated()
    plain = at(path, {"sites.*.tariff_usd_per_kwh": 0.0}, sets=[f"{TARIFF}*=2"])
    assert plain.sites["alpha"].tariff_usd_per_kwh == pytest.approx(0.10)
    fixed = at(path, {"sites.*.tariff_usd_per_kwh": 0.0}, sets=[f"{TARIFF}=0.065"])
    assert fixed.sites["alpha"].tariff_usd_per_kwh == 0.065


def test_a_range_of_a_pattern_is_of_the_model_and_of_no_change(spoiled):
    """From 31,000, 10% below at the low end; a change that comes after stands over it."""
    path = spoiled.write(
        more="""
[assumptions."gpus.*.capex_usd_per_gpu"]
reason = "a quote"
relative = 0.1
"""
    )
    low = {"gpus.*.capex_usd_per_gpu": 0.0}
    _, drawn = drawn_of(path)
    assert not drawn.changes.leaves
    for change, expected in ((f"{CAPEX}*=2", 2 * 27_900), (f"{CAPEX}+=100", 28_000)):
        assert at(path, low, sets=[change]).gpus["H100"].capex_usd_per_gpu == expected
    assert at(path, low, sets=[f"{CAPEX}=40_000"]).gpus["H100"].capex_usd_per_gpu == 40_000


def test_of_the_firms_own_terms_decisions_are_not_drawn(spoiled):
    path = spoiled.write(
        more="""
[assumptions."operator.minimum_cash_usd"]
reason = "what the board wants"
relative = 0.5
[assumptions."operator.lease_rate"]
reason = "not disclosed"
relative = 0.1
"""
    )
    _, drawn = drawn_of(path)
    assert "operator.lease_rate" in drawn.families
    assert dict(drawn.kept)["operator.minimum_cash_usd"] == "a decision"


def test_what_is_not_given_a_level_stays_as_stated(stated):
    path = stated()
    plain = finish(draft(path))
    same = at(path, {})
    assert same.hash() == plain.hash()
    assert at(path, {"gpus.*.capex_usd_per_gpu": 1.0}).gpus["H100"].capex_usd_per_gpu == 34_100


def test_inputs_of_a_group_share_a_level_and_a_follower_keeps_pace(stated):
    path = stated(
        """
[assumptions."sites.alpha.rent_usd_per_kw_month"]
reason = "goes with the tariff"
follows = "sites.alpha.tariff_usd_per_kwh"
[assumptions."sites.alpha.staff_usd_per_kw_month"]
reason = "a guess"
low = 5
high = 15
law = "uniform"
group = "what a kW costs"
[assumptions."sites.alpha.variable_rent_usd_per_kw_month"]
reason = "a guess"
low = 10
high = 30
law = "uniform"
group = "what a kW costs"
"""
    )
    site = at(path, {"sites.*.tariff_usd_per_kwh": 1.0, "what a kW costs": 0.0}).sites["alpha"]
    assert site.tariff_usd_per_kwh == pytest.approx(0.09)
    assert site.rent_usd_per_kw_month == pytest.approx(130 * 0.09 / 0.06)
    # two values of one input: three quarters of the way from the stated 10 and 20 to 5 and 10
    assert site.staff_usd_per_kw_month == pytest.approx(10 - 0.75 * 5)
    assert site.variable_rent_usd_per_kw_month == pytest.approx(20 - 0.75 * 10)


PACE = """
[assumptions."sites.alpha.rent_usd_per_kw_month"]
reason = "goes with the tariff"
follows = "sites.alpha.tariff_usd_per_kwh"
"""


@pytest.mark.parametrize("level", [0.0, 1.0])
def test_what_follows_a_value_that_is_replaced_stays_as_stated(stated, level):
    given = {"sites.*.tariff_usd_per_kwh": level}
    for path in ("sites.alpha.tariff_usd_per_kwh", "sites.*.tariff_usd_per_kwh"):
        site = at(stated(PACE), given, sets=[f"{path}=0.05"]).sites["alpha"]
        assert site.tariff_usd_per_kwh == 0.05
        assert site.rent_usd_per_kw_month == 130


def test_what_follows_a_value_that_is_multiplied_keeps_pace_with_what_is_drawn(stated):
    given = {"sites.*.tariff_usd_per_kwh": 1.0}
    site = at(stated(PACE), given, sets=["sites.alpha.tariff_usd_per_kwh*=2"]).sites["alpha"]
    assert site.tariff_usd_per_kwh == pytest.approx(0.18)
    assert site.rent_usd_per_kw_month == pytest.approx(130 * 0.09 / 0.06)


def test_a_date_is_drawn_in_days(spoiled):
    path = spoiled.write(
        more="""
[assumptions."sites.alpha.phases.1.power_ready"]
reason = "the utility says so"
low = 2026-04-01
high = 2026-08-01
"""
    )
    key = "sites.*.phases.*.power_ready"
    assert at(path, {key: 0.0}).sites["alpha"].phases[1].power_ready == dt.date(2026, 4, 1)
    assert at(path, {key: 1.0}).sites["alpha"].phases[1].power_ready == dt.date(2026, 8, 1)


def test_terms_and_decisions_are_not_drawn_unless_they_say_so(spoiled):
    entry = """
[assumptions."contracts.second.price_usd_per_gpu_hour"]
reason = "not signed yet"
relative = 0.1
"""
    key = "contracts.*.price_usd_per_gpu_hour"
    _, kept = drawn_of(spoiled.write(more=entry))
    assert key not in kept.families
    assert dict(kept.kept)[key] == "a term of a contract"
    _, told = drawn_of(spoiled.write(more=entry + "drawn = true\n"))
    assert told.families[key] == "contracts"


def test_a_range_at_the_key_is_drawn_also_of_a_term(small):
    """Who writes one where a price stands means that it is not known."""
    key = "contracts.*.price_usd_per_gpu_hour"
    sets = ["contracts.second.price_usd_per_gpu_hour=2.0 to 2.2"]
    _, drawn = drawn_of(small, sets=sets)
    assert drawn.families[key] == "contracts"
    assert at(small, {key: 0.0}, sets=sets).contracts["second"].price_usd_per_gpu_hour == 2.0


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ('law = "uniform"', "low and high, or relative"),
        ('group = "x"', "low and high, or relative"),
        ("drawn = true", "low and high, or relative"),
        ('follows = "sites.alpha.pue"\nrelative = 0.1', "what follows is drawn with the other"),
        ('relative = 0.1\ndrawn = false\nlaw = "pert"', "one of them"),
        ('relative = 0.1\nlaw = "normal"', "pert"),
    ],
)
def test_how_a_value_is_drawn_must_fit_together(spoiled, body, expected):
    path = spoiled.write(more=f'\n[assumptions."{TARIFF}"]\nreason = "an offer"\n{body}\n')
    with pytest.raises(ScenarioError, match=expected):
        finish(draft(path))


@pytest.mark.parametrize(
    ("body", "found"),
    [
        ('follows = "sites.alpha.pue"', "which is not drawn"),
        ('low = 0\nhigh = 1\nlaw = "lognormal"', "reaches zero"),
    ],
)
def test_what_cannot_be_drawn_is_told_at_its_place(spoiled, body, found):
    path = spoiled.write(more=f'\n[assumptions."{TARIFF}"]\nreason = "an offer"\n{body}\n')
    with pytest.raises(ScenarioError, match=found) as told:
        drawn_of(path)
    assert told.value.mistakes[0].line == spoiled.line_of(f'[assumptions."{TARIFF}"]')


DATES = [
    ("sites", 0, "2026-12-01", 154),
    ("sites", 1, "2027-03-01", 244),
    ("contracts", 0, "2027-02-01", 216),
    ("contracts", 1, "2027-05-01", 305),
]
"""Of single-site, whose as-of day is 30 June 2026: halls and starts, and days until then."""


@pytest.mark.parametrize(("level", "ratio"), [(0.0, 0.7), (1.0, 1.5025)])
def test_dates_ahead_keep_pace_and_their_order(level, ratio):
    """Ends of 0.6 and 1.67, three quarters of the way from 1, as of any input of several."""
    drawn = at("single-site", {"days ahead": level})
    stated = at("single-site", {})
    assert stated.model.as_of == dt.date(2026, 6, 30)
    for noun, place, day, days in DATES:
        then, now = (
            one.sites["alpha"].phases[place].ready
            if noun == "sites"
            else one.contracts["anchor"].tranches[place].start
            for one in (stated, drawn)
        )
        assert then == dt.date.fromisoformat(day)
        assert (now - stated.model.as_of).days == pytest.approx(days * ratio, abs=1)
    loan = drawn.debt["ddtl"]
    assert loan.maturity == stated.debt["ddtl"].maturity  # a term


def test_a_past_date_is_known_and_a_day_of_its_own_range_is_drawn_by_itself(spoiled):
    path = spoiled.write(
        more="""
[assumptions."sites.alpha.phases"]
reason = "as planned"
relative = 0.1
ahead = [0.5, 2.0]
[assumptions."sites.alpha.phases.1.power_ready"]
reason = "the utility says so"
low = 2026-04-01
high = 2026-08-01
"""
    )
    _, found = drawn_of(path)
    assert "sites.*.phases.*.power_ready" in found.families
    site, known = at(path, {"days ahead": 1.0}).sites["alpha"], at(path, {}).sites["alpha"]
    as_of = at(path, {}).model.as_of
    for then, now in zip(known.phases, site.phases, strict=True):
        assert (now.ready == then.ready) == (then.ready <= as_of)


@pytest.mark.parametrize("ahead", ["[1.2, 1.5]", "[0.5, 0.9]", "[0, 2]", "[0.5]", "1.5"])
def test_a_ratio_of_days_holds_what_was_planned(spoiled, ahead):
    entry = f'[assumptions."sites.alpha.phases"]\nreason = "a guess"\nahead = {ahead}\n'
    with pytest.raises(ScenarioError, match="ahead"):
        load(str(spoiled.write(more=entry)))


FIXED_DATES = {
    "rates.curve.NAME.date": "a point of a curve",
    "rates.curve.N.date": "a point of a curve",
    "debt": "a term of a loan",
    "contracts.NAME.opening": "when a prepayment of the past is credited: a term",
}


@pytest.mark.parametrize("model", sorted(names("operators")))
def test_every_assumed_date_to_come_of_a_bundled_model_has_a_range_or_is_a_term(model):
    scenario = load(model)
    for row in source_rows(scenario):
        if row.kind != "assumption" or not isinstance(row.value, dt.date) or row.low is not None:
            continue
        pattern = ".".join(pattern_of(tuple(row.path.replace('"', "").split("."))))
        told = any(pattern.startswith(fixed) for fixed in FIXED_DATES)
        assert told or row.value <= scenario.model.as_of, (row.path, row.value)
