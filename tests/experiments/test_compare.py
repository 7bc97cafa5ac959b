import numpy as np
import pytest

from gpusim.experiments.common.inputs import inputs_of, parse_vary
from gpusim.experiments.compare import compare as experiment
from gpusim.experiments.compare import judgement, options
from gpusim.experiments.compare.compare import Request, compare
from gpusim.experiments.run.points import Point, prepare
from gpusim.experiments.sensitivity.sensitivity import Request as Vary
from gpusim.experiments.sensitivity.sensitivity import sensitivity
from gpusim.experiments.solve.solve import Request as Goal
from gpusim.experiments.solve.solve import solve
from gpusim.scenario import ScenarioError, bundled_names

SHORT = ("model.quarters=8",)
LATE = "tests/fixtures/late-alpha.toml"


@pytest.fixture(scope="module")
def found():
    return compare(
        Request(
            ("single-site",),
            shocks=("none", LATE),
            sets=SHORT,
            metrics=("revenue", "shortfall"),
            satisfy=("default<=0.05", "revenue>=1"),
            reps=100,
            most=100,
            workers=1,
        )
    )


def test_a_later_shell_earns_less_in_the_worlds_of_the_base(found):
    revenue = found.measured[0]
    late = revenue.against_base[1]
    assert found.replications == 100
    assert late.difference.high < 0
    assert late.wins == 0
    assert late.variance_reduction > 1
    assert (revenue.choice.best, revenue.choice.sure) == (0, True)


def test_conditions_on_chances_and_on_worlds_are_told_apart(found):
    base = found.satisfied[0]
    assert [text for text, *_ in base.chances] == ["default<=0.05"]
    assert base.met == ["yes"]  # no default in 100 replications: at most 3.7%
    assert base.share == pytest.approx(np.mean(found.figures["revenue"][0] >= 1))


def test_a_model_with_itself_differs_by_exactly_nothing():
    told = compare(
        Request(
            ("single-site", "models/operators/single-site.toml"),
            sets=SHORT,
            metrics=("cash_ending", "defaulted"),
            reps=100,
            most=100,
            workers=1,
        )
    )
    for measured in told.measured:
        assert measured.against_base[1].difference[:3] == (0.0, 0.0, 0.0)
        assert measured.regret[0][:3] == measured.regret[1][:3] == (0.0, 0.0, 0.0)


@pytest.mark.parametrize(("after", "cut_short"), [(200, True), (400, False)])
def test_an_interrupt_after_the_last_world_cuts_nothing_short(after, cut_short):
    def tick(done, of):
        assert of == 2 * 400
        if done >= 2 * after:
            raise KeyboardInterrupt

    request = Request(
        ("single-site",),
        shocks=("none", LATE),
        reps=400,
        most=400,
        metrics=("revenue",),
        indifference=("revenue=0.001",),
        workers=1,
        sets=("model.quarters=1",),
    )
    found = compare(request, tick)
    assert found.interrupted == cut_short
    assert (found.replications == 400) == (not cut_short)


def test_strategies_that_do_not_fit_a_model_are_left_out_and_named():
    """single-site signs nobody new: what changes the levers of new business does not fit it."""
    fit, left_out = options.fitting("single-site", ())
    assert fit[0] == options.NONE
    assert {*fit[1:], *left_out} == set(bundled_names("strategies"))
    assert "build-ahead" in fit
    assert "asset-light" in left_out


def test_a_model_that_no_strategy_fits_says_what_it_lacks(monkeypatch):
    monkeypatch.setattr(options, "bundled_names", lambda _: ("asset-light",))
    with pytest.raises(ScenarioError, match=r"no bundled strategy that fits single-site .*levers"):
        compare(Request(("single-site",)))


@pytest.mark.parametrize(
    "request_",
    [
        Request(("single-site",), strategies=("none",)),
        Request(("single-site",), strategies=("none", "none")),
        Request(("single-site", "spot-heavy"), shocks=("none", LATE)),
        Request(("single-site",), shocks=("none", LATE), metrics=("profit",)),
        Request(("single-site",), shocks=("none", LATE), satisfy=("revenue",)),
        Request(("single-site",), shocks=("none", LATE), indifference=("revenue=-1",)),
        Request(("single-site",), shocks=("none", LATE), better=("cash=high",)),
    ],
)
def test_wrong_requests_are_refused_before_anything_is_simulated(request_, monkeypatch):
    monkeypatch.setattr(experiment, "measure", None)
    with pytest.raises(ScenarioError):
        compare(request_)


def test_the_declaration_says_which_way_a_metric_is_better():
    """Impairment was called better the more there is of it."""
    of = prepare(Point("single-site")).figure
    every = [of(name) for name in ("revenue", "impairment", "dscr.ddtl@2027", "lost_power")]
    told = {"revenue": True, "impairment": False, "dscr.ddtl@2027": True, "lost_power": False}
    assert judgement.directions((), every) == told
    assert judgement.directions(("revenue=low",), every) == told | {"revenue": False}


def test_a_metric_that_is_better_neither_way_asks_which(monkeypatch):
    """More rent was called better."""
    monkeypatch.setattr(experiment, "measure", None)
    with pytest.raises(ScenarioError, match="--better rent=high or --better rent=low"):
        compare(Request(("single-site",), shocks=("none", LATE), metrics=("rent",)))
    rent = prepare(Point("single-site")).figure("rent")
    assert judgement.directions(("rent=low",), [rent]) == {"rent": False}


def test_ranges_are_the_models_assumptions_where_none_are_given():
    scenario = prepare(Point("single-site")).scenario
    found = {one.name: one for one in inputs_of(scenario, ())}
    delay = found["sites.*.delay.probability"]
    (own,) = delay.leaves
    assert (own.low, own.high) == (0.3, 0.5)
    assert delay.at(1.0) == ("sites.alpha.delay.probability=0.5",)


@pytest.mark.parametrize(
    "text", ["tax.rate", "tax.rate=0.3", "tax.rate=0.3:0.1", "tax.rate=low:high", "=1:2"]
)
def test_wrong_ranges_are_refused(text):
    scenario = prepare(Point("single-site")).scenario
    with pytest.raises(ScenarioError):
        parse_vary(text, scenario)


def test_inputs_that_cannot_all_hold_at_once_are_left_out_of_walks():
    """Four correlations at the ends of their ranges are no correlation matrix."""
    asked = Vary(
        "single-site",
        "morris",
        ("market.correlations.*", "sites.*.tariff_usd_per_kwh=0.05:0.1"),
        metric="cost_of_revenue",
        sets=("model.quarters=4",),
        reps=2,
        rows=4,
        workers=1,
    )
    found = sensitivity(asked)
    assert [one.name for one in found.inputs] == ["sites.*.tariff_usd_per_kwh"]
    assert len(found.stuck) == 4
    assert all(name.startswith("market.correlations.") for name in found.stuck)
    assert found.refused == 0
    assert found.effects[0].matters


def test_a_tornado_ranks_what_moves_the_metric_and_leaves_luck_out():
    """Power is a cost of revenue, tax is not."""
    told = sensitivity(
        Vary(
            "single-site",
            vary=("sites.*.tariff_usd_per_kwh*=1:2", "tax.rate=0.2:0.3"),
            metric="cost_of_revenue",
            sets=SHORT,
            reps=5,
            workers=1,
        )
    )
    first, second = told.bars
    assert first.input.name == "sites.*.tariff_usd_per_kwh*"
    assert first.high.low > 0
    assert first.low.mean == 0
    assert not second.matters


IREN = (
    "sites.childress.rent_usd_per_kw_month=0",
    "sites.childress.delay.probability=0",
    "tax.rate=0",
    "operator.cash_yield_margin=-1",
    "contracts.microsoft.prepayment={amount_usd=1_940_000_000, due=2026-07-01, "
    "unconditional=false, credited_months=[25, 60]}",
)


def test_the_price_at_which_iren_horizon_just_covers_its_debt():
    """Known answer A1: USD 2.714 a GPU-hour of 2.914 before the charge, years 3-5, through runs."""
    told = solve(
        Goal(
            "iren-horizon",
            "contracts.microsoft.tranches.*.value_usd*=0.85:1.05",
            "dscr@2030<1.05",
            sets=IREN,
            reps=10,
            workers=1,
        )
    )
    own = told.solved[0].crossing
    low, high = (2.9141 * (0.85 + 0.20 * level) for level in (own.low, own.high))
    assert low - 0.005 <= 2.714 <= high + 0.005
    assert high - low < 0.01
