"""Shocks, strategies and settings change exactly what their path matches, in a declared order."""

from __future__ import annotations

import datetime as dt

import pytest

from gpusim.experiments.common.inputs import parse_vary
from gpusim.scenario import ScenarioError, load

SHOCK = '[shock]\ntitle = "Late"\nsource = "An invented event"\nas_of = 2025-12-01\n'
STRATEGY = '[strategy]\ntitle = "All cash"\nreason = "No lender"\n'


def overlay(folder, text, name="overlay.toml"):
    path = folder / name
    path.write_text(text)
    return str(path)


def mistakes(*args, **kwargs):
    with pytest.raises(ScenarioError) as caught:
        load(*args, **kwargs)
    return caught.value.mistakes


def test_a_shock_sets_multiplies_and_adds(small, tmp_path):
    shock = overlay(
        tmp_path,
        SHOCK
        + '[[change]]\npath = "sites.alpha.delay.probability"\nset = 0.9\n'
        + '[[change]]\npath = "gpus.*.capex_usd_per_gpu"\ntimes = 1.2\n'
        + '[[change]]\npath = "rates.curve.*.rate"\nplus = 0.01\n',
    )
    scenario = load(small, shocks=[shock])
    assert scenario.sites["alpha"].delay.probability == 0.9
    assert scenario.gpus["H100"].capex_usd_per_gpu == 37_200
    assert [p.rate for p in scenario.rates.curve] == [0.047, 0.043]


def test_settings_come_after_shocks_and_shocks_after_the_strategy(small, tmp_path):
    plus = '[[change]]\npath = "operator.order_ahead_days"\nplus = 5\n'
    shock = overlay(tmp_path, SHOCK + plus)
    setting = '[[change]]\npath = "operator.order_ahead_days"\nset = 100\n'
    strategy = overlay(tmp_path, STRATEGY + setting, "strategy.toml")
    scenario = load(
        small, shocks=[shock, shock], strategy=strategy, sets=["operator.order_ahead_days*=2"]
    )
    assert scenario.operator.order_ahead_days == 220


def test_whole_numbers_stay_whole(small):
    scenario = load(small, sets=["contracts.second.tranches.0.gpus*=0.3333"])
    assert scenario.contracts["second"].tranches[0].gpus == 667


def test_a_date_moves_by_days(small):
    scenario = load(small, sets=["sites.alpha.phases.1.ready+=91"])
    assert scenario.sites["alpha"].phases[1].ready == dt.date(2026, 7, 1)


def test_a_key_that_was_left_out_can_be_set(small):
    scenario = load(small, sets=["contracts.*.exit_notice_days=90"])
    assert {c.exit_notice_days for c in scenario.contracts.values()} == {90}


def test_a_key_that_was_left_out_grows_from_its_default(small):
    scenario = load(
        small, sets=["sites.alpha.power_delay.mean_days+=1", "tax.opening.losses_usd+=1"]
    )
    assert scenario.sites["alpha"].power_delay.mean_days == 1
    assert scenario.tax.opening.losses_usd == 10_000_001


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("market.start_state=glut", "glut"),
        ('market.start_state="glut"', "glut"),
        (" market.start_state = glut ", "glut"),
    ],
)
def test_a_bare_word_is_a_text(small, setting, value):
    assert load(small, sets=[setting]).market.start_state == value


@pytest.mark.parametrize(
    ("setting", "near"),
    [
        ("sites.alpa.pue=1.3", "sites.alpha.pue"),
        ("sites.*.puee=1.3", "sites.*.pue"),
        ("site.alpha.pue=1.3", "sites.alpha.pue"),
        ("sites.alpha.delay.probabilty*=2", "sites.alpha.delay.probability"),
        ("sites.alpha.phases.7.it_mw=3", ""),
        ("contracts.third.exit_notice_days=90", ""),
    ],
)
def test_a_path_that_matches_nothing_names_the_nearest_that_does(small, setting, near):
    (mistake,) = mistakes(small, sets=[setting])
    assert mistake.file == f"--set {setting}"
    assert "matches nothing" in mistake.found
    assert mistake.nearest == near or not near


@pytest.mark.parametrize(
    ("setting", "lacks"),
    [
        ("raising.notes.*.months=12", '"raising" in the model'),
        ("sites.*.power_delay.*=3", '"power_delay" in sites.alpha'),
        ("debt.*.covenants.*.from=2028-01-01", '"covenants" in debt.'),
    ],
)
def test_a_table_that_the_model_lacks_is_not_its_own_nearest(small, setting, lacks):
    (mistake,) = mistakes(small, sets=[setting])
    assert f"matches nothing (there is no {lacks}" in mistake.found
    assert mistake.nearest == ""


@pytest.mark.parametrize(
    ("setting", "near"),
    [
        ("debt.rev.kind=notes", ""),
        ("contracts.zzz.price=3", ""),
        ("sitez.alpa.pue=1.3", "sites.alpha.pue"),
        ("sites.alpa.tariff=130", "sites.alpha.tariff_usd_per_kwh"),
        ("sites.alpa.power_delays.probability=0", "sites.alpha.power_delay.probability"),
        ("sites.alpa.zzz=130", "sites.alpha"),
        ("raisin.notes.months=12", "raising.notes.months"),
    ],
)
def test_all_wrong_names_of_a_path_are_corrected(small, setting, near):
    (mistake,) = mistakes(small, sets=[setting])
    assert mistake.nearest == near


@pytest.mark.parametrize(
    "setting",
    ["operator", "=3", "operator..x=3", "operator.lease_rate=[1", "operator.lease_rate*=x"],
)
def test_a_setting_that_cannot_be_read_is_a_mistake(small, setting):
    (mistake,) = mistakes(small, sets=[setting])
    assert mistake.file == f"--set {setting}"


def test_a_bad_value_names_the_setting_that_gave_it(small):
    (mistake,) = mistakes(small, sets=["operator.on_demand_share=40"])
    assert mistake.file == "--set operator.on_demand_share=40"
    assert mistake.key == "operator.on_demand_share"
    assert "did you mean 0.4" in mistake.expected


def test_a_bad_value_names_the_shock_that_gave_it(small, tmp_path):
    text = SHOCK + '[[change]]\npath = "sites.*.delay.probability"\ntimes = 3\n'
    shock = overlay(tmp_path, text)
    (mistake,) = mistakes(small, shocks=[shock])
    assert (mistake.file, mistake.line) == (shock, 7)
    assert mistake.key == "sites.alpha.delay.probability"


def test_a_tie_broken_by_a_setting_names_the_setting(small):
    found = mistakes(small, sets=["debt.ddtl.opening.accrued_interest_usd+=1"])
    assert [m.key for m in found] == ["balance.accrued_interest_usd"]
    assert "after --set debt.ddtl.opening.accrued_interest_usd+=1" in found[0].found


def test_a_shock_file_is_checked_like_a_model(small, tmp_path):
    text = SHOCK.replace("source", "sorce") + '[[change]]\npath = "model.title"\nsett = 1\n'
    shock = overlay(tmp_path, text)
    found = {m.key: m for m in mistakes(small, shocks=[shock])}
    assert found["shock.sorce"].nearest == "source"
    assert (found["change.0.sett"].file, found["change.0.sett"].line) == (shock, 7)
    assert found["change.0.sett"].nearest == "set"


def test_a_change_has_exactly_one_operation(small, tmp_path):
    text = SHOCK + '[[change]]\npath = "gpus.*.lead.sd_days"\nset = 1\ntimes = 2\n'
    (mistake,) = mistakes(small, shocks=[overlay(tmp_path, text)])
    assert (mistake.key, mistake.line) == ("change.0", 5)
    assert mistake.expected == "exactly one of set, times, plus"


def test_a_strategy_changes_only_what_an_operator_decides(small, tmp_path):
    text = STRATEGY + (
        '[[change]]\npath = "contracts.*.facility"\nset = ""\n'
        '[[change]]\npath = "market.start_state"\nset = "scarce"\n'
    )
    strategy = overlay(tmp_path, text)
    (mistake,) = mistakes(small, strategy=strategy)
    assert (mistake.file, mistake.line, mistake.key) == (strategy, 9, "market.start_state")
    allowed = overlay(tmp_path, text.rsplit("[[", 1)[0])
    assert load(small, strategy=allowed).contracts["second"].facility == ""


def test_mistakes_in_shocks_settings_and_the_model_are_told_together(spoiled, tmp_path):
    path = spoiled.write(("pue = 1.25", "pue = 0.5"))
    shock = overlay(tmp_path, SHOCK + '[[change]]\npath = "gpu.H100.lead.sd_days"\nset = 1\n')
    found = mistakes(path, shocks=[shock, "no-such-shock"], sets=["operator.lease_rate=12"])
    assert {m.file for m in found} == {
        path,
        shock,
        "no-such-shock",
        "--set operator.lease_rate=12",
    }


STEPS = (
    "sites.alpha.tariff_steps=[{date=2028-01-01,tariff_usd_per_kwh=0.07},"
    "{date=2029-01-01,grid_charge_usd_per_kw_month=6.0},"
    "{date=2030-01-01,tariff_usd_per_kwh=0.08,grid_charge_usd_per_kw_month=5.0}]"
)


def test_a_product_over_steps_is_of_those_that_state_the_key():
    """A tenth on 0.07 and 0.08, a dollar on 6 and 5; what a step leaves out stays left out."""
    tariff = "sites.*.tariff_steps.*.tariff_usd_per_kwh*=1.1"
    charge = "sites.*.tariff_steps.*.grid_charge_usd_per_kw_month+=1"
    steps = load("single-site", sets=[STEPS, tariff, charge]).sites["alpha"].tariff_steps or ()
    assert [step.tariff_usd_per_kwh for step in steps] == [0.077, None, 0.088]
    assert [step.grid_charge_usd_per_kw_month for step in steps] == [None, 7.0, 6.0]


def test_steps_of_a_key_vary_together():
    found = parse_vary(
        "sites.*.tariff_steps.*.tariff_usd_per_kwh*=0.9:1.2", load("single-site", sets=[STEPS])
    )
    steps = load("single-site", sets=[STEPS, *found.at(1.0)]).sites["alpha"].tariff_steps or ()
    assert [step.tariff_usd_per_kwh for step in steps] == [0.084, None, 0.096]


@pytest.mark.parametrize(
    ("setting", "place"),
    [
        ("sites.alpha.tariff_steps.1.tariff_usd_per_kwh*=1.1", 1),  # one row, by its number
        ("sites.*.tariff_steps.0.grid_charge_usd_per_kw_month+=1", 0),
    ],
)
def test_a_product_of_what_one_step_leaves_out_is_none(setting, place):
    (wrong,) = mistakes("single-site", sets=[STEPS, setting])
    assert wrong.found == "no value"
    assert f"tariff_steps.{place}." in wrong.key


def test_a_product_of_what_no_step_states_is_none():
    steps = "sites.alpha.tariff_steps=[{date=2028-01-01,tariff_usd_per_kwh=0.07}]"
    setting = "sites.*.tariff_steps.*.grid_charge_usd_per_kw_month*=2"
    assert [wrong.found for wrong in mistakes("single-site", sets=[steps, setting])] == ["no value"]
