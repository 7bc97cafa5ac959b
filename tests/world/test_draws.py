"""Luck is keyed by identity: what else is in the file, or was drawn before, changes nothing."""

import datetime as dt
import itertools

import numpy as np
import pytest

from gpusim.economics.core.state import NONE, World
from gpusim.scenario.spec import Spec
from gpusim.world import draw
from gpusim.world.philox import MAX_REPLICATION, MAX_SEED
from tests.world.specs import ids, spec

SEED = 7
NOUNS = {
    "gen": (
        "gen_ids",
        (
            "rental_index",
            "on_demand_price",
            "on_demand_use",
            "hardware_factor",
            "resale",
            "failure_factor",
            "lead_days",
        ),
    ),
    "hall": ("hall_ids", ("hall_delay", "power_delay")),
    "site": ("site_ids", ("standstill",)),
    "order": ("order_ids", ("fitout_days", "acceptance_days")),
    "contract": ("contract_ids", ("collection_delay",)),
}
FIELDS = {
    "gen": ("gen_", "lead_"),
    "hall": ("hall_", "power_"),
    "site": ("site_", "outage_"),
    "order": ("order_", "fitout_", "acceptance_"),
    "contract": ("contract_",),
}


def same(a: World, b: World) -> bool:
    """Whether two worlds hold the same bits."""
    return all(x.tobytes() == y.tobytes() for x, y in zip(a, b, strict=True))


def unplaced(world: World) -> World:
    """The world without the rows in which its offers' days of payment stand."""
    offers = world.offers.copy()
    offers.payer = 0
    return world._replace(offers=offers)


def with_a_first_row(base: Spec, noun: str) -> Spec:
    """The spec with a new row of a noun before the others, alike but for its identity."""
    fields = [f for f in base._fields if f.startswith(FIELDS[noun])]
    longer = {f: np.concatenate([getattr(base, f)[:1], getattr(base, f)]) for f in fields}
    longer[NOUNS[noun][0]][0] = ids("new")[0]
    if noun == "gen":
        older = base.release_older
        longer["release_older"] = np.concatenate([older[:, :1], older], axis=1)
    return base._replace(**longer)


def test_a_replication_drawn_alone_has_the_same_bits():
    in_turn = [draw(spec(), SEED, r) for r in range(5)]
    assert same(draw(spec(), SEED, 3), in_turn[3])


def test_order_of_drawing_does_not_matter():
    forwards = [draw(spec(), SEED, r) for r in range(5)]
    backwards = [draw(spec(), SEED, r) for r in reversed(range(5))][::-1]
    assert all(same(a, b) for a, b in zip(forwards, backwards, strict=True))


def test_another_seed_or_replication_is_other_luck():
    worlds = [draw(spec(), s, r) for s in (1, 2) for r in (0, 1)]
    assert len({w.on_demand_price.tobytes() for w in worlds}) == 4


@pytest.mark.parametrize("noun", NOUNS)
def test_another_row_changes_no_other_draw(noun: str):
    base = spec(own_volatility=0.1)
    longer = with_a_first_row(base, noun)
    before, after = (unplaced(draw(own, SEED, 0)) for own in (base, longer))
    for column in World._fields:
        values = getattr(after, column)
        kept = values[1:] if column in NOUNS[noun][1] else values
        assert kept.tobytes() == getattr(before, column).tobytes(), column


def test_the_order_of_rows_does_not_matter():
    base = spec()
    turned = base._replace(
        **{f: getattr(base, f)[::-1].copy() for f in base._fields if f.startswith(FIELDS["order"])}
    )
    a, b = draw(base, SEED, 0), draw(turned, SEED, 0)
    assert list(a.fitout_days) == list(b.fitout_days[::-1])
    assert list(a.acceptance_days) == list(b.acceptance_days[::-1])


def test_a_longer_horizon_keeps_the_months_of_a_shorter_one():
    short, long = draw(spec(quarters=2), SEED, 0), draw(spec(quarters=8), SEED, 0)
    for column in ("market", "on_demand_price", "base_rate", "market_open", "lead_days"):
        few, many = getattr(short, column), getattr(long, column)
        assert np.array_equal(few, many[..., : few.shape[-1]]), column
    few, many = short.collection_delay, long.collection_delay
    assert np.array_equal(few[0], many[0, : few.shape[1]])
    asked = range(len(short.offers))
    rows = [(few[short.offers.payer[o]], many[long.offers.payer[o]]) for o in asked]
    assert all(np.array_equal(own, other[: len(own)]) for own, other in rows)


def test_a_lead_time_belongs_to_its_calendar_month():
    early = draw(spec(as_of=dt.date(2025, 9, 30)), SEED, 0)
    late = draw(spec(as_of=dt.date(2025, 12, 31)), SEED, 0)
    assert np.array_equal(early.lead_days[:, 3:], late.lead_days[:, :-3])


def test_a_hall_already_open_is_not_late():
    always = np.ones(3)
    opened = spec(hall_open=np.array([1, 0, 1]), hall_probability=always, power_probability=always)
    world = draw(opened, SEED, 0)
    assert list(world.hall_delay > 0) == [False, True, False]
    assert list(world.power_delay > 0) == [False, True, False]


def test_customers_pay_on_their_day_unless_a_law_says_otherwise():
    on_time = np.zeros((1, 3))
    world = draw(spec(contract_late=on_time, segment_late=on_time), SEED, 0)
    assert world.collection_delay.size == 0
    assert set(world.offers.payer.tolist()) == {NONE}


def test_an_invoice_is_late_as_often_and_as_much_as_its_law_says():
    """Of a contract and of who asks: chance, mean and standard deviation, within four errors."""
    base = spec(quarters=40)
    worlds = [draw(base, SEED, r) for r in range(100)]
    asked = [world.collection_delay[world.offers.payer].ravel() for world in worlds]
    signed = [world.collection_delay[0] for world in worlds]
    for days, law in ((signed, base.contract_late[0]), (asked, base.segment_late[0])):
        drawn = np.concatenate(days)
        late = drawn[drawn > 0]
        chance, mean, sd = law
        error = np.sqrt(chance * (1 - chance) / len(drawn))
        assert abs(len(late) / len(drawn) - chance) < 4 * error
        assert abs(late.mean() - mean) < 4 * sd / np.sqrt(len(late))
        assert abs(late.std() - sd) < 0.05 * sd


def test_a_site_stands_still_as_often_and_as_long_as_its_law_says():
    """Share of months, mean and standard deviation of their hours, within four errors."""
    base = spec(quarters=40)
    worlds = np.array([draw(base, SEED, r).standstill for r in range(100)])
    assert not worlds[:, 1].any()
    ends = base.month_end[: base.months + 1] - base.month_end[0]
    drawn = np.diff(worlds[:, 0, ends]).ravel() / 3_600
    some, (chance, mean, sd) = drawn[drawn > 0], base.outage_law[0]
    error = np.sqrt(chance * (1 - chance) / len(drawn))
    assert abs(len(some) / len(drawn) - chance) < 4 * error
    assert abs(some.mean() - mean) < 4 * sd / np.sqrt(len(some))
    assert abs(some.std() - sd) < 0.05 * sd


def test_more_outages_shorten_none_and_move_nothing_else():
    often = np.array([[0.8, 20.0, 10.0], [0.0, 1.0, 0.0]])
    one, other = draw(spec(), SEED, 0), draw(spec(outage_law=often), SEED, 0)
    before, after = month_by_month(one), month_by_month(other)
    assert (after >= before).all()
    assert (after > before).any()
    assert same(other._replace(standstill=one.standstill), one)


def month_by_month(world: World) -> np.ndarray:
    """How long the first site stands still in each month [s]."""
    ends = world.month_end - world.month_end[0]
    return np.diff(world.standstill[0, ends])


def test_one_by_chance_begins_with_any_hour_from_which_it_is_over_with_its_month():
    """In halves of the month alike, within four errors; never beyond its end."""
    certain = np.array([[1.0, 24.0, 0.0], [0.0, 1.0, 0.0]])
    base = spec(quarters=40, outage_law=certain)
    days = np.diff([draw(base, SEED, r).standstill[0] for r in range(20)])
    ends = base.month_end[: base.months + 1] - base.month_end[0]
    early = total = 0
    for first, past in itertools.pairwise(ends):
        month = days[:, first:past]
        assert (month.sum(axis=1) == 86_400).all()
        middle = (month * np.arange(past - first)).sum(axis=1) / 86_400
        early += (middle < (past - first - 1) / 2).sum()
        total += len(month)
    assert abs(early / total - 0.5) < 4 * np.sqrt(0.25 / total)


def test_a_second_in_a_stated_and_a_drawn_one_counts_once():
    stated = np.zeros(spec().outage_dated.shape, np.int64)
    stated[0, 1:32] = 86_400  # all of January 2026
    stated[1, 40] = 3_600
    one, other = draw(spec(), SEED, 0), draw(spec(outage_dated=stated), SEED, 0)
    alone, both = (np.diff(world.standstill) for world in (one, other))
    assert (both[0, :31] == 86_400).all()
    assert both[1].sum() == both[1, 39] == 3_600
    assert (both[0, 31:] == alone[0, 31:]).all()


def test_how_one_pays_moves_nothing_else_and_a_higher_chance_no_invoice_forward():
    often = np.array([[0.8, 20.0, 10.0]])
    one, other = draw(spec(), SEED, 0), draw(spec(contract_late=often), SEED, 0)
    assert (other.collection_delay[0] >= one.collection_delay[0]).all()
    assert (other.collection_delay[0] > one.collection_delay[0]).any()
    assert (other.collection_delay[1:] == one.collection_delay[1:]).all()
    assert same(other._replace(collection_delay=one.collection_delay), one)


@pytest.mark.parametrize(
    ("seed", "replication"), [(-1, 0), (MAX_SEED + 1, 0), (0, -1), (0, MAX_REPLICATION + 1)]
)
def test_seeds_and_replications_beyond_the_key_are_refused(seed: int, replication: int):
    with pytest.raises(ValueError, match="expected 0 to"):
        draw(spec(), seed, replication)
