"""A step that takes no days is over on the day on which it began."""

import pytest

from tests.cases.reading import happened, table, usd

QUICK = (
    "gpus.GB300.lead.planned_days=0",
    "gpus.GB300.fitout.planned_days=0",
    "gpus.GB300.payment_days=0",
)


def test_a_tranche_accepted_at_once_starts_on_its_day() -> None:
    assert [day for day, _ in happened("start", "zero_days")] == ["2027-02-01", "2027-05-01"]


def test_customers_without_payment_days_pay_on_the_invoice_s_day() -> None:
    # 20% of 48,000 x 2.91 x 24 h x (1,826 and 1,827 days), due 2026-08-31
    value = 24_000 * 2.91 * 24 * (1_826 + 1_827)
    paid = usd("cash_from_customers", "2026-08", "zero_days")
    assert paid == pytest.approx(0.2 * value, abs=1)
    # February's invoice, 24,000 x 2.91 x 24 x 28, is February's cash; nobody owes anything after
    invoice = 24_000 * 2.91 * 24 * 28
    assert usd("cash_from_customers", "2027-02", "zero_days") == pytest.approx(invoice, abs=0.01)
    assert usd("receivables", "2027-02", "zero_days") == 0


def test_order_to_billing_may_be_one_day() -> None:
    # no lead, no fit-out, no acceptance, no order ahead: ordered, delivered, installed, in service,
    # accepted, billed and paid for on 2027-02-01 and 2027-05-01
    days = ["2027-02-01", "2027-05-01"]
    for step in ("need", "place", "deliver", "fitted", "accept", "start", "pay"):
        assert [day for day, _ in happened(step, "zero_days", *QUICK)] == days, step


def test_each_step_alone_may_take_no_days() -> None:
    # planned to be accepted on the day of the start: 120 + 30 days before it where only one is 0
    for zero, placed in (
        ("gpus.GB300.lead.planned_days=0", "2027-01-02"),
        ("gpus.GB300.fitout.planned_days=0", "2026-10-04"),
    ):
        assert happened("place", "zero_days", zero)[0][0] == placed
        assert happened("start", "zero_days", zero)[0][0] == "2027-02-01"


def test_a_hall_late_by_nothing_is_on_time() -> None:
    late = ("sites.alpha.delay.probability=1", "sites.alpha.delay.mean_days=0")
    assert [day for day, _ in happened("handover", "zero_days", *late)] == [
        "2026-12-01",
        "2027-03-01",
    ]


def test_costs_without_payables_months_are_paid_in_their_month() -> None:
    lines = table("statements_monthly", "zero_days", "operator.payables_months=0")
    assert lines["payables_operating"].to_list() == [0] * len(lines)


def test_a_customer_starts_on_the_day_after_signature_at_the_earliest() -> None:
    # signed on 3 August for a start that day, the GPUs there at once: 28 days of 48,000
    assert [day for day, _ in happened("start", "signed_today")] == ["2026-08-04"]
    revenue = usd("revenue_committed", "2026-08", "signed_today")
    assert revenue == pytest.approx(28 * 48_000, abs=0.01)
    # the term of 731 days moves with it, to the end of 3 August 2028
    revenue = usd("revenue_committed", "2028-08", "signed_today")
    assert revenue == pytest.approx(3 * 48_000, abs=0.01)
