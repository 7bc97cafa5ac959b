"""The same firm described in two ways: the same figures."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from gpusim.units_of_measure import add_months
from tests.engines.build import Tables, toml
from tests.relations.changes import everywhere, in_turn, lacking, of
from tests.relations.firms import FILES, QUARTERS, firm, resolved
from tests.relations.playing import played, played_model
from tests.relations.relation import Change, Relation, cases, near, same

HOURS = 24


def planned(tables: Tables) -> list[tuple[Tables, Tables]]:
    """Contracts and tranches that start after the as-of day, at a price."""
    return [
        (own, tranche)
        for own in of(tables, "contracts")
        for tranche in own["tranches"]
        if own.get("price_usd_per_gpu_hour") and tranche["start"] > tables["model"]["as_of"]
    ]


def only_planned(tables: Tables) -> None:
    """Contracts whose tranches all start after the as-of day."""
    as_of = tables["model"]["as_of"]
    tables["contracts"] = {
        name: own
        for name, own in tables["contracts"].items()
        if all(tranche["start"] > as_of for tranche in own["tranches"])
    }


def value_for_price(tables: Tables) -> None:
    """What a tranche is worth: price x GPUs x hours of its term."""
    for own, tranche in planned(tables):
        months = tranche.get("term_months", own["term_months"])
        days = (add_months(tranche["start"], months) - tranche["start"]).days
        value = own["price_usd_per_gpu_hour"] * tranche["gpus"] * HOURS * days
        tranche["value_usd"] = round(value, 2)
    for own in of(tables, "contracts"):
        if all("value_usd" in tranche for tranche in own["tranches"]):
            own.pop("price_usd_per_gpu_hour", None)


def amount_for_share(tables: Tables) -> None:
    """A prepayment as an amount: its share of what the tranches are worth."""
    for own in of(tables, "contracts"):
        share = own.get("prepayment", {}).get("share")
        if share:
            worth = 0.0
            for tranche in own["tranches"]:
                months = tranche.get("term_months", own["term_months"])
                days = (add_months(tranche["start"], months) - tranche["start"]).days
                price = own.get("price_usd_per_gpu_hour", 0)
                worth += tranche.get("value_usd") or price * tranche["gpus"] * HOURS * days
            own["prepayment"]["amount_usd"] = round(share * worth, 2)
            del own["prepayment"]["share"]


def due_for_days_before(tables: Tables) -> None:
    """A prepayment's day as a date: so many days before the first planned start."""
    for own in of(tables, "contracts"):
        days = own.get("prepayment", {}).get("days_before_start")
        if days is not None:
            first = min(tranche["start"] for tranche in own["tranches"])
            own["prepayment"]["due"] = first - dt.timedelta(days)
            del own["prepayment"]["days_before_start"]


def price_for_terms(tables: Tables) -> None:
    """What a contract says for all its tranches, said by each of them."""
    for own in of(tables, "contracts"):
        for tranche in own["tranches"]:
            tranche.setdefault("term_months", own["term_months"])
            if own.get("site"):
                tranche.setdefault("site", own["site"])


def fixed_debt(tables: Tables) -> None:
    """Every loan at a floating rate without floor, every base rate three percent."""
    tables["rates"] |= {"volatility_per_year": 0, "mean_reversion_per_year": 0}
    tables["rates"]["curve"] = [{"date": dt.date(2020, 1, 1), "rate": 0.03}]
    for own in of(tables, "debt"):
        own |= {"base": "SOFR", "base_floor": 0}
        own.pop("hedge", None)
        own.pop("refinance", None)
    tables.pop("programme", None)
    for own in of(tables, "contracts"):
        if own.get("facility") == "programme":
            own["facility"] = ""
            own.pop("loan_share", None)


def coupon_for_base(tables: Tables) -> None:
    """A fixed coupon of base and margin."""
    for own in of(tables, "debt"):
        own |= {"base": "fixed", "margin": own["margin"] + 0.03}
        for step in own.get("margin_steps") or ():
            step["margin"] += 0.03


def swap_for_base(tables: Tables) -> None:
    """The whole principal swapped at the base rate."""
    for own in of(tables, "debt"):
        own["hedge"] = {"share": 1, "swap_rate": 0.03}


def floor_for_base(tables: Tables) -> None:
    """A floor at the base rate over a curve below it; cash earns what it did."""
    tables["rates"]["curve"] = [{"date": dt.date(2020, 1, 1), "rate": 0.01}]
    tables["operator"]["cash_yield_margin"] += 0.02
    for own in of(tables, "debt"):
        own["base_floor"] = 0.03


def two_points(tables: Tables) -> None:
    """A flat curve drawn through more points."""
    tables["rates"]["curve"] = [
        {"date": dt.date(year, 1, 1), "rate": 0.03} for year in (2020, 2026, 2027, 2035)
    ]


def one_instalment(law: str, **more: float) -> Change:
    """Loans of one instalment, two years after the draw."""

    def change(tables: Tables) -> None:
        for own in of(tables, "debt"):
            if "amortisation" in own:
                own["amortisation"] = {"law": law, "months": 24, "every_months": 1} | more

    return change


def amortised(law: str) -> Change:
    """Loans that are repaid month by month by a law."""

    def change(tables: Tables) -> None:
        for own in of(tables, "debt"):
            if "amortisation" in own:
                own["amortisation"] = {"law": law, "months": 24, "every_months": 1}

    return change


def level_at_no_rate(tables: Tables) -> None:
    """Level instalments of loans whose coupon is nothing."""
    amortised("level")(tables)
    for own in of(tables, "debt"):
        own |= {"base": "fixed", "margin": 0}
        own.pop("margin_steps", None)
        own.pop("hedge", None)
        own.pop("refinance", None)


def act_365(tables: Tables) -> None:
    """The same interest a day by another day count; undrawn fees have none."""
    for own in of(tables, "debt"):
        own |= {"day_count": "act/365", "margin": own["margin"] * 365 / 360}
        for step in own.get("margin_steps") or ():
            step["margin"] *= 365 / 360


def act_360(tables: Tables) -> None:
    """Bullets at fixed coupons and at par, by calendar days over 360."""
    one_instalment("bullet")(tables)
    for own in of(tables, "debt"):
        own |= {"base": "fixed", "day_count": "act/360"}
        if own.get("draw_discount"):
            own["draw_discount"] = 0
        for key in ("hedge", "refinance", "reserve_months", "upfront_fee"):
            own.pop(key, None)


def leased_for_nothing(tables: Tables) -> None:
    """An own building as a leased shell whose rent is nothing."""
    for site in of(tables, "sites"):
        site |= {"kind": "leased-shell", "lease_years": 40}


def owned(tables: Tables) -> None:
    """Own buildings, without rent."""
    for site in of(tables, "sites"):
        site |= {"kind": "owned", "lease_years": 0, "rent_usd_per_kw_month": 0}
        site |= {"rent_escalator": 0, "variable_rent_usd_per_kw_month": 0}


def apart(tables: Tables) -> None:
    """One contract alone, so that there is nothing to share."""
    name = next(iter(tables["contracts"]))
    tables["contracts"] = {name: tables["contracts"][name]}


CALM, WILD = ("calm-1", "calm-3"), ("wild-1", "wild-3")
LENT = ("calm-3", "calm-5")
BOTH = (*CALM, *WILD)
RELATIONS = [
    Relation("value for price", value_for_price, near(200), CALM),
    Relation("amount for share", amount_for_share, near(200), ("calm-1", "calm-4")),
    Relation("day for days before", due_for_days_before, same, ("calm-5",)),
    Relation("terms by tranche", price_for_terms, same, BOTH),
    Relation("coupon for base", coupon_for_base, near(0), CALM, fixed_debt),
    Relation("swap for base", swap_for_base, near(0), CALM, fixed_debt),
    Relation("floor for base", floor_for_base, near(0), CALM, fixed_debt),
    Relation("a flat curve by points", two_points, near(0), BOTH, fixed_debt),
    Relation(
        "one instalment for bullet",
        one_instalment("straight", grace_months=23),
        near(0),
        LENT,
        in_turn(lacking("debt", "reserve_months", "covenants"), one_instalment("bullet")),
    ),
    Relation(
        "straight for level at no rate", amortised("straight"), near(100), LENT, level_at_no_rate
    ),
    Relation("act/365 for act/360", act_365, near(200), LENT, act_360),
    Relation("a lease of nothing", leased_for_nothing, same, BOTH, owned),
    Relation(
        "dedicated alone",
        everywhere("contracts", hardware_source="dedicated"),
        same,
        ("calm-new-1", "calm-new-2"),
        in_turn(apart, everywhere("contracts", hardware_source="shared")),
    ),
]


@pytest.mark.parametrize(("relation", "firm"), cases(RELATIONS))
def test_the_figures_are_the_same(relation, firm):
    relation.check(firm)


# Settings, shocks and files that extend others


@pytest.mark.parametrize("name", ["calm-1", "wild-1", "growing"])
def test_what_is_set_may_stand_in_the_file(name):
    sets = ["operator.payables_months=2", "sites.*.pue*=1.25", "contracts.*.payment_days+=5"]
    tables = firm(name)
    tables["operator"]["payables_months"] = 2
    for site in of(tables, "sites"):
        site["pue"] *= 1.25
    for own in of(tables, "contracts"):
        own["payment_days"] += 5
    same(played(firm(name), sets=tuple(sets)), played(tables))


def test_settings_of_different_keys_come_in_any_order():
    sets = ("sites.*.pue*=1.25", "gpus.*.capex_usd_per_gpu*=1.1", "contracts.*.payment_days+=5")
    one, other = (played(firm("wild-1"), sets=order) for order in (sets, sets[::-1]))
    same(one, other)


def shock(folder: Path, name: str, *changes: str) -> str:
    """A shock's file."""
    text = "\n".join(f"[[change]]\n{change}\n" for change in changes)
    reasons = '[shock]\ntitle = "a shock"\nsource = "a test"\nas_of = 2026-01-01\n'
    (folder / f"{name}.toml").write_text(reasons + text)
    return str(folder / f"{name}.toml")


def test_a_shock_is_a_setting(tmp_path):
    made = shock(tmp_path, "dear", 'path = "sites.*.tariff_usd_per_kwh"\ntimes = 1.5')
    by_shock = played(firm("wild-1"), shocks=(made,))
    same(by_shock, played(firm("wild-1"), sets=("sites.*.tariff_usd_per_kwh*=1.5",)))


def test_a_shock_of_nothing_moves_nothing(tmp_path):
    made = shock(
        tmp_path,
        "none",
        'path = "sites.*.tariff_usd_per_kwh"\ntimes = 1',
        'path = "contracts.*.payment_days"\nplus = 0',
    )
    same(played(firm("wild-1")), played(firm("wild-1"), shocks=(made,)))


def test_shocks_of_different_keys_come_in_any_order(tmp_path):
    dear = shock(tmp_path, "dear", 'path = "sites.*.tariff_usd_per_kwh"\ntimes = 1.5')
    slow = shock(tmp_path, "slow", 'path = "contracts.*.payment_days"\nplus = 30')
    one, other = (played(firm("wild-1"), shocks=order) for order in ((dear, slow), (slow, dear)))
    same(one, other)


@pytest.mark.parametrize("name", ["single-site", "growing"])
def test_a_model_that_extends_others_is_its_resolved_text(name):
    model = str(FILES.get(name, name))
    short = (f"model.quarters={QUARTERS}",)
    same(played_model(model, sets=short), played(firm(name)))


def test_a_child_that_changes_a_key_is_the_parent_with_it_changed(tmp_path):
    (tmp_path / "parent.toml").write_text(toml(firm("wild-1")))
    child = 'extends = "parent.toml"\n[operator]\npayables_months = 2\n'
    (tmp_path / "child.toml").write_text(child)
    tables = firm("wild-1")
    tables["operator"]["payables_months"] = 2
    same(played_model(str(tmp_path / "child.toml")), played(tables))


@pytest.mark.parametrize("name", ["calm-1", "wild-1", "growing", "hyperscaler-anchor"])
def test_a_resolved_text_resolves_to_itself(name):
    assert resolved(toml(firm(name))) == firm(name)
