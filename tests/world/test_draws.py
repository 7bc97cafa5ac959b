"""Luck is keyed by identity: what else is in the file, or was drawn before, changes nothing."""

import datetime as dt

import numpy as np
import pytest

from gpusim.economics.core.state import World
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
    "order": ("order_ids", ("fitout_days", "acceptance_days")),
    "contract": ("contract_ids", ("collection_delay",)),
}
FIELDS = {
    "gen": ("gen_", "lead_"),
    "hall": ("hall_", "power_"),
    "order": ("order_", "fitout_", "acceptance_"),
    "contract": ("contract_",),
}


def same(a: World, b: World) -> bool:
    """Whether two worlds hold the same bits."""
    return all(x.tobytes() == y.tobytes() for x, y in zip(a, b, strict=True))


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
    before, after = draw(base, SEED, 0), draw(with_a_first_row(base, noun), SEED, 0)
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


def test_customers_pay_on_their_day():
    assert draw(spec(), SEED, 0).collection_delay.tolist() == [0]


@pytest.mark.parametrize(
    ("seed", "replication"), [(-1, 0), (MAX_SEED + 1, 0), (0, -1), (0, MAX_REPLICATION + 1)]
)
def test_seeds_and_replications_beyond_the_key_are_refused(seed: int, replication: int):
    with pytest.raises(ValueError, match="expected 0 to"):
        draw(spec(), seed, replication)
