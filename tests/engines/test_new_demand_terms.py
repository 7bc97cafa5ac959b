"""Terms of new demand and of prepayments, each moving only what it should."""

import datetime as dt
from pathlib import Path

import numpy as np
import pytest

from gpusim.economics.books import ledger, measures
from gpusim.economics.core import state as st
from gpusim.economics.core.state_pointer import to_pointer
from gpusim.economics.decisions import demand
from gpusim.economics.decisions.capacity_source import capacity_source
from gpusim.economics.plant.pools import uncommitted_gpus
from gpusim.engines.process import run
from gpusim.scenario import load
from gpusim.scenario.language.errors import ScenarioError
from gpusim.scenario.lower import lower
from gpusim.world import draw
from tests.economics.test_demand import GROWING, play
from tests.engines.build import book_of, contract, played, quiet
from tests.engines.event_days import events_off_their_day
from tests.engines.test_raising import MATURING, TERMS
from tests.engines.watch import watch

FAILS = (
    "gpus.GB300.failures={rate_per_year=0.3, log_sd=0.1, spare_share=0, short_start_share=0, "
    "repair={rate_per_year=1, days=30}}"
)
FLEET = {
    "own": {
        "category": "servers", "gpu": "G", "site": "S", "gpus": 10, "gross_usd": 100_000,
        "accumulated_usd": 0, "salvage_usd": 0, "remaining_life_years": 5,
    }
}  # fmt: skip


def live(value: float, months: int, **terms):
    tranche = {
        "gpus": 10, "start": dt.date(2026, 3, 31), "term_months": months, "value_usd": value,
        "hardware": {"status": "in-service"},
    }  # fmt: skip
    return contract([tranche], **terms)


def test_a_segment_asks_from_its_day_on_and_nobody_else_asks_differently() -> None:
    def offers(*sets: str):
        book = lower(load(GROWING, sets=sets))
        return draw(book.spec, 7, 0).offers

    always, later = offers(), offers("segments.labs.from=2027-06-01")
    first = (dt.date(2027, 6, 1) - dt.date(1970, 1, 1)).days
    assert later.day.min() >= first > always.day.min()
    assert later.tobytes() == always[always.day >= first].tobytes()


def test_service_levels_reach_the_contracts_of_a_segment() -> None:
    sla = "segments.labs.sla={availability=0.99, credit_multiple=2}"
    fails = FAILS
    _, _, without = play("levers.build_ahead_share=0", fails)
    _, _, with_sla = play("levers.build_ahead_share=0", fails, sla)
    new = with_sla.contracts[1 : with_sla.count[st.CONTRACTS]]
    assert len(new) > 2
    assert np.allclose(new.sla_allowance, 0.01)
    assert set(new.sla_multiple.tolist()) == {2.0}
    given = [s.stocks[measures.SERVICE_CREDITS].sum() for s in (without, with_sla)]
    assert given[0] != given[1]
    assert given[1] > 0


def test_customers_signed_in_the_run_fail_on_their_day() -> None:
    often = "{glut=0.3, balanced=0.3, scarce=0.3}"
    book = lower(load(GROWING, sets=(f"defaults={{investment-grade={often}, other={often}}}",)))
    sim = watch(book, draw(book.spec, 7, 1), day=events_off_their_day)
    assert sim.faults == []
    new = sim.s.customers[book.state.count[st.CUSTOMERS] : sim.s.count[st.CUSTOMERS]]
    assert new.defaulted.sum() > 2


def test_a_billed_prepayment_is_cash_but_not_cash_for_debt_service() -> None:
    def firm(flag: bool):
        rows = [{"amount_usd": 700_000, "due": dt.date(2026, 5, 4), "prepayment": flag}]
        return played(quiet(receivables={"invoices": rows}))

    ordinary, ahead = firm(False), firm(True)
    assert (ordinary.ledger == ahead.ledger).all()
    assert ordinary.stocks[measures.CFADS].sum() - ahead.stocks[measures.CFADS].sum() == 70_000_000


def test_what_is_left_of_a_prepayment_is_revenue_once_the_contract_is_over() -> None:
    # 900 prepaid, credited over 12 months of a contract that ends after three: 675 is left
    terms = live(9_000, 3, opening={
        "deferred_revenue_usd": 900, "credited_from": dt.date(2026, 4, 1),
        "credited_to": dt.date(2027, 3, 31),
    })  # fmt: skip
    s = played(quiet(contracts={"C": terms}, assets=FLEET))
    assert s.balance[ledger.DEFERRED_REVENUE] == 0
    assert -s.ledger[ledger.REVENUE_COMMITTED].sum() == (9_000 + 675) * 100
    assert s.backlog[:, st.REPRICED].sum() == 675 * 100


def test_a_supplier_takes_no_discount() -> None:
    line = {
        "kind": "vendor", "commitment_usd": 1_000_000, "available_to": dt.date(2027, 1, 1),
        "base": "fixed", "margin": 0.09, "day_count": "act/360", "seniority": 0,
        "maturity": dt.date(2030, 1, 1), "draw_discount": 0.02,
        "amortisation": {"law": "straight", "months": 12, "every_months": 1},
    }  # fmt: skip
    with pytest.raises(ScenarioError, match="0: the price is lent in full"):
        book_of(quiet(debt={"V": line}))


def test_an_optional_change_may_match_nothing(tmp_path) -> None:
    shock = tmp_path / "shock.toml"
    text = """
[shock]
title = "A site that only some models have"
source = "none"
as_of = 2026-01-01

[[change]]
path = "sites.nowhere.pue"
set = 1.5
"""
    shock.write_text(text)
    with pytest.raises(ScenarioError, match="nowhere"):
        load(GROWING, shocks=(str(shock),))
    shock.write_text(text + "optional = true\n")
    load(GROWING, shocks=(str(shock),))


def test_gpus_promised_to_a_later_start_are_not_promised_again() -> None:
    def at_opening(*contracts):
        tables = quiet(contracts={f"C{n}": c for n, c in enumerate(contracts)}, assets=FLEET)
        return to_pointer(book_of(tables).state)

    taken = contract([{"gpus": 6, "start": dt.date(2026, 3, 31), "value_usd": 600,
                       "hardware": {"status": "in-service"}}])  # fmt: skip
    s = at_opening(taken)
    assert uncommitted_gpus(s, 0) == 4
    assert capacity_source(s, 0, 4) == (0, True)  # the pool of the site, however late the start
    assert capacity_source(s, 0, 5) == (0, False)  # new at the site


def test_raising_leaves_a_firm_without_need_as_it_is() -> None:
    calm = quiet(debt={"N": MATURING | {"opening": MATURING["opening"] | {
        "principal_usd": 50_000_000, "repayments": {"2026": 50_000_000}}}})  # fmt: skip
    with_terms = calm | {"raising": TERMS}
    one, other = played(calm), played(with_terms)
    assert (one.ledger == other.ledger).all()


def test_a_programme_loan_pays_for_hardware_that_is_on_order() -> None:
    loan = {
        "closing_days": 5, "availability_months": 12, "advance_rate": 0.8, "base_floor": 0,
        "margin_by_rating": {"investment-grade": 0.03, "other": 0.05}, "undrawn_fee": 0,
        "draw_discount": 0, "reserve_share": 0, "seniority": 0,
        "amortisation": {"law": "straight", "months": 12, "every_months": 1},
    }  # fmt: skip
    ordered = {"status": "ordered", "delivery": dt.date(2026, 5, 1), "deposit_usd": 0}
    tranche = {"gpus": 100, "start": dt.date(2026, 6, 1), "value_usd": 9_000, "hardware": ordered}
    terms = contract([tranche], facility="programme")
    s = played(quiet(contracts={"C": terms}, programme=loan))
    assert s.facilities[0].used == 80 * 10_000 * 100  # four fifths of 100 GPUs at 10,000


QUEUES = Path(__file__).parents[1] / "oracles" / "models"


def asked_and_played(model: str, *sets: str):
    book = lower(load(str(QUEUES / f"{model}.toml"), sets=sets))
    world = draw(book.spec, 5, 0)
    return world, run(book.state, world)


def test_who_wants_more_than_is_idle_waits_for_others_to_leave() -> None:
    world, state = asked_and_played("loss-system", "levers.waiting_gpus=3")
    signed = state.offers == demand.SIGNED_OFFER
    assert (state.offers[~signed] == demand.CAPACITY).all()
    tranches = state.tranches[: state.count[st.TRANCHES]]
    late = tranches.start > tranches.planned_start
    assert late.sum() > 20
    for day in range(world.month_end[0] + 1, world.month_end[-1]):
        inside = (tranches.planned_start - 1 <= day) & (day < tranches.end)
        assert inside.sum() <= 13
    _, without = asked_and_played("loss-system")
    assert (without.offers == demand.SIGNED_OFFER).sum() < signed.sum()


def test_nobody_waits_where_a_site_has_power_for_more() -> None:
    _, without = asked_and_played("pipeline")
    _, with_list = asked_and_played("pipeline", "levers.waiting_gpus=1000")
    assert with_list.count[st.ORDERS] == without.count[st.ORDERS] > 100


def test_a_law_of_terms_moves_no_other_draw() -> None:
    fixed, _ = asked_and_played("loss-system")
    drawn, _ = asked_and_played("loss-system", 'segments.single.term_law="exponential"')
    assert set(fixed.offers.term_days.tolist()) == {60}
    assert len(set(drawn.offers.term_days.tolist())) > 50
    for name in fixed.offers.dtype.names:
        if name != "term_days":
            assert (fixed.offers[name] == drawn.offers[name]).all()


@pytest.mark.parametrize(
    "sets",
    [
        ("segments.single.term_sd_share=0.5",),
        ('segments.single.term_law="log-normal"',),
        ('segments.single.term_law="exponential"', "segments.single.term_sd_share=0.5"),
    ],
)
def test_a_spread_belongs_to_a_log_normal_term(sets) -> None:
    with pytest.raises(ScenarioError, match="term_sd_share"):
        load(str(QUEUES / "loss-system.toml"), sets=sets)
