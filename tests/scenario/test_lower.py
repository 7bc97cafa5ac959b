"""The opening State of a small operator: its books, its events, and who is who."""

from pathlib import Path

import numpy as np
import pytest

from benchmarks.scaling import model_of
from gpusim.economics.books import checks
from gpusim.economics.books.ledger import ACCOUNTS
from gpusim.economics.books.measures import BACKLOG, RPO, UNDRAWN
from gpusim.economics.core import state
from gpusim.economics.core.agenda import PHASES, day_of_key, phase_of_key, subject_of_key
from gpusim.economics.core.state import NEVER, NONE
from gpusim.scenario import ScenarioError, load
from gpusim.scenario.language.limits import Limit
from gpusim.scenario.lower import lower
from gpusim.scenario.lowering import tables
from gpusim.units_of_measure import date_of

SMALL = str(Path(__file__).parent / "fixtures/small.toml")
USD = 100
MICRO = 1_000_000


@pytest.fixture(scope="module")
def book():
    return lower(load(SMALL))


def child(tmp_path: Path, text: str, *sets: str):
    """The small operator with more TOML laid over it, lowered."""
    path = tmp_path / "child.toml"
    path.write_text(f'extends = "{SMALL}"\n{text}')
    return lower(load(str(path), sets=sets))


def events(s) -> set[tuple[str, int, str]]:
    phases, subjects = np.nonzero(s.due < NEVER)
    return {
        (PHASES[p], int(k), date_of(s.due[p, k]).isoformat())
        for p, k in zip(phases, subjects, strict=True)
    }


def test_opening_books_tie_in_every_check(book):
    s = book.state
    series = checks.residual_series(s.ledger, s.stocks, s.backlog)
    assert {name: int(left[0]) for name, left in series.items() if left[0]} == {}
    assert (s.ledger[:, 0] == s.balance).all()
    assert not s.ledger[:, 1:].any()


def test_balance_sheet_lines_have_their_natural_sign(book):
    balance = dict(zip(ACCOUNTS, book.state.balance.tolist(), strict=True))
    assert balance["cash_opening"] == 25_000_000 * USD
    assert balance["servers_gross"] == 55_800_000 * USD
    assert balance["servers_accumulated"] == -9_300_000 * USD
    assert balance["loans"] == -30_000_000 * USD
    assert balance["debt_discount"] == 400_000 * USD
    assert balance["paid_in_capital"] == -40_000_000 * USD
    assert balance["accumulated_deficit"] == 7_891_882_83


def test_rows_add_up_to_the_balance_sheet(book):
    s = book.state
    balance = dict(zip(ACCOUNTS, s.balance.tolist(), strict=True))
    assert s.invoices.amount.sum() == balance["receivables"]
    assert s.bills.amount.sum() == -balance["payables_capex"]
    assert s.payables.sum() == -balance["payables_operating"]
    assert s.contracts.balance.sum() == -balance["deferred_revenue"]
    assert s.advances.balance.sum() == -balance["deferred_revenue"]
    assert s.leases.liability.sum() == -balance["lease_liabilities"]
    assert s.draws.discount.sum() == balance["debt_discount"]
    assert s.facilities.accrued.sum() == -balance["accrued_interest"]


def test_first_events_are_what_the_file_says(book):
    assert events(book.state) == {
        ("MONTH", 0, "2026-01-31"),
        ("COLLECT", 0, "2026-01-30"),
        ("COLLECT", 1, "2026-03-01"),
        ("PREPAY", 1, "2026-02-15"),
        ("NEED", 0, "2026-02-22"),  # start less 30 + 30 + 90 days of work and 10 ahead
        ("PAY", 0, "2026-02-28"),
        ("RAISE", 0, "2026-03-15"),
        ("NEED", 1, "2026-04-24"),
        ("PLANNED_START", 1, "2026-08-01"),
        ("PLANNED_START", 2, "2026-10-01"),
        ("LAPSE", 0, "2027-01-01"),
        ("END", 0, "2028-07-01"),
        ("RETIRE", 0, "2031-01-01"),  # 5 years of 365.25 days from 2026-01-01
        ("RETIRE", 1, "2035-01-01"),
        ("GIVE_BACK", 0, "2037-01-01"),  # the opening leases have eleven years to run
    }


def test_every_event_is_in_the_outbox_once_and_lies_ahead(book):
    s = book.state
    clock = s.clock[0]
    keys = [int(key) for key in s.outbox[: clock.outbox]]
    assert len(set(keys)) == len(keys) == int((s.due < NEVER).sum())
    assert all(s.due[phase_of_key(k), subject_of_key(k)] == day_of_key(k) for k in keys)
    assert min(keys) > clock.now
    assert date_of(clock.today).isoformat() == "2025-12-31"


def test_a_live_tranche_bills_what_is_left_of_its_term(book):
    live = book.state.tranches[0]
    assert live.status == state.TRANCHE_LIVE
    assert date_of(live.start).isoformat() == "2026-01-01"
    assert date_of(live.end).isoformat() == "2028-07-01"
    assert live.term_days == 912
    assert live.value == 1_500 * 24 * 912 * 2_20


def test_the_pool_is_what_live_tranches_leave(book):
    pool, site = book.state.pools[0], book.state.sites[0]
    assert (pool.in_service, pool.billing, pool.free) == (2_000, 1_500, 500)
    assert (site.powered_microwatts, site.load_microwatts, site.used_microwatts) == (
        3_000_000 * MICRO,
        2_800_000 * MICRO,
        2_800_000 * MICRO,
    )


def test_a_phase_ready_by_the_as_of_day_is_in_use_and_has_no_lease_of_its_own(book):
    s = book.state
    assert [hall.status for hall in s.halls] == [state.HALL_POWERED, state.HALL_PLANNED]
    assert s.halls[1].handed_over == NEVER
    assert s.count[state.LEASES] == 1
    assert s.leases[0].hall == NONE


def test_a_hall_without_power_yet_is_handed_over_and_energised_later(tmp_path):
    s = child(tmp_path, "", "sites.alpha.phases.1.ready=2025-12-01").state
    assert s.halls[1].status == state.HALL_HANDED_OVER
    site = s.sites[0]
    assert site.handed_microwatts == 9_000_000 * MICRO
    assert site.powered_microwatts == 3_000_000 * MICRO
    assert ("ENERGISE", 1, "2026-05-01") in events(s)


def test_backlog_opens_with_everything_signed(book, tmp_path):
    s = book.state
    assert s.backlog.sum() == s.backlog[0, state.OPENING, state.N_CAUSES, 0]
    assert s.backlog.sum() == s.tranches.value.sum()
    later = child(tmp_path, "", "contracts.second.signed=2026-05-01").state
    assert later.backlog.sum() == later.tranches[0].value
    assert later.contracts[1].vintage == 2
    assert ("SIGN", 1, "2026-05-01") in events(later)
    assert ("NEED", 0, "2026-05-01") in events(later)


def test_vintages_are_named_by_quarter_with_one_for_later_signatures(book, tmp_path):
    names = book.names.vintages
    assert (names[0], names[1], names[8], names[9]) == ("opening", "2026Q1", "2027Q4", "later")
    assert len(names) == book.state.backlog.shape[0]
    sets = [
        "contracts.second.signed=2028-03-01",
        "contracts.second.prepayment.due=2028-04-01",
        "contracts.second.tranches.0.start=2029-01-01",
        "contracts.second.tranches.1.start=2029-01-01",
    ]
    assert child(tmp_path, "", *sets).state.contracts[1].vintage == 9


def test_prepayment_is_a_share_of_the_contract_and_not_due_in_the_past(book, tmp_path):
    contract = book.state.contracts[1]
    assert contract.prepayment == 33_135_480 * USD  # 15% of 3,000 x 2.10 x 24 x 1,461 days
    assert (contract.credited_from, contract.credited_to) == (13, 36)
    assert contract.credit_first == NEVER
    text = """
    [contracts.third]
    customer = "labs"
    rating = "other"
    kind = "take-or-pay"
    gpu = "H100"
    site = "alpha"
    price_usd_per_gpu_hour = 2
    term_months = 12
    signed = 2025-12-01
    payment_days = 30
    late_start = "shifts"
    tranches = [{ gpus = 100, start = 2026-03-01 }]
    [contracts.third.prepayment]
    amount_usd = 1_000
    days_before_start = 300
    unconditional = false
    credited_months = [1, 12]
    """
    assert ("PREPAY", 2, "2026-01-01") in events(child(tmp_path, text).state)


def test_opening_deferred_revenue_is_credited_level_over_its_months(book):
    contract = book.state.contracts[0]
    opening = book.state.advances[contract.advance]
    assert (opening.credit_first, opening.credit_last) == (1, 24)
    assert (opening.balance, opening.untaxed) == (contract.balance, 0)
    assert date_of(contract.first_billing).isoformat() == "2025-07-01"


def test_a_backstop_counts_in_backlog_only(tmp_path):
    text = """
    [contracts.put]
    customer = "maker"
    rating = "investment-grade"
    kind = "backstop"
    term_months = 24
    signed = 2025-09-01
    payment_days = 30
    late_start = "keeps-end"
    tranches = [{ start = 2026-07-01, value_usd = 6_000_000 }]
    """
    s = child(tmp_path, text).state
    put = s.tranches[1]
    assert (put.gpus, put.order, put.value) == (0, NONE, 6_000_000 * USD)
    assert s.count[state.ORDERS] == 2
    assert s.stocks[BACKLOG, 0] - s.stocks[RPO, 0] == 6_000_000 * USD


def test_money_is_promised_to_orders_already_placed(tmp_path):
    sets = [
        "contracts.second.tranches=[{ gpus = 2_000, start = 2026-08-01, hardware = "
        '{ status = "ordered", delivery = 2026-05-15, deposit_usd = 12_400_000 } }]',
        "balance.supplier_deposits_usd=12_400_000",
        "balance.paid_in_capital_usd=52_400_000",
    ]
    s = child(tmp_path, "", *sets).state
    order, ddtl = s.orders[0], s.facilities[0]
    assert order.status == state.ORDER_PLACED
    assert (order.cost, order.paid_ahead) == (62_000_000 * USD, 12_400_000 * USD)
    assert order.loan == 43_400_000 * USD  # 70% of the cost, within the commitment
    assert order.loan + order.cash + order.paid_ahead == order.cost
    assert ddtl.reserved == order.loan + s.bills[0].loan
    assert s.firm[0].reserved_cash == order.cash + s.bills[0].cash
    assert ("DELIVER", 0, "2026-05-15") in events(s)


def test_a_loan_promises_no_more_than_it_has_left(tmp_path):
    sets = [
        "contracts.second.tranches=[{ gpus = 2_000, start = 2026-08-01, hardware = "
        '{ status = "ordered", delivery = 2026-05-15, deposit_usd = 12_400_000 } }]',
        "balance.supplier_deposits_usd=12_400_000",
        "balance.paid_in_capital_usd=52_400_000",
        "debt.ddtl.commitment_usd=50_000_000",
    ]
    s = child(tmp_path, "", *sets).state
    ddtl = s.facilities[0]
    assert ddtl.principal + ddtl.reserved == ddtl.commitment
    assert s.orders[0].cash == s.orders[0].cost - s.orders[0].paid_ahead - s.orders[0].loan


@pytest.mark.parametrize(
    "cheaper", ["gpus.H100.capex_usd_per_gpu=6_000", "contracts.second.tranches.0.gpus=399"]
)
def test_a_deposit_above_the_cost_of_its_hardware_is_a_mistake(tmp_path, cheaper):
    """2,000 GPUs at USD 6,000, or 399 at 31,000: less than the deposit of USD 12.4m."""
    sets = [
        "contracts.second.tranches=[{ gpus = 2_000, start = 2026-08-01, hardware = "
        '{ status = "ordered", delivery = 2026-05-15, deposit_usd = 12_400_000 } }]',
        "balance.supplier_deposits_usd=12_400_000",
        "balance.paid_in_capital_usd=52_400_000",
    ]
    with pytest.raises(ScenarioError, match="of hardware that costs USD 12,") as told:
        child(tmp_path, "", *sets, cheaper)
    assert len(told.value.mistakes) == 1
    agreed = sets[0].replace("12_400_000 }", "12_400_000, cost_to_come_usd = 12_400_000 }")
    order = child(tmp_path, "", agreed, *sets[1:], cheaper).state.orders[0]
    assert order.cost == order.paid_ahead == 12_400_000 * USD
    assert (order.loan, order.cash) == (0, 0)


def test_delivered_hardware_waits_for_a_hall(tmp_path):
    sets = [
        "contracts.second.tranches=[{ gpus = 2_000, start = 2026-08-01, hardware = "
        '{ status = "delivered", in_progress_usd = 50_000_000 } }]',
        "balance.construction_in_progress_usd=50_000_000",
        "balance.paid_in_capital_usd=90_000_000",
    ]
    s = child(tmp_path, "", *sets).state
    assert s.orders[0].status == state.ORDER_DELIVERED
    assert s.orders[0].in_progress == 50_000_000 * USD
    assert s.orders[0].cost == 0
    assert ("INSTALL", 0, "2026-01-01") in events(s)
    assert not any(phase == "NEED" for phase, _, _ in events(s))


PROGRAMME = """
[programme]
closing_days = 90
availability_months = 12
advance_rate = 0.8
margin_by_rating = { investment-grade = 0.0225, other = 0.045 }
base_floor = 0.01
undrawn_fee = 0.005
draw_discount = 0.01
amortisation = { law = "level", months = 60, every_months = 3 }
reserve_share = 0.01
seniority = 0
"""


def test_a_programme_loan_is_sized_on_the_orders_of_its_contract(tmp_path):
    book = child(tmp_path, PROGRAMME, "contracts.second.facility=programme")
    s = book.state
    loan = s.facilities[2]
    assert book.names.facilities[2] == "programme.second"
    assert loan.commitment == 74_400_000 * USD  # 80% of 3,000 GPUs at USD 31,000
    assert loan.margin == 0.0225
    assert loan.contract == 1
    assert {order.facility for order in s.orders} == {2}
    # Asked for on the as-of day, closed 90 days later; the first order was wanted in February.
    assert ("CLOSE", 2, "2026-03-31") in events(s)
    assert date_of(loan.closes).isoformat() == "2027-03-31"


def test_a_programme_loan_closes_on_the_first_order_day_when_there_is_time(tmp_path):
    sets = [
        "contracts.second.facility=programme",
        "contracts.second.tranches.0.start=2027-08-01",
    ]
    s = child(tmp_path, PROGRAMME, *sets, "contracts.second.tranches.1.start=2027-10-01").state
    assert ("CLOSE", 2, "2027-02-22") in events(s)
    assert ("NEED", 0, "2027-02-22") in events(s)


OTHER = """
[gpus.B200]
it_kw_per_gpu = 1.9
capex_usd_per_gpu = 50_000
infrastructure_share = 0.1
deposit_share = 0.2
payment_days = 60
book_life_years = 6
infrastructure_life_years = 10
salvage_share = 0.0
lead = { planned_days = 90, sd_days = 20 }
fitout = { planned_days = 30, sd_days = 10 }
acceptance = { planned_days = 30, sd_days = 10 }
on_demand_usd_per_gpu_hour = 4
floor_usd_per_gpu_hour = 1

[contracts.another]
customer = "labs"
rating = "other"
kind = "take-or-pay"
gpu = "B200"
site = "alpha"
price_usd_per_gpu_hour = 3
term_months = 12
signed = 2025-12-01
payment_days = 30
late_start = "shifts"
tranches = [{ gpus = 100, start = 2026-05-01 }]
"""


def test_another_contract_moves_rows_but_changes_no_identity(book, tmp_path):
    more = child(tmp_path, OTHER)
    nouns = ("gens", "sites", "halls", "orders", "contracts", "tranches", "facilities")
    for noun in nouns:
        before = zip(getattr(book.names, noun), getattr(book.state, noun).id, strict=True)
        after = dict(zip(getattr(more.names, noun), getattr(more.state, noun).id, strict=True))
        assert [name for name, number in before if after[name] != number] == []
    assert more.names.orders.index("second.tranches.0") != 0


def test_luck_and_state_name_the_same_things(book):
    s, spec = book.state, book.spec
    assert spec.gen_ids.tolist() == s.gens.id.tolist()
    assert spec.hall_ids.tolist() == s.halls.id.tolist()
    assert spec.order_ids.tolist() == s.orders.id.tolist()
    assert spec.contract_ids.tolist() == s.contracts.id.tolist()
    assert spec.hall_open.tolist() == [1, 0]
    assert len(set(spec.hall_developers.tolist())) == 1


def test_base_curve_is_linear_between_its_points_and_flat_after(tmp_path):
    curve = "[{ date = 2025-12-31, rate = 0.04 }, { date = 2026-12-31, rate = 0.03 }]"
    spec = child(tmp_path, "", f"rates.curve={curve}").spec
    assert spec.base_curve[0] == 0.04
    assert spec.base_curve[6] == pytest.approx(0.04 - 0.01 * 181 / 365)
    assert set(spec.base_curve[12:]) == {0.03}


def test_gpus_beyond_the_powered_capacity_are_refused_with_their_place(tmp_path):
    # 2,000 x 1.4996 kW are 2,999.2 kW, to the watt what the hall has; a tenth of a watt a GPU more
    # are 2,999.4 kW
    hall = "sites.alpha.phases.0.it_mw=2.9992"
    child(tmp_path, "", "gpus.H100.it_kw_per_gpu=1.4996", hall)
    wanted = r"assets\.h100_fleet\.gpus: found GPUs that draw 2\.9994 MW"
    with pytest.raises(ScenarioError, match=wanted):
        child(tmp_path, "", "gpus.H100.it_kw_per_gpu=1.4997", hall)


def test_undrawn_commitments_open_with_what_is_neither_drawn_nor_promised(book):
    # 100.0m less 30.0m drawn and 2.1m promised to a supplier's bill.
    assert book.state.stocks[UNDRAWN, 0] == 67_900_000 * USD


def test_a_run_starts_from_the_same_state_every_time(book):
    again = lower(load(SMALL))
    for one, other in zip(book.state, again.state, strict=True):
        assert one.tobytes() == other.tobytes()


def told_large(scenario, monkeypatch, most: int = 1):
    """What is refused where tables of so many bytes are let through: its key, line and bytes."""
    with monkeypatch.context() as limited:
        limited.setattr(tables, "STATE_BYTES", Limit(most, "bytes", "a test"))
        with pytest.raises(ScenarioError) as refused:
            lower(scenario)
    (told,) = refused.value.mistakes
    assert told.expected == f"at most {most:,} bytes"
    return told.key, told.line, int(told.found.split(" bytes")[0].replace(",", ""))


@pytest.mark.parametrize("axis", ["contracts", "tranches", "sites", "loans"])
def test_tables_that_are_refused_before_they_are_made_are_those_that_would_be_made(
    monkeypatch, tmp_path, axis
):
    """What a larger model takes more is told within a thirtieth; what is told is let through."""
    told, made = [], []
    for size in (100, 300):
        path = tmp_path / f"{size}.toml"
        path.write_text(model_of(axis, size))
        scenario = load(str(path))
        state_of = lower(scenario).state
        made.append(sum(column.nbytes for column in state_of))
        key, line, size_told = told_large(scenario, monkeypatch)
        # whose rows take most: a tranche has a loan beside it, a loan and a site have their months
        others = {"tranches": ("debt",), "loans": ("debt",), "sites": ("sites",)}
        assert key in ("contracts", *others.get(axis, ()))
        assert line > 0
        assert told_large(scenario, monkeypatch, size_told - 1)[2] == size_told
        monkeypatch.setattr(tables, "STATE_BYTES", Limit(size_told, "bytes", "a test"))
        lower(scenario)
        monkeypatch.undo()
        told.append(size_told)
    assert told[1] - told[0] == pytest.approx(made[1] - made[0], rel=1 / 30)


def test_more_rows_than_the_event_calendar_has_places_are_refused(monkeypatch):
    monkeypatch.setattr(tables, "MAX_SUBJECTS", 1)
    with pytest.raises(ScenarioError):
        lower(load(SMALL))
