"""GPUs bought without a contract: what they cost and bring by hand, room, money, lenders, names."""

from __future__ import annotations

import datetime as dt
import tempfile
from typing import Any

import numpy as np
import pytest

from gpusim.appraisal.realised import realise
from gpusim.economics.books.statements import line
from gpusim.economics.closing.opening import open_run
from gpusim.economics.core import state as st
from gpusim.economics.core.state import NEVER, NONE
from gpusim.economics.core.state_pointer import to_pointer, world_to_pointer
from gpusim.economics.decisions.outlook import look_ahead
from gpusim.engines.process import run as play
from gpusim.scenario import ScenarioError, load
from gpusim.scenario.checks.warnings import warnings_of
from gpusim.scenario.lower import lower
from gpusim.units_of_measure import date_of, day_of
from tests.cases.reading import MODELS, gpusim, happened
from tests.engines.build import (
    AS_OF,
    Tables,
    book_of,
    contract,
    gpu,
    merged,
    played,
    quiet,
    same,
    scenario_of,
    site,
    world_of,
)
from tests.parity.difference import first_difference

APRIL_1 = dt.date(2026, 4, 1)
STEPS: Tables = {
    "deposit_share": 0.2,
    "payment_days": 30,
    "lead": {"planned_days": 31, "sd_days": 0},
    "fitout": {"planned_days": 10, "sd_days": 0},
    "acceptance": {"planned_days": 20, "sd_days": 0},
    "on_demand_usd_per_gpu_hour": 2,
}


def stock(**changes: Any) -> Tables:
    """A hundred GPUs of USD 10,000 for nobody."""
    return {"gpus": 100, "gpu": "G", "site": "S", "date": AS_OF} | changes


def merchant(*stocks: Tables, **tables: Any) -> Tables:
    """The quiet firm with orders, and a market that takes half of the hours offered."""
    orders = {f"lot-{n}": own for n, own in enumerate(stocks, 1)}
    base = quiet(
        gpus={"G": gpu(**STEPS)},
        orders=orders,
        operator={"on_demand_share": 1},
        market={"on_demand_use": same(0.5)},
    )
    return merged(base, tables)


def test_what_it_costs_and_brings_by_hand():
    """Ordered on the as-of day, placed on 1 April, accepted on 1 June.

    A deposit of 0.2 x 1,000,000 = 200,000 on 1 April. Delivery 31 days later, on 2 May; the rest of
    800,000 is due 30 days after it, on 1 June. In service 10 days after delivery, on 12 May;
    charged over five years, to 11 May 2031, 1,826 days: 20 of them in May. Accepted 20 days after
    it, on 1 June: June has 30 x 24 x 100 = 72,000 GPU-hours, half of which are sold at USD 2:
    72,000. July has 74,400.
    """
    s = played(merchant(stock()))
    order = s.orders[0]
    assert order.tranche == NONE
    assert (order.placed, order.delivered) == (day_of(APRIL_1), day_of(dt.date(2026, 5, 2)))
    assert (order.fitted, order.accepted) == (
        day_of(dt.date(2026, 5, 12)),
        day_of(dt.date(2026, 6, 1)),
    )
    cash = line(s.ledger, "cash")[1:5] / 100 - 100_000_000
    june = -1_000_000 + 72_000
    assert cash.tolist() == [-200_000, -200_000, june, june + 74_400]
    assert line(s.ledger, "supplier_deposits")[1:3].tolist() == [20_000_000, 0]
    assert line(s.ledger, "payables_capex")[1:4].tolist() == [0, 80_000_000, 0]
    assert line(s.ledger, "construction_in_progress")[1:4].tolist() == [0, 0, 0]
    charged = np.cumsum(line(s.ledger, "depreciation_and_amortization"))[1:5]
    days = [0, 20, 50, 81]
    assert charged.tolist() == [100_000_000 * n // 1826 for n in days]
    revenue = line(s.ledger, "revenue")[1:5]
    assert revenue.tolist() == [0, 0, 7_200_000, 7_440_000]


def test_the_outlook_expects_its_cost_and_its_sales():
    """On the as-of day: 200,000 in April, 800,000 on 1 June, sales from June on as they will be."""
    book = book_of(merchant(stock()))
    world = world_of(book)
    h, w = to_pointer(book.state), world_to_pointer(world)
    open_run(h, w)
    look_ahead(h, w, 4)
    seen = book.state.outlook[1:5] / 100
    assert seen.tolist() == [-200_000, 0, 72_000 - 800_000, 74_400]


def test_nobody_holds_it_and_its_cohort_is_the_pool():
    """Without a tranche all revenue of realised units is the pool's."""
    tables = merchant(stock())
    book = book_of(tables)
    s = played(tables)
    rows = realise(s, world_of(book).month_end, book.names)
    pool = rows[rows[:, 0] == -2]
    assert int(pool[:, 7].sum()) == int(line(s.ledger, "revenue").sum()) > 0
    assert book.names.orders == ["orders.lot-1"]


@pytest.mark.parametrize(
    "tables",
    [
        merchant(stock()),
        merchant(stock(), stock(gpus=950, date=dt.date(2026, 7, 1))),
        merchant(stock(), balance={"cash_usd": 900_000}),
        merchant(
            stock(date=dt.date(2026, 5, 1)),
            contracts={
                "late": contract(
                    [{"gpus": 60, "start": dt.date(2026, 9, 1)}], price_usd_per_gpu_hour=3
                )
            },
        ),
    ],
)
def test_both_engines_play_it_to_the_same_bit(tables):
    book = book_of(tables)
    world = world_of(book)
    assert first_difference(book, world) is None


def test_both_engines_agree_with_luck_lots_loans_and_suppliers():
    book = lower(load(str(MODELS / "merchant.toml")))
    for replication in range(4):
        world = world_of(book, 5, replication)
        assert first_difference(book, world) is None


def test_an_empty_table_changes_no_hash_and_another_order_does():
    plain, empty = scenario_of(quiet()), scenario_of(quiet(orders={}))
    assert plain.hash() == empty.hash()
    assert scenario_of(quiet(orders={"a": stock()})).hash() != plain.hash()


def test_a_contract_that_is_signed_takes_what_stands_there():
    """Accepted on 1 June; a start on 1 September finds them and orders nothing of its own."""
    deal = contract([{"gpus": 60, "start": dt.date(2026, 9, 1)}], price_usd_per_gpu_hour=3)
    s = played(merchant(stock(), contracts={"late": deal}))
    assert s.orders[0].status == st.ORDER_WITHDRAWN  # of the contract, whose rows come first
    assert s.tranches[0].start == day_of(dt.date(2026, 9, 1))
    september = int(line(s.ledger, "revenue")[6])
    assert september == (60 * 24 * 30 * 3 + 40 * 24 * 30 // 2 * 2) * 100


def test_without_room_it_waits_like_any_other():
    """1,000 kW: the first fills it; the second of 950 is delivered on 1 August and waits for more.

    A second MW is there from 1 October on: in service ten days after it.
    """
    later = [
        {"it_mw": 1, "ready": dt.date(2026, 1, 1)},
        {"it_mw": 1, "ready": dt.date(2026, 10, 1)},
    ]
    two = (stock(gpus=1000), stock(gpus=950, date=dt.date(2026, 7, 1)))
    s = played(merchant(*two, sites={"S": site(later)}))
    second = s.orders[1]
    assert second.delivered == day_of(dt.date(2026, 8, 1))
    assert second.fitted == day_of(dt.date(2026, 10, 11))
    crowded = played(merchant(*two))
    assert crowded.orders[1].status == st.ORDER_DELIVERED
    assert crowded.orders[1].fitted == NEVER


def test_without_money_it_waits_and_is_placed_on_the_day_of_money():
    """900,000 of cash for a cost of 1,000,000; 100,000 more are paid in on 15 June."""
    poor: Tables = {"balance": {"cash_usd": 900_000}}
    s = played(merchant(stock(), **poor))
    assert s.orders[0].status == st.ORDER_DEFERRED
    round_ = {"date": dt.date(2026, 6, 15), "amount_usd": 100_000, "costs_usd": 0}
    s = played(merchant(stock(), equity={"round": round_}, **poor))
    assert s.orders[0].placed == day_of(dt.date(2026, 6, 15))


def test_orders_of_contracts_have_money_first():
    """Money for one of two that are asked for on 1 May: the contract's, though written after it."""
    deal = contract(
        [{"gpus": 100, "start": dt.date(2026, 7, 1)}],
        price_usd_per_gpu_hour=3,
        hardware_source="dedicated",
    )
    orders = merchant(
        stock(date=dt.date(2026, 5, 1)), contracts={"c": deal}, balance={"cash_usd": 1_000_000}
    )
    s = played(orders)
    assert s.orders[0].tranche == 0
    assert s.orders[0].placed == day_of(dt.date(2026, 5, 1))
    assert s.orders[1].needed == day_of(dt.date(2026, 5, 1))
    assert s.orders[1].placed == NEVER or s.orders[1].placed > s.orders[0].placed


def loan(**changes: Any) -> Tables:
    """A loan of 600,000 that lends 0.6 of cost."""
    terms: Tables = {
        "kind": "delayed-draw",
        "commitment_usd": 600_000,
        "available_to": dt.date(2027, 3, 31),
        "advance_rate": 0.6,
        "base": "fixed",
        "margin": 0,
        "undrawn_fee": 0,
        "draw_discount": 0,
        "day_count": "act/360",
        "amortisation": {"law": "bullet", "months": 60, "every_months": 12},
        "maturity": dt.date(2032, 3, 31),
        "seniority": 1,
    }
    return merged(terms, changes)


def test_a_loan_lends_on_hardware_without_a_contract():
    """0.6 of 1,000,000 is drawn on the bill's day, 1 June; 400,000 of cash pay the rest."""
    s = played(
        merchant(stock(facility="bank"), debt={"bank": loan()}, balance={"cash_usd": 400_000})
    )
    assert s.orders[0].placed == day_of(APRIL_1)
    assert line(s.ledger, "loans")[1:4].tolist() == [0, 0, 60_000_000]
    assert int(line(s.ledger, "cash")[3]) == 7_200_000


def test_a_loan_to_value_looks_at_the_hardware_alone():
    """Sized at 0.5 x 1,000,000, the least cap. On the bill's day, 1 June, it is 20 days old.

    The lender takes it down to nothing in 72 months of 365.25 / 12 days, 2,191.5: 0.5 x 1,000,000 x
    (1 - 20 / 2,191.5) = 495,436.92 are drawn, and cash pays the rest of 800,000.
    """
    debt = {"bank": loan(size_ltv=0.5)}
    s = played(merchant(stock(facility="bank"), debt=debt, balance={"cash_usd": 600_000}))
    assert int(s.facilities[0].commitment) == 50_000_000
    assert int(line(s.ledger, "loans")[3]) / 100 == pytest.approx(495_436.92, abs=0.01)


def refused(tables: Tables) -> str:
    with pytest.raises(ScenarioError) as caught:
        scenario_of(tables)
    (mistake,) = caught.value.mistakes
    return f"{mistake.key}: {mistake.found}; expected {mistake.expected}"


@pytest.mark.parametrize(
    ("debt", "said"),
    [
        (loan(size_dscr=1.4, running_cost_share=0.3), "sized on planned contract cash"),
        (
            loan(amortisation={"law": "sculpted", "dscr": 1.3}, running_cost_share=0.3),
            "repaid from planned contract cash",
        ),
    ],
)
def test_a_lender_that_counts_on_contracts_is_refused(debt, said):
    told = refused(merchant(stock(facility="bank"), debt={"bank": debt}))
    assert told.startswith('orders.lot-1.facility: "bank"')
    assert said in told


@pytest.mark.parametrize(
    ("terms", "said"),
    [
        ({"recourse": False, "default_after_months": 3}, "paid from its own contracts alone"),
        (
            {
                "covenants": {
                    "dscr": {"minimum": 1.2, "from": dt.date(2027, 3, 31), "scope": "facility"}
                }
            },
            "tested on its own contracts",
        ),
    ],
)
def test_a_borrower_of_its_own_is_refused(terms, said):
    deal = contract(
        [{"gpus": 1, "start": dt.date(2026, 9, 1)}], price_usd_per_gpu_hour=3, facility="bank"
    )
    tables = merchant(
        stock(facility="bank"),
        debt={"bank": loan(**terms)},
        contracts={"c": deal},
        operator={"forced_sale_share": 0.5},
    )
    assert said in refused(tables)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            {"date": dt.date(2026, 3, 30)},
            "2026-03-30; expected the as-of day, 2026-03-31, or later",
        ),
        ({"gpus": 0}, "expected more than 0"),
        ({"gpu": "H"}, "the name of a [gpus] table"),
        ({"site": "T"}, "the name of a [sites] table"),
        ({"facility": "programme"}, "the name of a [debt] table"),
        ({"loan_share": 0.5}, "facility, because loan_share is given"),
        ({"vendor_share": 0.5}, "vendor, because vendor_share is given"),
    ],
)
def test_what_cannot_be_is_refused(change, said):
    assert said in refused(merchant(stock(**change)))


@pytest.mark.parametrize(
    ("tables", "said"),
    [
        (merchant(stock(date=dt.date(2027, 4, 1))), "after the run's last day 2027-03-31"),
        (
            merchant(stock(gpus=1_001)),
            "can never be installed whole at S: its 1,001 G draw 1.001 MW",
        ),
        (
            merchant(stock(facility="bank", loan_share=0.7), debt={"bank": loan()}),
            "its advance_rate of 0.6 is drawn",
        ),
        (
            merchant(
                stock(facility="bank"), debt={"bank": loan(available_to=dt.date(2026, 4, 30))}
            ),
            "the loan bank can never pay for hardware of order lot-1",
        ),
        (merchant(stock(gpus=4)), "outside the usual 8 to 2,000,000"),
    ],
)
def test_what_is_hardly_meant_is_said(tables, said):
    told = [text for text in warnings_of(scenario_of(tables)) if "lot-1" in text]
    assert any(said in text for text in told), told


def test_lots_are_ordered_together_and_accepted_one_after_the_other():
    """0.5 MW a lot: 1,000 GPUs of 1.4 kW are three; 20 days, on average: 20 x 1/3, 20, 20 x 5/3."""
    book = lower(load(str(MODELS / "merchant.toml")))
    first = [f"orders.first.lot.{n}" for n in range(3)]
    assert book.names.orders[:3] == first
    orders = book.state.orders[:3]
    assert orders.gpus.tolist() == [334, 333, 333]
    assert orders.acceptance_planned.tolist() == [7, 20, 33]
    assert int(orders.cost.sum()) == 1_000 * 40_000 * 100


def test_its_story_has_its_name():
    assert ("2026-10-15", "orders.first.lot.0") in happened("need", "merchant")


def test_orders_can_be_a_book(tmp_path):
    text = (MODELS / "merchant.toml").read_text()
    head, _, rest = text.partition("[orders.first]")
    _, _, tail = rest.partition("[debt.lender]")
    (tmp_path / "orders.csv").write_text(
        "name,gpus,gpu,site,date,facility,loan_share,vendor,vendor_share\n"
        "first,1000,H200,hall,2026-10-15,lender,0.5,supplier,0.2\n"
        "second,800,H200,hall,2027-02-01,lender,0.6,,\n"
    )
    lines = head.split("\n")
    file = tmp_path / "merchant.toml"
    file.write_text(
        "\n".join([lines[0], 'orders = "orders.csv"', *lines[1:]]) + f"[debt.lender]{tail}"
    )
    assert load(str(file)).hash() == load(str(MODELS / "merchant.toml")).hash()


def test_the_one_generation_and_site_need_not_be_said():
    tables = merchant(stock())
    del tables["orders"]["lot-1"]["gpu"], tables["orders"]["lot-1"]["site"]
    order = scenario_of(tables).orders["lot-1"]
    assert (order.gpu, order.site) == ("G", "S")


def test_events_call_it_by_its_name():
    """Nobody's order is not told as if it were for somebody."""
    model = str(MODELS / "merchant.toml")
    with tempfile.TemporaryDirectory() as folder:
        run = gpusim("run", model, "--reps", "1", "--events", "1", "-q", "--out", f"{folder}/run")
        assert run.returncode == 0, run.stderr
        told = gpusim("explain", f"{folder}/run", "--line", "capex_cash", "--period", "2026Q4")
    assert "H200 of orders.first" in " ".join(told.stdout.split()), told.stdout


def test_the_verdict_and_the_story_say_that_it_waits_for_money():
    """6m of cash, 5m of it the floor: of the deposit of 4.0m there is none in the first month."""
    poor = ("--set", "balance.cash_usd=6_000_000", "--set", "orders.first.vendor_share=0")
    model = str(MODELS / "merchant.toml")
    with tempfile.TemporaryDirectory() as folder:
        run = gpusim("run", model, *poor, "--reps", "1", "--events", "1", "--out", f"{folder}/run")
    assert run.returncode == 0, run.stderr
    assert "orders wait for money in 100%" in " ".join(run.stdout.split()), run.stdout


@pytest.mark.parametrize("spares", [0.0, 0.1])
def test_gpus_that_an_earlier_turn_takes_are_bought_again_for_who_had_reserved_them(spares):
    """40 days from an order to its acceptance, ordered 21 days ahead: 100 for June on 1 April.

    They are accepted on 11 May; 5 fail by the end of the month, 95 start on 1 June, 5 wait. The 8
    that are accepted for nobody on 15 June will do for those, so none is bought for them. Then 50
    for August reserve the 8, and buy 42. On the 15th the 5 have their turn and start on 5 of the 8.
    Where spares were ordered on 1 June, accepted on 11 July, 5 of them are for the 50 before any is
    kept; else 5 are bought on 1 July, accepted on 10 August: 45 start on 1 August, 5 that day.
    """
    steps = {"planned_days": 30, "sd_days": 0}, {"planned_days": 10, "sd_days": 0}
    failing = {"rate_per_year": 0.1, "log_sd": 0, "spare_share": spares, "short_start_share": 0.1}
    for_june = {"gpus": 100, "start": dt.date(2026, 6, 1)}
    for_august = {"gpus": 50, "start": dt.date(2026, 8, 1)}
    tables = quiet(
        gpus={"G": gpu(lead=steps[0], acceptance=steps[1], failures=failing)},
        operator={"order_ahead_days": 21},
        orders={"spot": {"gpus": 8, "gpu": "G", "site": "S", "date": dt.date(2026, 5, 6)}},
        contracts={"A": contract([for_june, for_august], price_usd_per_gpu_hour=2, term_months=24)},
    )
    book = book_of(tables)
    world = world_of(book)
    factor = np.zeros_like(world.failure_factor)
    factor[:, 2] = 5.5 * 365 / (0.1 * 100 * 21)  # 5.5 of 100 GPUs in the 21 days of May
    final = play(book.state, world._replace(failure_factor=factor))
    parts = final.tranches[: final.count[st.TRANCHES]]
    late = [(dt.date(2026, 8, 1), 50)] if spares else [(dt.date(2026, 8, 1), 45)]
    late += [] if spares else [(dt.date(2026, 8, 10), 5)]
    assert sorted((date_of(int(part.start)), int(part.gpus)) for part in parts) == [
        (dt.date(2026, 6, 1), 95),
        (dt.date(2026, 6, 15), 5),
        *late,
    ]
    bought = sum(int(o.gpus) for o in final.orders if o.status == st.ORDER_ACCEPTED)
    kept = int(final.pools[0].spare)
    assert (bought, kept > 0) == (100 + 8 + 42 + 5 + kept, spares > 0)
