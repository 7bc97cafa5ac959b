"""Slips of unit and size are said, once, with the usual range; no bundled model has one."""

from __future__ import annotations

import json

import pytest

from gpusim.scenario import list_models, load, schema
from gpusim.scenario.checks.amounts import OF_THE_FIRM, OF_THE_HARDWARE, odd_amounts
from gpusim.scenario.checks.plausible import implausible, outside, range_at
from gpusim.scenario.checks.warnings import warnings_of
from tests.cases.reading import MODELS, gpusim

BUNDLED = [row.name for row in list_models() if row.kind == "operators"]
STRATEGIES = [row.name for row in list_models() if row.kind == "strategies"]
SHOCKS = [row.name for row in list_models() if row.kind == "shocks"]

CENTS = "sites.alpha.tariff_usd_per_kwh=7.5"
THOUSANDS = "gpus.GB300.capex_usd_per_gpu=58"
A_MONTH = "contracts.anchor.price_usd_per_gpu_hour=300"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        # the rows of the table: 7.5 cents, 58 thousand, 300 USD a GPU-month (0.41 an hour)
        (CENTS, "7.5 USD/kWh, outside the usual 0.01 to 0.5"),
        (CENTS, "7.5 cents?"),
        (THOUSANDS, "58 USD/GPU, outside the usual 1,500 to 250,000"),
        (THOUSANDS, "58 thousands?"),
        (A_MONTH, "300 USD/GPU-hour, outside the usual 0.2 to 25"),
        (A_MONTH, "300 a day's or a month's?"),
        # siblings: 1,560 USD a kW-year is 130 a month; 2,080 W; 50,000 kW; 60 MWh price; months
        ("sites.alpha.rent_usd_per_kw_month=1560", "1,560 a year's, or a MW's?"),
        ("gpus.GB300.it_kw_per_gpu=16.64", "16.64 a server's or a rack's, or watts?"),
        ("sites.alpha.phases.0.it_mw=50000", "50,000 kW?"),
        ("sites.alpha.tariff_usd_per_kwh=0.00006", "0.00006 thousands of USD, a MWh's price?"),
        ("gpus.GB300.book_life_years=72", "72 months?"),
        ("debt.ddtl.margin=0.225", "0.225 in percent, with the point left out?"),
        ("contracts.anchor.term_months=1000", "1,000 days?"),
        ("overheads.office.monthly_usd=1.5", "1.5 thousands or millions?"),
        # shares and rates: 2 points as 0.2, a month's chance to leave, the discount for the price
        ("debt.ddtl.draw_discount=0.15", "0.15 in percent, with the point left out?"),
        ("debt.ddtl.reserve_share=0.0001", "0.0001 percent?"),
        ("debt.ddtl.advance_rate=0.15", "0.15 cash's share?"),
        ("market.stay.balanced=0.06", "0.06 the chance of leaving?"),
        ("market.on_demand_use.scarce=0.08", "0.08 what is left unsold?"),
        ("rates.curve.0.rate=0.43", "0.43 in percent?"),
        ("operator.capitalised_interest_share=0.9", "outside the usual 0.02 to 0.6"),
        ("sites.alpha.load_factor=0.2", "0.2 what is left unused?"),
        ("tax.rate=0.84", "outside the usual 0.05 to 0.45"),
    ],
)
def test_a_slip_is_said_with_the_usual_range(change, said):
    sets = [change]
    if "it_mw" not in change and "it_kw" not in change:
        sets.append("gpus.GB300.deposit_share=0.1")
    (warning,) = [w for w in warnings_of(load("single-site", sets=sets)) if "usual" in w]
    assert said in warning
    assert change.partition("=")[0] in warning


def test_check_and_run_warn_and_go_on(tmp_path):
    model = tmp_path / "slips.toml"
    model.write_text(
        'extends = "single-site"\n[sites.alpha]\ntariff_usd_per_kwh = 7.5\n'
        '[assumptions."sites.alpha.tariff_usd_per_kwh"]\nreason = "typed"\nrelative = 0.1\n'
    )
    checked = gpusim("models", "check", str(model))
    assert checked.returncode == 0, checked.stderr
    assert checked.stdout.count("outside the usual") == 1
    assert "sites.alpha.tariff_usd_per_kwh is 7.5 USD/kWh, outside" in checked.stdout
    assert checked.stdout.splitlines()[0].endswith("slips.toml:3:1]")
    run = gpusim("run", str(model), "--reps", "1", "-q", "--out", str(tmp_path / "run"))
    assert run.returncode == 0, run.stderr
    assert " ".join(run.stdout.split()).count("outside the usual") == 1


def test_a_slip_made_in_many_places_is_said_once():
    scenario = load("single-site", sets=["sites.alpha.phases.*.it_mw=50000"])
    (told,) = [text for _, text in implausible(scenario)]
    assert ", and so are 1 more like it: 50,000 kW" in told


@pytest.mark.parametrize("name", BUNDLED)
def test_no_bundled_model_is_warned_about(name):
    assert warnings_of(load(name)) == []


@pytest.mark.parametrize("shock", SHOCKS)
def test_no_bundled_shock_is_warned_about(shock):
    assert warnings_of(load("coreweave-2025q4", shocks=[shock])) == []


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_no_bundled_strategy_is_warned_about(strategy):
    assert warnings_of(load("coreweave-2025q4", strategy=strategy)) == []


@pytest.mark.parametrize(
    ("model", "change", "said"),
    [
        # cash of 1bn and hardware of 48,000 x 96,000 USD = 4,608m: no floor is above all of it
        (
            "single-site",
            "operator.minimum_cash_usd=50_000_000_000",
            "is USD 50,000,000,000, more than the USD",
        ),
        ("single-site", "operator.minimum_cash_usd=50", "thousands or millions?"),
        # 16,500 GPUs x 48 months x 730 h = 578m hours: 1,780 dollars are nothing an hour
        (
            "coreweave-2025q4",
            "contracts.openai-master-late.tranches.0.value_usd=1_780",
            "for each of its GPU-hours, outside the usual 0.2 to 25",
        ),
        (
            "coreweave-2025q4",
            "contracts.openai-master-late.tranches.0.value_usd=1_780_000_000_000",
            "USD 3.08e+03 for each of its GPU-hours",
        ),
        # 1,754.9m for 40 GPUs, the live ones: 43,872,500 each, which is a hall's
        (
            "hyperscaler-anchor",
            "assets.first-hall.gpus=40 contracts.anchor.tranches.0.gpus=40",
            "at a cost of USD 43,872,500 each",
        ),
    ],
)
def test_an_amount_is_said_against_what_it_is_part_of(model, change, said):
    (warning,) = [text for _, text in odd_amounts(load(model, sets=change.split()))]
    assert said in warning
    assert change.partition("=")[0] in warning


def test_a_price_that_is_said_is_not_said_again_for_what_is_measured_by_it():
    """Hardware of 58 USD: one sentence, none for floors, bills and prepayments beside it."""
    scenario = load("nebius-2025q3", sets=["gpus.*.capex_usd_per_gpu=58"])
    assert scenario.payables.capex
    assert list(odd_amounts(scenario)) == []
    assert len(list(implausible(scenario))) == 1


def measured(key: str) -> bool:
    """Whether an amount is judged by what it is part of."""
    path = tuple(key.split("."))
    return path in OF_THE_FIRM or path[-1] in OF_THE_HARDWARE or key in BY_THE_MODEL


BY_THE_MODEL = {
    "contracts.NAME.tranches.N.value_usd",
    "contracts.NAME.prepayment.amount_usd",
    "assets.NAME.gpus",
    "debt.NAME.commitment_usd",
}
"""Amounts judged by what they are part of, each by a rule of its own."""
UNRANGED = {
    "model.fiscal_year_ends": "one of four months",
    "sources": "about a figure",
    "assumptions": "about a figure, in its unit",
    "balance": "assets and claims must be equal, and lines their parts: a slip is refused",
    "leases.asset_usd": "stated a second time in the balance sheet: a slip is refused",
    "leases.liability_usd": "stated a second time in the balance sheet: a slip is refused",
    "leases.payments": "no less than the liability in all, as the filing's table",
    "receivables.invoices.N.amount_usd": "adds up to the balance sheet: a slip is refused",
    "payables.operating.N.amount_usd": "adds up to the balance sheet: a slip is refused",
    "payables.capex.N.amount_usd": "adds up to the balance sheet: a slip is refused",
    "assets.NAME.gross_usd": "adds up to the balance sheet; of GPUs judged by their number",
    "assets.NAME.accumulated_usd": "adds up to the balance sheet: a slip is refused",
    "assets.NAME.salvage_usd": "at most the cost; small ones are usual",
    "contracts.NAME.price_index.share": "from none of a price to all of it may follow an index",
    "contracts.NAME.opening.deferred_revenue_usd": "adds up to the balance sheet",
    "debt.NAME.opening.principal_usd": "adds up to the balance sheet: a slip is refused",
    "debt.NAME.opening.discount_usd": "adds up to the balance sheet: a slip is refused",
    "debt.NAME.opening.accrued_interest_usd": "adds up to the balance sheet: a slip is refused",
    "debt.NAME.opening.repayments": "adds up to the principal: a slip is refused",
    "equity.NAME.costs_usd": "at most the amount; from nothing on",
    "opening_equity.costs_usd": "at most the amount; from nothing on",
    "operator.on_demand_share": "a choice, from none to all",
    "operator.forced_sale_share": "no sale of such a fleet after a default is known",
    "market.balanced_to_scarce": "a chance, either way",
    "market.list_adjustment": "from lists that hardly move to lists that are the index",
    "market.use_elasticity": "none is measured",
    "market.resale.rent_elasticity": "none is measured",
    "market.resale.residual_by_age": "from all of the price when new to nothing when old",
    "market.spread_noise.mean_reversion_per_year": "none is measured",
    "market.correlations": "from -1 to 1",
    "rates.mean_reversion_per_year": "none is measured",
    "gpus.NAME.depreciation.by_year": "they sum to 1: a slip is refused",
    "gpus.NAME.deposit_share": "from none to the whole price at order",
    "sites.NAME.ppa.resale_tariff_share": "from nothing to the whole tariff",
    "sites.NAME.curtailment.load_share": "from a part of the load to all of it",
    "sites.NAME.minimum_take": "from none to all of the power",
    "sites.NAME.delay.probability": "from never to always: a model may state one delay",
    "sites.NAME.power_delay.probability": "from never to always: a model may state one delay",
    "contracts.NAME.exit_price_share": "no contract discloses one; 0 and above 1 have a meaning",
    "contracts.NAME.commitment.N.share": "a share, from nothing to all",
    "contracts.NAME.renewal.times": "a count, from one to any",
    "contracts.NAME.long_stop_use": "a chance, from never to always",
    "contracts.NAME.renewal.chance": "a chance, from never to always",
    "contracts.NAME.late_payment.chance": "a chance, from never to always",
    "contracts.NAME.vendor_share": "from a supplier's tenth to the whole price",
    "contracts.NAME.tranches.N.priority": "a place in an order",
    "segments.NAME.arrivals_per_year": "follows from what is called a segment",
    "segments.NAME.self_build": "a share of buyers, and its growth, that nobody counts",
    "segments.NAME.gpus_multiple": "from one GPU to a hall",
    "segments.NAME.term_weights": "they sum to 1: a slip is refused",
    "segments.NAME.prepayment.chance": "a chance, from never to always",
    "segments.NAME.exit_price_share": "no contract discloses one; 0 and above 1 have a meaning",
    "segments.NAME.long_stop_use": "a chance, from never to always",
    "sites.NAME.phases.N.building.spent_usd": "at most what it costs: more is refused",
    "sites.NAME.outages.sd_hours": "from always the mean to a few times it",
    "segments.NAME.late_payment.chance": "a chance, from never to always",
    "segments.NAME.renewal.times": "a count, from one to any",
    "segments.NAME.renewal.chance": "a chance, from never to always",
    "levers.hurdle_margin": "from below cost to so high that nothing is signed",
    "levers.concentration_cap": "a choice, from little to all",
    "levers.contract_share": "a choice, from none to any",
    "orders.NAME.vendor_share": "from a supplier's tenth to the whole price",
    "levers.vendor_share": "from a supplier's tenth to the whole price",
    "levers.raising_share": "a choice, from none to all",
    "debt.NAME.amortisation.balloon_share": "from none to nearly all",
    "debt.NAME.hedge.share": "a choice, from little to all",
    "debt.NAME.seniority": "a place in an order",
    "debt.NAME.covenants.sweep_share": "a choice, from none to all",
    "debt.NAME.covenants.cures.count": "no agreement at hand discloses one",
    "programme.amortisation.balloon_share": "from none to nearly all",
    "programme.hedge.share": "a choice, from little to all",
    "programme.seniority": "a place in an order",
    "programme.covenants.sweep_share": "a choice, from none to all",
    "programme.covenants.cures.count": "no agreement at hand discloses one",
    "raising.notes.seniority": "a place in an order",
    "overheads.NAME.stock_share": "from none to most of stock-based pay",
    "tax.advance_payment_share": "from none to all, as the receipts are old or new",
}
"""Keys and tables that have no usual range, and why."""
NO_SIZE = ("date", "name", "names", "text", "flag", "true or false", "list")
"""Units of keys that have no size."""


def listed(key: str) -> list[str]:
    return [name for name in UNRANGED if key == name or key.startswith(f"{name}.")]


def test_every_key_with_a_size_has_a_usual_range_or_a_reason_to_have_none():
    bare = []
    for key in schema.reference():
        path = tuple(key.path.replace(".N.", ".0.").split("."))
        usual = range_at(path) is not None or measured(key.path)
        if key.unit not in NO_SIZE and usual == bool(listed(key.path)):
            bare.append(key.path)
    assert bare == []


def test_what_is_listed_as_without_a_range_is_a_key():
    known = [key.path for key in schema.reference()]
    for name in (*UNRANGED, *BY_THE_MODEL, *(".".join(path) for path in OF_THE_FIRM)):
        assert any(key == name or key.startswith(f"{name}.") for key in known), name


def test_every_range_lies_within_the_hard_limits_and_names_its_source():
    ranged = 0
    for key in schema.reference():
        path = tuple(key.path.replace(".N.", ".0.").split("."))
        usual = range_at(path)
        if usual is None:
            continue
        ranged += 1
        assert usual.low < usual.high
        assert usual.source
        assert not outside(path, 0)
        assert not outside(path, usual.low)
        assert outside(path, usual.high * 1.01)
    assert ranged >= 200


def test_the_reference_and_the_schema_show_the_range(monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")
    told = gpusim("models", "schema", "--keys").stdout
    line = next(row for row in told.splitlines() if row.startswith("sites.NAME.tariff"))
    assert "0.01 to 0.5" in line
    document = json.loads(gpusim("models", "schema").stdout)
    tariff = document["$defs"]["Site"]["properties"]["tariff_usd_per_kwh"]
    assert (tariff["plausible"]["low"], tariff["plausible"]["high"]) == (0.01, 0.5)


def test_a_key_that_is_filled_is_not_told_as_required(monkeypatch):
    """As test_left_out holds that each rule fills what it says."""
    monkeypatch.setenv("COLUMNS", "200")
    told = gpusim("models", "schema", "--keys").stdout.splitlines()
    rows = {row.split()[0]: row for row in told}
    for key, reason in (
        ("contracts.NAME.customer", "the contract's name"),
        ("contracts.NAME.signed", "the as-of day, or the"),
        ("debt.NAME.maturity", "the last day of draws"),
        ("market.start_state", "the base files'"),
    ):
        assert reason in rows[key]
        assert " yes " not in rows[key]
    assert " in its table " in rows["contracts.NAME.term_months"]
    assert " yes " in rows["model.as_of"]


def test_a_retired_key_is_left_out_with_a_word():
    """`market.spot_ratio` did nothing; files that still have it run as before."""
    warnings = warnings_of(load(str(MODELS / "horizon-12.toml")))
    assert [w for w in warnings if "market.spot_ratio is left out" in w] == [warnings[0]]
    assert warnings[0].endswith("horizon-12.toml:28]")
