"""The loan of `units` is the loan of a run: one rule for its size, one for its instalments."""

import polars as pl
import pytest

from gpusim.appraisal.unit_economics import compute
from gpusim.appraisal.unit_figures import Row
from gpusim.scenario import load
from tests.cases.reading import MODELS, folder_of
from tests.engines.build import scenario_of
from tests.engines.test_sculpted import tables
from tests.engines.test_sizing import plain

RICH = (
    "balance.cash_usd=9_000_000_000",
    "balance.paid_in_capital_usd=9_000_000_000",
    "debt.ddtl.covenants={dscr={minimum=1.05, from=2028-06-30}, stops_draws=false}",
)
RUNNING = "debt.ddtl.running_cost_share=0.3"
FIXED = (
    "debt.ddtl.base='fixed'",
    "debt.ddtl.margin=0.08",
    "debt.ddtl.day_count='30/360'",
    "contracts.anchor.prepayment={share=0.0, due=2026-08-31, unconditional=false, "
    "credited_months=[25, 60]}",
)


def anchor(*sets: str) -> Row:
    """The row of det.toml's contract, as `gpusim units det.toml --set ...` gives it."""
    return compute(load(str(MODELS / "det.toml"), sets=sets), contract="anchor").rows[0]


def lent(*sets: str) -> tuple[float, float]:
    """Commitment and what was ever drawn of the loan in a run [USD]."""
    table = pl.read_parquet(folder_of("det", *sets) / "facilities.parquet")
    (row,) = table.filter(pl.col("facility") == "ddtl").iter_rows(named=True)
    return row["commitment"] / 100, row["used"] / 100


@pytest.mark.parametrize(
    ("sets", "cap"),
    [
        ((RUNNING, "debt.ddtl.size_dscr=1.6"), "DSCR"),
        (("debt.ddtl.size_ltv=0.4",), "LTV"),
        ((RUNNING, "debt.ddtl.size_dscr=2.5", "debt.ddtl.size_ltv=0.9"), "DSCR"),
        (
            (RUNNING, "debt.ddtl.size_dscr=1.01", "debt.ddtl.commitment_usd=900_000_000"),
            "commitment",
        ),
        (("debt.ddtl.advance_rate=0.3", "debt.ddtl.size_ltv=0.9"), "advance rate"),
    ],
)
def test_loan_is_that_of_the_run(sets, cap):
    found = anchor(*RICH, *sets)
    commitment, drawn = lent(*RICH, *sets)
    assert found.figures["debt_capacity"].value == pytest.approx(commitment, abs=0.01)
    assert f"debt capacity is set by the {cap}" in found.notes
    if cap != "LTV":  # by the time of the draws resale prices have moved
        assert found.figures["loan"].value == pytest.approx(drawn, abs=0.01)


def test_a_loan_too_small_for_its_lots_says_how_it_is_shared():
    """A loan of half of what its lots ask is lent in full; one of enough says nothing."""
    size = "debt.ddtl.commitment_usd={:.0f}"
    whole = anchor(*RICH, size.format(20_000_000_000))
    asked = whole.figures["loan"].value
    cut = anchor(*RICH, size.format(asked / 2))
    said = "ddtl is too small for all that ask for it: shared here by what each asks"
    assert not any(note.startswith(said) for note in whole.notes)
    assert any(note.startswith(said) for note in cut.notes)
    assert cut.figures["loan"].value == pytest.approx(asked / 2)


def test_cover_that_results_where_another_cap_binds():
    """Present value of cash over the debt, whatever cover it is sized at: a loan of 900m by its
    commitment is one of 900m by that cover. Where the cover binds, it is the one stated."""
    capped = "debt.ddtl.commitment_usd=900_000_000"
    for stated in (1.01, 1.2):
        found = anchor(*RICH, RUNNING, capped, f"debt.ddtl.size_dscr={stated}")
        cover = found.figures["cover_at_capacity"].value
        told = f"planned cash covers that {cover:.2f}x; {stated:.2f}x is asked"
        assert told in found.notes
        assert cover > 1.2
        assert lent(*RICH, RUNNING, f"debt.ddtl.size_dscr={cover}")[0] == pytest.approx(
            900_000_000, abs=0.02
        )
    bound = anchor(*RICH, RUNNING, "debt.ddtl.size_dscr=2.5").figures["cover_at_capacity"]
    assert bound.value == pytest.approx(2.5)
    assert anchor(*RICH).figures["cover_at_capacity"].reason == "not sized on cover"


def test_cover_that_results_by_hand():
    """USD 2 x 24 hours x 1,000 GPUs x the days of a month, 80% of it, at 1% a month: the first of
    ten instalments with cash is that of June, paid for May. 11.06m covers a loan of 1m so often.
    """
    capped = plain(size_dscr=9.6, commitment_usd=1_000_000)
    figures = compute(scenario_of(tables(capped)), contract="one").rows[0].figures
    days = [31, 30, 31, 31, 30, 31, 30, 31, 31, 28]
    worth = sum(38_400 * n / 1.01 ** (k + 1) for k, n in enumerate(days))
    assert figures["debt_capacity"].value == 1_000_000
    assert figures["cover_at_capacity"].value == pytest.approx(worth / 1_000_000, abs=1e-6)


def test_nobody_lends_the_deposit():
    """0.95 of 3,667.2m is promised: a tenth is paid at order, nine tenths are left to lend."""
    sets = (
        *RICH,
        "contracts.anchor.loan_share=0.95",
        "debt.ddtl.advance_rate=0.95",
        "debt.ddtl.commitment_usd=5_000_000_000",
    )
    found = anchor(*sets).figures["loan"].value
    assert found == pytest.approx(3_300_480_000)
    assert lent(*sets)[1] == pytest.approx(found, abs=0.01)


def test_cover_of_the_covenant_sizes_nothing():
    """What a covenant tests is not what a lender sizes by."""
    low, high = (
        anchor(f"debt.ddtl.covenants.dscr.minimum={minimum}").figures["debt_capacity"].value
        for minimum in (1.05, 3.0)
    )
    assert low == high == pytest.approx(2_000_000_000)


@pytest.mark.parametrize(("every", "count"), [(1, 60), (3, 20), (6, 10), (12, 5)])
def test_level_instalments_of_any_frequency(every, count):
    """8% on 30/360: P x i / (1 - (1 + i)^-n) a period with i = 0.08 x every / 12, all years alike.

    Cash of the first year: 48,000 x 8,760 x 2.91 less power, 99,840 kW x 0.8 x 1.2 x 8,760 x 0.06,
    rent and staff 99,840 x 135 x 12; overheads 2.955m a month, up by 1.03^(1/12).
    """
    plan = f"{{law='level', months=60, grace_months=0, every_months={every}, balloon_share=0.0}}"
    found = anchor(*FIXED, f"debt.ddtl.amortisation={plan}")
    rate = 0.08 * every / 12
    service = 2_000_000_000 * rate / (1 - (1 + rate) ** -count) * 12 / every
    overhead = 2_955_000 * (1.03 - 1) / (1.03 ** (1 / 12) - 1)
    cash = 48_000 * 8_760 * 2.91 - 99_840 * (0.8 * 1.2 * 8_760 * 0.06 + 135 * 12) - overhead
    assert found.dscr[0].value == pytest.approx(cash / service, rel=1e-6)
    assert found.dscr[4].value == pytest.approx(
        (cash + overhead * (1 - 1.03**4)) / service, rel=1e-6
    )


def test_straight_instalments_with_a_stub():
    """2,000m over 62 months, yearly, the stub last: six of 333.3m, in months 12 to 60 and in 62.

    The contract ends in month 60: the last is a balloon, and no scheduled principal.
    """
    plan = (
        "{law='straight', months=62, grace_months=0, every_months=12, balloon_share=0, stub='last'}"
    )
    found = anchor(*FIXED, f"debt.ddtl.amortisation={plan}")
    part, left, cash = 2_000_000_000 / 6, 2_000_000_000.0, []
    for _ in range(5):
        cash.append(part + 0.08 * left)
        left -= part
    plain = anchor(
        *FIXED,
        "debt.ddtl.amortisation={law='straight', months=60, grace_months=0, "
        "every_months=12, balloon_share=0}",
    )
    for year, service in enumerate(cash):
        other = 400_000_000 + 0.08 * (2_000_000_000 - 400_000_000 * year)
        ratio = found.dscr[year].value / plain.dscr[year].value
        assert ratio == pytest.approx(other / service, rel=1e-9)


def test_hedged_part_pays_the_swap_rate():
    """A loan wholly swapped at 3.5% costs what a loan fixed at 3.5% + 2.25% does."""
    hedged = anchor("debt.ddtl.hedge={share=1.0, swap_rate=0.035}")
    fixed = anchor("debt.ddtl.base='fixed'", "debt.ddtl.margin=0.0575")
    assert hedged.figures["interest_cost"].value == pytest.approx(
        fixed.figures["interest_cost"].value, rel=1e-9
    )
