"""Tranches cut into lots: nothing is lost, and the ramp keeps the declared start."""

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from gpusim.scenario import load
from gpusim.scenario.lowering.frame.amounts import contract_value, split_by, split_evenly
from gpusim.scenario.lowering.frame.horizon import Horizon
from gpusim.scenario.lowering.frame.lots import microwatts_per_gpu, plan_lots
from gpusim.units_of_measure import cents_of, day_of

SCENARIO = load(str(Path(__file__).parent / "fixtures/small.toml"))
HORIZON = Horizon(SCENARIO.model.as_of, SCENARIO.model.quarters)
SECOND = SCENARIO.contracts["second"]
FAR = SECOND.tranches[0]


def lots_with(lot: float, **changes):
    """The lots of one tranche of the second contract, changed."""
    tranche = FAR.model_copy(update=changes)
    contract = SECOND.model_copy(update={"tranches": (tranche,)})
    operator = SCENARIO.operator.model_copy(update={"acceptance_lot_mw": lot})
    update = {"operator": operator, "contracts": {"second": contract}}
    return plan_lots(SCENARIO.model_copy(update=update), HORIZON)


@given(gpus=st.integers(1, 20_000), lot=st.floats(0.2, 50))
def test_lots_keep_gpus_value_and_cost(gpus, lot):
    lots = lots_with(lot, gpus=gpus)
    assert sum(cut.gpus for cut in lots) == gpus
    assert sum(cut.value for cut in lots) == contract_value(2.1, gpus, 1461)
    assert sum(cut.hardware.cost for cut in lots) == 3_100_000 * gpus
    assert max(cut.gpus for cut in lots) - min(cut.gpus for cut in lots) <= 1


@given(gpus=st.integers(1, 20_000), lot=st.floats(0.2, 50))
def test_no_lot_is_larger_than_declared(gpus, lot):
    microwatts = microwatts_per_gpu(SCENARIO.gpus["H100"])
    assert all((cut.gpus - 1) * microwatts < lot * 1e12 for cut in lots_with(lot, gpus=gpus))


@given(lot=st.floats(0.2, 2.79))
def test_the_ramp_begins_on_the_declared_start(lot):
    lots = lots_with(lot, gpus=2_000)
    starts = [cut.start for cut in lots]
    assert len(lots) > 1
    assert min(starts) == day_of(FAR.start)
    assert abs(sum(cut.acceptance_days for cut in lots) / len(lots) - 30) <= 0.5
    assert starts == sorted(starts)
    assert len({cut.hardware.order_day for cut in lots}) == 1
    assert len({cut.start - cut.acceptance_days for cut in lots}) == 1


def test_three_lots_are_accepted_after_a_sixth_a_half_and_five_sixths_of_twice_the_plan():
    lots = lots_with(1.0, gpus=2_000)
    assert [cut.acceptance_days for cut in lots] == [10, 30, 50]
    assert [cut.gpus for cut in lots] == [667, 667, 666]
    assert [cut.name.rpartition(".tranches.")[2] for cut in lots] == [
        "0.lot.0",
        "0.lot.1",
        "0.lot.2",
    ]


@given(
    total=st.integers(0, 10**15), weights=st.lists(st.integers(1, 10**7), min_size=1, max_size=50)
)
def test_parts_by_weight_sum_to_the_whole(total, weights):
    parts = split_by(total, weights)
    assert sum(parts) == total
    exact = [total * weight / sum(weights) for weight in weights]
    assert all(
        abs(part - share) <= 1 + 1e-9 * share for part, share in zip(parts, exact, strict=True)
    )


@given(total=st.integers(0, 10**15), parts=st.integers(1, 400))
def test_even_parts_differ_only_in_the_last(total, parts):
    split = split_evenly(total, parts)
    assert sum(split) == total
    assert len(set(split[:-1])) <= 1


def test_deposits_and_costs_are_split_to_the_cent():
    hardware = FAR.hardware.model_copy(
        update={"status": "ordered", "delivery": FAR.start, "deposit_usd": 100.01}
    )
    lots = lots_with(1.0, gpus=2_000, hardware=hardware)
    assert sum(cut.hardware.deposit for cut in lots) == cents_of(100.01)
    assert {cut.hardware.delivery for cut in lots} == {day_of(FAR.start)}


@given(
    gpus=st.integers(1, 2_000), lot=st.floats(0.2, 2), cents=st.integers(1, 10**6), left=st.data()
)
def test_no_lot_has_a_deposit_above_its_cost(gpus, lot, cents, left):
    paid = left.draw(st.integers(0, cents))
    hardware = FAR.hardware.model_copy(
        update={
            "status": "ordered",
            "delivery": FAR.start,
            "deposit_usd": paid / 100,
            "cost_to_come_usd": cents / 100,
        }
    )
    lots = lots_with(lot, gpus=gpus, hardware=hardware)
    assert all(0 <= cut.hardware.deposit <= cut.hardware.cost for cut in lots)
    assert sum(cut.hardware.deposit for cut in lots) == paid
    assert sum(cut.hardware.cost for cut in lots) == cents


def test_hardware_in_service_is_not_cut():
    hardware = FAR.hardware.model_copy(update={"status": "in-service"})
    (lot,) = lots_with(0.1, gpus=2_000, hardware=hardware)
    assert lot.hardware is None
    assert lot.start == day_of(FAR.start)


def test_a_ramp_begins_on_its_start_however_near():
    soon = HORIZON.as_of.replace(year=2026, month=1, day=5)
    lots = lots_with(0.5, gpus=2_000, start=soon)
    assert min(cut.start for cut in lots) == day_of(soon)
