"""What a model leaves out: every default has a reason, and is what the rest of the model says."""

from __future__ import annotations

import datetime as dt
import tomllib
from typing import Any

import pytest
from pydantic import BaseModel

from gpusim.scenario import ScenarioError, bundled_names, draft, finish, load, schema, source_rows
from gpusim.scenario.language.fields import why_default
from gpusim.scenario.reading import bundled
from gpusim.scenario.reading.published.rates import overnight
from gpusim.scenario.starting.filling import RULES

SHORT = """
[model]
as_of = 2026-09-30
quarters = 12

[gpus.GB200]
it_kw_per_gpu = 2.0
capex_usd_per_gpu = 50_000
on_demand_usd_per_gpu_hour = 3.80

[sites.colo]
phases = [{ it_mw = 60, ready = 2027-01-01 }]

[contracts.anchor]
price_usd_per_gpu_hour = 3.00
term_months = 36
tranches = [{ gpus = 9_000, start = 2027-03-01 }, { gpus = 9_000, start = 2027-05-01 }]
prepayment = { share = 0.15 }
facility = "ddtl"

[debt.ddtl]
commitment_usd = 600_000_000
covenants = { dscr = { minimum = 1.25 } }

[balance]
cash_usd = 500_000_000
"""


@pytest.fixture
def short(tmp_path):
    def written(text: str = SHORT) -> str:
        path = tmp_path / "short.toml"
        path.write_text(text)
        return str(path)

    return written


def test_a_short_model_is_whole(short):
    """Names by the tables, dates by the dates that are there, loans as they are customary."""
    model = load(short())
    contract, debt = model.contracts["anchor"], model.debt["ddtl"]
    assert (contract.customer, contract.gpu, contract.site) == ("anchor", "GB200", "colo")
    assert contract.signed == dt.date(2026, 9, 30)
    assert contract.prepayment is not None
    assert contract.prepayment.credited_months == (1, 36)
    assert model.sites["colo"].developer == "colo"
    assert debt.available_to == dt.date(2028, 9, 30)
    assert debt.amortisation is not None
    assert debt.amortisation.months == 60
    assert debt.maturity == dt.date(2033, 9, 30)
    assert debt.covenants is not None
    assert debt.covenants.dscr is not None
    assert debt.covenants.dscr.tested_from == dt.date(2028, 6, 30)  # May 2027, a year, its quarter
    assert model.balance.paid_in_capital_usd == 500_000_000


def test_what_is_filled_in_is_told_with_its_reason_and_asks_for_no_source(short):
    model = load(short())
    lines = {line.split(" = ")[0]: line for line in model.resolved_toml().splitlines()}
    assert "# default: level over the term" in lines["credited_months"]
    assert lines["pue"].endswith("1.20 to 1.30 (1.1 to 1.5)")
    assert "# default: what balances" in lines["paid_in_capital_usd"]
    unexplained = {row.path for row in source_rows(model) if row.kind == "none"}
    written = {path for path in unexplained if not path.startswith("market.")}
    assert written == unexplained
    assert len(unexplained) == 3 + 2 + 7 + 2 + 1  # gpus, sites, contract, debt, balance above


def test_what_is_filled_in_reads_as_if_it_had_been_written(short, tmp_path):
    model = load(short())
    copy = tmp_path / "copy.toml"
    copy.write_text(model.resolved_toml())
    assert load(str(copy)) == model
    assert load(str(copy)).hash() == model.hash()


@pytest.mark.parametrize("name", bundled_names("operators"))
def test_nothing_is_filled_into_a_bundled_model(name):
    """So that none of its values, and not its hash, moves when a default is added or changed."""
    tree = load(name).tree
    assert [path for path, origin in tree.origins.items() if origin.rank < 0] == []


def test_settings_and_shocks_change_what_is_left_out(short):
    model = load(
        short(),
        sets=[
            "contracts.anchor.signed+=30",
            "sites.*.delay.probability*=0.5",
            "debt.ddtl.margin*=2",
        ],
        shocks=["higher-for-longer"],
    )
    assert model.contracts["anchor"].signed == dt.date(2026, 10, 30)
    assert model.sites["colo"].delay.probability == 0.2
    assert model.debt["ddtl"].margin == 0.09
    assert model.rates.curve[0].rate == pytest.approx(0.0368 + 0.01)


NAMED = SHORT.replace(
    "{ gpus = 9_000, start = 2027-0", '{ name = "?", gpus = 9_000, start = 2027-0'
)
NAMED = NAMED.replace('"?"', '"first"', 1).replace('"?"', '"second"')


@pytest.mark.parametrize(
    ("written", "instead", "setting"),
    [
        ("term_months = 36", "term_months = 24", "contracts.anchor.term_months=24"),
        ("= 2026-09-30", "= 2025-03-31", "model.as_of=2025-03-31"),
        (
            "start = 2027-05-01",
            "start = 2028-05-01",
            "contracts.anchor.tranches.1.start=2028-05-01",
        ),
        (
            "gpus = 9_000, start = 2027-03",
            "gpus = 5, start = 2027-03",
            "contracts.anchor.tranches.0.gpus=5",
        ),
        ("= 3.00", "= 3.50", "contracts.anchor.price_usd_per_gpu_hour=3.5"),
        (
            "[balance]",
            "[debt.ddtl.amortisation]\nmonths = 48\n[balance]",
            "debt.ddtl.amortisation.months=48",
        ),
        ("= 600_000_000", "= 600_000_000\nbase = 'fixed'", "debt.ddtl.base=fixed"),
        (
            "share = 0.15",
            "share = 0.15, days_before_start = 9",
            "contracts.anchor.prepayment.days_before_start=9",
        ),
        ("[balance]", "[market]\nstart_state = 'glut'\n[balance]", "market.start_state=glut"),
    ],
)
def test_a_setting_reads_as_if_the_file_had_said_it(short, written, instead, setting):
    """What was filled in follows from what is set, and the rest of it stands as it did."""
    assert NAMED.count(written) == 1
    told = load(short(NAMED.replace(written, instead)))
    changed = load(short(NAMED), sets=[setting])
    assert changed == told
    assert changed.hash() == told.hash() != load(short(NAMED)).hash()


def test_what_a_change_touched_stays_whatever_follows_from_the_others(short):
    """A margin of a loan that is fixed would be 9%; a fee and a day that were set are not moved."""
    sets = ["debt.ddtl.margin+=0.01", "contracts.anchor.signed=2026-12-01", "debt.ddtl.base=fixed"]
    model = load(short(), sets=[*sets, "debt.ddtl.amortisation.months=48"])
    debt = model.debt["ddtl"]
    assert (debt.margin, model.contracts["anchor"].signed) == (0.055, dt.date(2026, 12, 1))
    assert debt.maturity == dt.date(2032, 9, 30)  # 48 months after the last draw, 2028-09-30
    assert debt.amortisation is not None
    assert (debt.amortisation.law, debt.amortisation.every_months) == ("level", 3)


def test_a_shock_sees_what_follows_from_those_before_it(short, tmp_path):
    """Of a term of 24 months the credit's last month is the 24th; half of it is the 12th."""
    (tmp_path / "term.toml").write_text(
        '[shock]\ntitle = "a"\nsource = "b"\nas_of = 2026-01-01\n'
        '[[change]]\npath = "contracts.*.term_months"\nset = 24\n'
    )
    (tmp_path / "own.py").write_text(
        "class Half:\n"
        "    def changes(self, model):\n"
        "        last = model['contracts']['anchor']['prepayment']['credited_months'][1]\n"
        "        yield f'contracts.anchor.prepayment.credited_months.1={last // 2}'\n"
    )
    shocks = [str(tmp_path / "term.toml"), f"{tmp_path / 'own.py'}:Half"]
    prepayment = load(short(), shocks=shocks).contracts["anchor"].prepayment
    assert prepayment is not None
    assert prepayment.credited_months == (1, 12)


def test_a_draft_is_filled_in_anew_for_each_setting(short):
    """As sweeps ask: points that differ in a setting, from files that were read once."""
    drafted = draft(short())
    for months in (24, 60, 36):
        contract = finish(drafted, [f"contracts.anchor.term_months={months}"]).contracts["anchor"]
        assert contract.prepayment is not None
        assert contract.prepayment.credited_months == (1, months)


def test_a_mistake_in_what_was_filled_in_is_placed_at_its_table(short):
    """A loan that draws until 2149 would be repaid by 2154, later than a date may be."""
    with pytest.raises(ScenarioError) as caught:
        load(short(), sets=["debt.ddtl.available_to=2149-10-01"])
    (mistake,) = caught.value.mistakes
    line = SHORT.splitlines().index("[debt.ddtl]") + 1
    assert (mistake.file, mistake.line, mistake.key) == (short(), line, "debt.ddtl.maturity")
    assert "found 2154-10-01 (default: the last day of draws and its" in str(mistake)
    assert "(after --set debt.ddtl.available_to=2149-10-01)" in str(mistake)


def test_a_model_with_two_sites_says_which(short):
    more = SHORT + "[sites.other]\nphases = [{ it_mw = 1, ready = 2027-01-01 }]\n"
    setting = "sites.other={phases=[{it_mw=1, ready=2027-01-01}]}"
    for text, sets in ((more, []), (SHORT, [setting])):
        with pytest.raises(ScenarioError) as caught:
            load(short(text), sets=sets)
        assert "site, here or on the contract" in str(caught.value)


def test_a_rate_and_a_market_are_those_known_on_the_as_of_day(short):
    """SOFR of the last day up to it; the base file laid over the market that was known then."""
    for as_of, rate, state in (
        ("2025-03-31", 0.0441, "balanced"),
        ("2025-12-31", 0.0387, "balanced"),
        ("2026-03-31", 0.0368, "scarce"),
    ):
        model = load(short(SHORT.replace("2026-09-30", as_of)))
        assert model.rates.curve[0].rate == rate
        assert model.market.start_state == state
    assert overnight(dt.date(2020, 1, 1)) == (dt.date(2025, 2, 14), 0.0433)


def test_the_market_that_is_laid_under_is_that_of_the_base_files(short, tmp_path):
    extended = tmp_path / "extended.toml"
    bases = '["base/neocloud.toml", "base/market-2026q1.toml"]'
    extended.write_text(f"extends = {bases}\n{SHORT}")
    assert load(short()).market == load(str(extended)).market


def test_a_market_that_is_whole_is_left_alone(small):
    """The fixture states no releases, no resale and no term prices: none comes from elsewhere."""
    market = load(small).market
    assert (market.releases, market.resale, market.term_ratio) == ({}, None, None)


def test_lines_that_other_tables_spell_out_are_their_sum(short):
    """A colocation with 100 GPUs, a bill and a note: equity is what is left, 3.1m."""
    model = load(
        short(
            SHORT.replace("cash_usd = 500_000_000", "cash_usd = 1_000_000")
            + '[assets.old]\ncategory = "servers"\ngross_usd = 4_000_000\n'
            + "accumulated_usd = 1_000_000\n"
            + "remaining_life_years = 3\n[payables]\n"
            + "operating = [{ amount_usd = 900_000, due = 2026-10-31 }]\n"
        )
    )
    balance = model.balance
    assert (balance.servers_gross_usd, balance.servers_accumulated_usd) == (4e6, 1e6)
    assert balance.payables_operating_usd == 900_000
    assert balance.paid_in_capital_usd == 1_000_000 + 3_000_000 - 900_000


def test_a_line_that_is_written_must_tie(short):
    """What is stated is never put right: neither a sum, nor equity beside a deficit."""
    for lines in ("payables_operating_usd = 5", "accumulated_deficit_usd = 0"):
        with pytest.raises(ScenarioError) as caught:
            load(short(SHORT + lines))
        assert "to the cent" in str(caught.value)


def test_a_loan_with_neither_commitment_nor_balance_is_no_loan(short):
    with pytest.raises(ScenarioError) as caught:
        load(short(SHORT + "[debt.ddtl1.covenants]\ndscr = { minimum = 1.4 }\n"))
    (mistake,) = [m for m in caught.value.mistakes if m.key == "debt.ddtl1"]
    assert mistake.nearest == "ddtl"


def keys(table: type[BaseModel], at: str = "") -> Any:
    for key, info in schema.fields_of(table).items():
        kind = schema._plain(info.annotation)
        yield f"{at}{key}", info
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            yield from keys(kind, f"{at}{key}.")


def test_a_reason_is_a_sentence_and_a_number_has_a_range():
    """Of every default that says why, in the schema and among the rules."""
    seen = 0
    for noun in ("operator", "tax", "rates", "levers"):
        for key, info in keys(schema.type_at((noun,))):
            told = why_default(info)
            if not told:
                continue
            seen += 1
            default = info.default
            if isinstance(default, float | int) and not isinstance(default, bool):
                extra = info.json_schema_extra["assumed"]
                assert extra["low"] <= default <= extra["high"], key
    assert seen > 25
    for rule in RULES:
        assert rule.reason
        assert (rule.low is None) == (rule.high is None)


def test_defaults_are_what_the_base_file_says():
    """What both state is stated once more where a model extends nothing; they may not part."""
    base = tomllib.loads((bundled.root() / "operators/base/neocloud.toml").read_text())
    apart = {"advance_payment_share": "half of an old balance there, a new firm's prepayments here"}
    for noun in ("operator", "tax", "rates"):
        fields = schema.fields_of(schema.type_at((noun,)))
        for key, value in base[noun].items():
            own = fields[key].default
            own = list(own) if isinstance(own, tuple) else own
            assert key in apart or own == value, key


@pytest.mark.parametrize("term", ["term_month = 36", "term_months = -3", "term_months = 'long'"])
def test_a_term_that_is_wrong_is_told_once(short, term):
    with pytest.raises(ScenarioError) as caught:
        load(short(SHORT.replace("term_months = 36", term)))
    assert "term_month" in str(caught.value)
    assert "credited_months" not in str(caught.value)
