"""When GPUs are sold only their servers are: infrastructure stays, for a life of its own."""

import pytest

from tests.cases.reading import table, usd

RESALE = (
    "market.resale={rent_elasticity = 0, residual_by_age = {0 = 1.0, 1 = 0.6, 2 = 0.6, 8 = 0.6}}",
    "gpus.GB300.economic_life_years=1.5",
    "contracts.anchor.term_months=12",
    "contracts.anchor.prepayment.credited_months=[1, 12]",
    "contracts.anchor.tranches=[{gpus = 24000, start = 2027-02-01}]",
    "operator.capitalised_interest_share=0",
)
COST = 24_000 * 76_400


@pytest.mark.parametrize("share", [0.0, 0.34, 1.0])
def test_proceeds_are_of_the_servers_alone(share: float) -> None:
    # in service on 2026-12-31 and sold on 2028-06-30 at 60% of new, whatever rents do
    own = (*RESALE, f"gpus.GB300.infrastructure_share={share}")
    sold = usd("disposal_proceeds", "2028-06", "det", *own)
    assert sold == pytest.approx(COST * (1 - share) * 0.6, abs=24_000 * 0.01)


def test_infrastructure_stays_on_the_books_and_depreciates() -> None:
    # ten years from 2026-12-31 are 3,653 days
    own = (*RESALE, "gpus.GB300.infrastructure_share=0.34")
    assert usd("ppe_gross", "2028-07", "det", *own) == pytest.approx(COST * 0.34, abs=1)
    charge = usd("depreciation_and_amortization", "2028-07", "det", *own)
    assert charge == pytest.approx(COST * 0.34 / 3_653 * 31, abs=0.02)


def test_a_loss_on_sale_is_the_servers_own() -> None:
    # 547 of 2,192 days are charged by 2028-06-29: a gain or loss of proceeds less what is left
    own = (*RESALE, "gpus.GB300.infrastructure_share=0.34")
    servers = COST * 0.66
    left = servers * (1 - 547 / 2_192)
    gain = usd("disposal_gain", "2028-06", "det", *own)
    assert gain == pytest.approx(servers * 0.6 - left, abs=24_000 * 0.01)


def test_impairment_goes_down_to_what_servers_fetch() -> None:
    # no contract and no sales: worth nothing to the firm, and 60% of new servers to others
    own = (
        *RESALE[:1],
        *RESALE[5:],
        "operator.impairment_test=true",
        "gpus.GB300.infrastructure_share=0.34",
        "contracts.anchor.price_usd_per_gpu_hour=0.01",
        "contracts.anchor.tranches=[{gpus = 24000, start = 2027-02-01}]",
    )
    lines = table("statements_monthly", "det", *own)
    loss = dict(zip(lines["period"], lines["impairment"], strict=True))
    assert loss["2027-03"] > 0
    # residual in March 2027: 90 days after new, 1 - 0.4 x 90 / 365
    worth = 1 - 0.4 * 90 / 365
    book = COST * 0.66 * (1 - 91 / 2_192)
    assert loss["2027-03"] / 100 == pytest.approx(book - COST * 0.66 * worth, abs=24_000 * 0.01)
