"""A break-even price of `units`, put back into the model, returns what it was asked for."""

import numpy as np
import pytest

from gpusim.appraisal import unit_economics
from gpusim.appraisal.returns import Figure
from gpusim.appraisal.unit_economics import compute
from gpusim.appraisal.unit_figures import Row
from gpusim.scenario import load

PRICE = "contracts.anchor.price_usd_per_gpu_hour"
TARGETS = {
    "price_return_of_capital": ("irr_unlevered", 0.0),
    "price_at_hurdle": ("irr_unlevered", 0.10),
    "price_at_dscr_one": ("dscr_lowest", 1.0),
    "price_at_dscr_one_before_rent": ("dscr_lowest_before_rent", 1.0),
    "price_at_covenant": ("dscr_lowest", 1.05),
    "price_at_covenant_before_rent": ("dscr_lowest_before_rent", 1.05),
}


def anchor(*sets: str) -> Row:
    """The row of single-site's contract, as `gpusim units single-site --set ...` gives it."""
    return compute(load("single-site", sets=sets), contract="anchor").rows[0]


def judged(*sets: str) -> Row:
    """The same without break-even prices of its own, which take most of the time."""
    none = dict.fromkeys(TARGETS, Figure(None, "not asked for"))
    with pytest.MonkeyPatch.context() as changed:
        changed.setattr(unit_economics, "prices", lambda *_: none)
        return anchor(*sets)


@pytest.mark.parametrize(
    ("figure", "price"),
    [("price_at_hurdle", 2.3966), ("price_at_dscr_one", 2.6223), ("price_at_covenant", 2.7083)],
)
def test_break_even_prices_of_the_tutorial(figure, price):
    """The prepayment is a fifth of the value, so that it and its credits move with the price.

    With the loan's instalments as they were in `units`, an annuity at the rate times 365/360, the
    second and third were 2.6250 and 2.7112; a run's are an annuity at the rate, see below.
    """
    found = anchor().figures[figure].value
    assert found == pytest.approx(price, abs=1e-4)
    asked, target = TARGETS[figure]
    back = anchor(f"{PRICE}={found!r}").figures
    assert back[asked].value == pytest.approx(target, abs=1e-6)


@pytest.mark.parametrize("cover", [1.0, 1.05])
def test_price_that_just_covers_the_service_by_hand(cover):
    """Years with credits: two thirds of revenue R, less costs, are the service times the cover.

    A prepayment of a fifth of 5 R is credited over three years, R / 3 a year. The fifth year is the
    worst, as overheads grow. Each lot's loan: 3 months without principal, then 57 instalments, each
    the first of an annuity at the month's rate, base plus 2.25%; interest is 365/360 of that.
    """
    service = 0.0
    for start, amount in ((8, 1000e6), (11, 1000e6)):
        left = amount
        for month in range(1, 61):
            years = min((start - 1 + month) / 24, 1.0)
            rate = (0.0375 - 0.0025 * years + 0.0225) / 12
            paid = left * rate * 365 / 360
            if month > 3:
                principal = left * rate / ((1 + rate) ** (61 - month) - 1)
                paid += principal
                left -= principal
            service += paid if month > 48 else 0.0
    power = 99_840 * (0.8 * 1.2 * 0.06 * 8_760 + 135 * 12)
    growth = 1.03 ** (1 / 12)
    overhead = 2.955e6 * 1.03**4 * (growth**12 - 1) / (growth - 1)
    revenue = (cover * service + power + overhead) * 3 / 2
    name = "price_at_dscr_one" if cover == 1.0 else "price_at_covenant"
    found = anchor().figures[name].value
    assert found == pytest.approx(revenue / (48_000 * 8_760), abs=2e-4)


def test_price_that_returns_the_capital_by_hand():
    """What is paid and credited ahead nets to nothing, so the prepayment is not in it.

    Hardware 76,400 less a sixth; power 2.08 x 0.8 x 1.2 x 0.06 and rent and staff 2.08 x 135 / 730
    an hour; overheads in cash 1.5 + 0.45 + 1.005 = 2.955m a month, up by g = 1.03^(1/12)
    for 60: 2.955 x (1.03^5 - 1) / (g - 1) over 48,000 x 43,800 h.
    """
    by_hour = 76_400 * 5 / 6 / 43_800 + 2.08 * 0.8 * 1.2 * 0.06 + 2.08 * 135 / 730
    overhead = 2.955e6 * (1.03**5 - 1) / (1.03 ** (1 / 12) - 1) / (48_000 * 43_800)
    found = anchor().figures["price_return_of_capital"].value
    assert found == pytest.approx(by_hour + overhead, abs=1e-4)


def test_a_term_of_37_months_breaks_even_as_well():
    """Before, what was found covered debt service 0.933 times."""
    sets = (
        "contracts.anchor.term_months=37",
        "contracts.anchor.prepayment={share=0.2, due=2026-08-31, unconditional=false, "
        "credited_months=[25, 37]}",
    )
    first = anchor(*sets)
    back = anchor(*sets, f"{PRICE}={first.figures['price_at_dscr_one'].value!r}")
    assert back.figures["dscr_lowest"].value == pytest.approx(1.0, abs=1e-6)
    assert len(back.dscr) == 4


def test_list_price_of_gpus_on_demand():
    """Prices that fall over the years: the answer is today's, and the rest follows it."""
    path = (1.0, 0.8, 0.6)
    key = "gpus.GB300.on_demand_usd_per_gpu_hour"
    sets = ("gpus.GB300.floor_usd_per_gpu_hour=0.1",)

    def row(*more):
        rows = compute(load("single-site", sets=(*sets, *more)), price_path=path).rows
        return next(r for r in rows if r.kind == "on-demand")

    found = row().figures["price_at_hurdle"].value
    assert row(f"{key}={found!r}").figures["irr_unlevered"].value == pytest.approx(0.1, abs=1e-6)


def _deal(rng) -> tuple[str, ...]:
    """Terms within what lenders and customers agree on; some with little to spare, some absurd."""
    term = int(rng.integers(14, 72))
    first = int(rng.integers(1, term + 1))
    last = int(rng.integers(first, term + 1))
    ahead = rng.choice(["share=0.0", "share=0.2", "share=0.45", "amount_usd=700_000_000"])
    law = rng.choice(["level", "straight", "bullet", "sculpted"])
    every = int(rng.choice([1, 3, 6, 12]))
    grace = int(rng.choice([0, 12])) if law != "bullet" else 0
    months = grace + every * int(rng.integers(1, 5)) * (12 // every)
    cover = ", dscr=1.3" if law == "sculpted" else ""
    running = ("debt.ddtl.running_cost_share=0.25",) if law == "sculpted" else ()
    size = rng.choice(["", "debt.ddtl.size_dscr=1.5", "debt.ddtl.size_ltv=0.5"], p=[0.6, 0.2, 0.2])
    if "dscr" in size and not running:
        running = ("debt.ddtl.running_cost_share=0.25",)
    balloon = 0.0 if law in ("sculpted", "bullet") else float(rng.choice([0.0, 0.25]))
    return (
        f"{PRICE}={rng.uniform(1.5, 5):.3f}",
        f"contracts.anchor.term_months={term}",
        f"contracts.anchor.prepayment={{{ahead}, due=2026-08-31, unconditional=false, "
        f"credited_months=[{first}, {last}]}}",
        f"contracts.anchor.loan_share={rng.uniform(0.1, 0.7):.3f}",
        f"debt.ddtl.amortisation={{law='{law}', months={months}, grace_months={grace}, "
        f"every_months={every}, balloon_share={balloon}{cover}}}",
        f"debt.ddtl.margin={rng.uniform(0.01, 0.08):.4f}",
        f"overheads.office.revenue_share={rng.uniform(0, 0.2):.3f}",
        f"sites.alpha.minimum_take={rng.uniform(0, 1):.2f}",
        f"gpus.GB300.capex_usd_per_gpu={rng.uniform(30_000, 90_000):.0f}",
        *running,
        *([size] if size else []),
    )


@pytest.mark.parametrize("seed", range(24))
def test_any_break_even_put_back_returns_its_target(seed):
    """Also of a deal that breaks even as it is, the first one: prices are looked for there too."""
    sets = _deal(np.random.default_rng(seed))
    row = anchor(*sets)
    answered = 0
    for figure, (asked, target) in TARGETS.items():
        found = row.figures[figure].value
        if found is None:
            assert row.figures[figure].reason
            continue
        look = judged if answered else anchor
        back = look(*sets, f"{PRICE}={found!r}")
        answered += 1
        if asked == "irr_unlevered":
            roots = back.irr_roots["unlevered"]
            assert min(abs(root - target) for root in roots) <= 1e-6
        else:
            assert back.figures[asked].value == pytest.approx(target, abs=1e-6)
    for figure, target in (("zero", 0.0), ("hurdle", 0.10)):
        yearly = row.figures[f"revenue_per_mw_year_at_{figure}_return"].value
        price = yearly / row.figures["revenue_per_mw_year"].value
        price *= row.figures["rent_price"].value
        back = judged(*sets, f"{PRICE}={price!r}").figures
        assert back["return_on_capital"].value == pytest.approx(target, abs=1e-6)
    assert answered >= 2
