"""New demand: what is signed, at which price, and that each lever decides what it says."""

from pathlib import Path

import numpy as np
import pytest

from gpusim.economics.books.checks import residuals
from gpusim.economics.core import state as st
from gpusim.economics.core.array_capacity import grow
from gpusim.economics.core.state_pointer import to_pointer, world_to_pointer
from gpusim.economics.decisions import demand, prospects
from gpusim.economics.decisions.cost_bases import BILLING_CONTRACTS, REVENUE
from gpusim.economics.plant.market import months_of, term_price
from gpusim.economics.plant.sites import committed_microwatts
from gpusim.engines import process
from gpusim.scenario import load
from gpusim.scenario.lower import lower
from gpusim.scenario.naming import grown
from gpusim.strategies import Decision, View
from gpusim.world import draw

GROWING = str(Path(__file__).parents[1] / "fixtures" / "growing.toml")


class Take:
    """Signs whatever it is shown at a fixed ask, and remembers it."""

    def __init__(self, markup: float = 0.01, sign: bool = True) -> None:
        self.seen: list[View] = []
        self.markup, self.sign = markup, sign

    def decide(self, view: View) -> Decision:
        self.seen.append(view)
        return Decision(self.sign, self.markup)


def play(*sets: str, rep: int = 0, strategy: Take | None = None):
    book = lower(load(GROWING, sets=sets))
    w = draw(book.spec, 7, rep)
    s = process.run(book.state, w, strategy=strategy, names=book.names)
    left = residuals(s.ledger, s.stocks, s.backlog)
    assert not {name for name, residual in left.items() if residual}
    return book, w, s


def outcomes(s) -> dict[str, int]:
    count = np.bincount(s.offers, minlength=len(demand.OUTCOMES))
    return {demand.OUTCOMES[k]: int(n) for k, n in enumerate(count) if n}


@pytest.fixture(scope="module")
def base():
    return play()


def test_every_offer_is_closed_and_signed_ones_have_a_contract(base) -> None:
    book, w, s = base
    assert (s.offers != demand.OPEN_OFFER).all()
    signed = w.offers.id[s.offers == demand.SIGNED_OFFER].tolist()
    new = s.contracts.id[len(book.names.contracts) : s.count[st.CONTRACTS]].tolist()
    assert len(signed) > 2
    assert set(signed) <= set(new)  # renewals carry the id of what they renew


def test_backlog_signed_is_the_value_of_the_new_tranches(base) -> None:
    book, _, s = base
    opening = len(book.names.tranches)
    value = int(s.tranches.value[opening : s.count[st.TRANCHES]].sum())
    assert int(s.backlog[1:, st.SIGNED].sum()) == value > 0
    assert int(s.backlog[0, st.SIGNED].sum()) == 0


def test_a_signature_is_priced_at_the_markets_term_price_of_its_day(base) -> None:
    book, w, s = base
    c = len(book.names.contracts)
    o = int(np.flatnonzero(w.offers.id == s.contracts[c].id)[0])
    month = int(np.searchsorted(w.month_end, w.offers[o].day))
    term = int(w.offers[o].term_days)
    price = term_price(world_to_pointer(w), int(w.offers[o].gen), month, months_of(term))
    own = s.tranches.contract[: s.count[st.TRANCHES]] == c
    value = int(s.tranches.value[: s.count[st.TRANCHES]][own].sum())
    assert value == round(price * 24 * int(w.offers[o].gpus) * term)


def test_power_is_never_promised_twice(base) -> None:
    _, _, s = base
    for k in range(len(s.sites)):
        assert committed_microwatts(to_pointer(s), k) <= sum(
            int(hall.microwatts)
            for hall in (s.halls[h] for h in range(len(s.halls)))
            if hall.site == k
        )


@pytest.mark.parametrize(
    ("lever", "outcome"),
    [
        ("takes_offers=false", "declined by the strategy"),
        ("minimum_term_months=48", "term outside the strategy"),
        ("maximum_term_months=11", "term outside the strategy"),
        ("investment_grade_only=true", "rating below the strategy"),
        ("minimum_prepayment=0.5", "prepayment too small"),
        ("concentration_cap=0.0", "customer too large"),
        ("contract_share=0.0", "share of contracts reached"),
        ("hurdle_margin=9.0", "price below the hurdle"),
        ("price_markup=9.0", "customer found it too dear"),
    ],
)
def test_a_lever_alone_turns_every_signature_into_its_own_reason(base, lever, outcome) -> None:
    _, w, s = base
    name, value = lever.split("=")
    _, other, changed = play(f"levers.{name}={value}", "levers.build_ahead_share=0")
    assert other.offers.tobytes() == w.offers.tobytes()  # the same people asked
    assert "signed" in outcomes(s)
    assert "signed" not in outcomes(changed)
    assert outcome in outcomes(changed)


def test_leverage_stops_signatures_only_once_there_is_debt() -> None:
    _, _, free = play("levers.build_ahead_share=0")
    _, _, capped = play("levers.build_ahead_share=0", "levers.leverage_cap=0.5")
    assert outcomes(capped).get("leverage cap", 0) > 0
    assert outcomes(capped).get("signed", 0) < outcomes(free)["signed"]


def test_building_ahead_buys_gpus_for_nobody() -> None:
    _, _, without = play("levers.build_ahead_share=0")
    _, _, ahead = play("levers.build_ahead_share=0.03")

    def pool(s) -> int:
        orders = s.orders[: s.count[st.ORDERS]]
        return int(orders.gpus[orders.tranche == st.NONE].sum())

    assert pool(without) == 0
    assert pool(ahead) > 0


def test_a_programme_closes_a_loan_for_each_contract_that_needs_hardware() -> None:
    terms = (
        "programme={closing_days=30, availability_months=24, advance_rate=0.7, base_floor=0.0, "
        "margin_by_rating={investment-grade=0.03, other=0.05}, undrawn_fee=0.005, "
        'draw_discount=0.01, amortisation={law="straight", months=48, every_months=3}, '
        "reserve_share=0.0, seniority=3}"
    )
    book, _, s = play("levers.programme=true", terms)
    new = s.facilities[len(book.names.facilities) : s.count[st.FACILITIES]]
    assert len(new) > 0
    assert (new.used > 0).any()
    assert (new.used <= new.commitment).all()
    assert not new.interest_drawn.any()
    quarterly, counted = "every_months=3", 'cost_base=["interest"], closing_days'
    assert quarterly in terms
    book, _, s = play(
        "levers.programme=true",
        terms.replace(quarterly, "every_months=1").replace("closing_days", counted),
    )
    new = s.facilities[len(book.names.facilities) : s.count[st.FACILITIES]]
    assert (new.interest_drawn > 0).any()
    assert (new.used <= new.commitment).all()


def test_renewals_keep_the_gpus_at_the_price_of_the_day() -> None:
    _, _, none = play("segments.labs.renewal.chance=0")
    book, w, all_of_them = play("segments.labs.renewal.chance=1")
    names = grown(book.names, all_of_them, w.offers)
    renewed = [k for k, name in enumerate(names.tranches) if ".renewal." in name]
    assert renewed
    first = all_of_them.tranches[renewed[0]]
    old = [
        all_of_them.tranches[k]
        for k in range(all_of_them.count[st.TRANCHES])
        if all_of_them.tranches[k].id == first.id and all_of_them.tranches[k].end == first.start
    ]
    assert [int(t.gpus) for t in old].count(int(first.gpus)) >= 1
    assert all_of_them.backlog[:, st.SIGNED].sum() > none.backlog[:, st.SIGNED].sum()


def test_a_customer_to_come_renews_as_often_as_its_segment_says() -> None:
    """Terms of a month, so that a customer could renew dozens of times; parts of one count once."""
    for times in (1, 2):
        renewal = f"segments.labs.renewal={{ chance = 1, term_months = 1, times = {times} }}"
        _, w, s = play(
            renewal,
            "segments.labs.term_months=[1]",
            "segments.labs.term_weights=[1]",
            "levers.minimum_term_months=1",
        )
        ends: dict[int, set[int]] = {}
        for k in range(s.count[st.TRANCHES]):
            tranche = s.tranches[k]
            if tranche.id in set(w.offers["id"].tolist()) and tranche.start < st.NEVER:
                ends.setdefault(int(tranche.id), set()).add(int(tranche.start))
        assert max(len(starts) for starts in ends.values()) == 1 + times


def test_a_users_strategy_sees_every_offer_and_has_the_last_word() -> None:
    no, yes = Take(sign=False), Take()
    _, w, refused = play(strategy=no)
    _, _, taken = play(strategy=yes)
    assert len(no.seen) == len(yes.seen) == len(w.offers)
    assert outcomes(refused) == {"declined by the strategy": len(w.offers)}
    assert set(outcomes(taken)) <= {"signed", "no site with power"}
    assert {view.gpu for view in yes.seen} == {"GB300"}
    assert all(view.market in ("glut", "balanced", "scarce") for view in yes.seen)


@pytest.mark.parametrize(
    ("planned", "drawn", "lot", "days"),
    [(0, 0, 0, 0), (30, 40, 15, 25), (30, 10, 15, 0), (30, 30, 45, 45)],
)
def test_a_lot_is_accepted_as_much_later_as_the_whole_and_never_before_it_serves(
    planned, drawn, lot, days
) -> None:
    """Planned days of the whole and of the lot, and those that luck gives the whole."""
    book = lower(load(GROWING))
    w = draw(book.spec, 7, 0)
    gen = int(w.offers[0].gen)
    book.state.gens[gen].acceptance_days, w.offers[0].acceptance_days = planned, drawn
    row = int(book.state.count[st.ORDERS])
    state = grow(book.state)
    demand.new_order(to_pointer(state), world_to_pointer(w), 0, 0, int(st.NONE), lot, 0)
    assert state.orders[row].acceptance_drawn == days


def test_a_deal_expects_its_prepayment_so_many_days_before_its_start() -> None:
    """Signed on 30 June 2026 to start from a pool 200 days later, on 16 January: 45 days before, on
    2 December, half of 1,000 is asked for, and paid 20 days later. No more comes in that year."""
    book = lower(load(GROWING))
    w, state = draw(book.spec, 7, 0), book.state
    offer = w.offers[0]
    offer.start_days, offer.prepayment_days, offer.payment_days = 200, 45, 20
    offer.prepayment_share = 0.5
    state.clock[0].month = 1
    state.outlook[:] = 0
    prospects.add_deal(
        to_pointer(state), world_to_pointer(w), 0, 0, True, 1_000_00, int(w.month_end[0])
    )
    assert state.outlook[1:7].tolist() == [0, 0, 0, 0, 0, 500_00]


def test_a_deal_is_a_contract_in_the_months_in_which_it_is_expected_to_earn() -> None:
    """60 days from 16 January 2027 are 16 days, February, and 16 of March: one contract more for
    each, none before and none after, though its invoices are paid 20 days later."""
    book = lower(load(GROWING))
    w, state = draw(book.spec, 7, 0), book.state
    offer = w.offers[0]
    offer.start_days, offer.term_days, offer.payment_days = 200, 60, 20
    state.clock[0].month = 1
    state.outlook[:] = 0
    state.cost_bases[:] = 0
    state.cost_bases[8, BILLING_CONTRACTS] = 2
    start = int(w.month_end[0]) + 200
    prospects.invoice_deal(to_pointer(state), world_to_pointer(w), 0, 0, start, 600_00, 0, 11)
    assert state.cost_bases[6:12, BILLING_CONTRACTS].tolist() == [0, 1, 3, 1, 0, 0]
    assert state.cost_bases[6:12, REVENUE].tolist() == [0, 160_00, 280_00, 160_00, 0, 0]
