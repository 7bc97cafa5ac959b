"""Points: what a base shares, the same bytes for any workers, and figures by name."""

import numpy as np
import pytest

from gpusim.experiments.run import points
from gpusim.experiments.run.points import Point
from gpusim.results import metrics, tables
from gpusim.results.figures import known
from gpusim.results.replications import outcome_metrics
from gpusim.scenario import ScenarioError, load

SHORT = ("model.quarters=4",)
POINT = Point("single-site", sets=SHORT)


@pytest.fixture(scope="module")
def prepared():
    return points.prepare(POINT)


@pytest.fixture(scope="module")
def panel(prepared):
    return points.play(prepared, 1, range(5))


def values(panel, prepared, metric):
    return prepared.read(panel, [prepared.figure(metric)])[0]


def figures(panel, prepared, metric):
    return values(panel, prepared, metric).figures


def test_a_base_with_settings_is_the_scenario_that_load_gives():
    based = points.base(POINT)
    changed = points.at(based, ("sites.*.tariff_usd_per_kwh=0.11",))
    expected = load("single-site", sets=(*SHORT, "sites.*.tariff_usd_per_kwh=0.11"))
    assert changed.scenario == expected
    assert changed.scenario.resolved_toml() == expected.resolved_toml()
    assert points.at(based).scenario == load("single-site", sets=SHORT)


def arrays(panel):
    """All that a panel holds."""
    moves = panel.backlog
    rest = [column for name, column in panel._asdict().items() if name != "backlog"]
    return [*rest, moves.place, moves.cell, moves.cents]


def test_workers_and_order_change_no_bit(prepared, panel):
    again = points.play(prepared, 1, [4, 2, 0, 1, 3], workers=2)
    both = zip(arrays(panel), arrays(again), strict=True)
    assert all(np.array_equal(a, b) for a, b in both)
    assert len(panel.backlog) > 0


def test_any_replications_can_be_asked_for(prepared, panel):
    last = points.play(prepared, 1, [4])
    assert np.array_equal(last.ledger[0], panel.ledger[4])


def test_quarters_sum_to_the_year_and_to_the_whole_run(prepared, panel):
    names = prepared.calendar.names
    quarters = sum(figures(panel, prepared, f"revenue@{name}") for name in names)
    assert np.allclose(quarters, figures(panel, prepared, "revenue"))
    assert quarters.any()


def test_a_stock_without_a_period_is_the_last(prepared, panel):
    last = prepared.calendar.names[-1]
    whole = figures(panel, prepared, "debt_principal")
    assert np.array_equal(whole, figures(panel, prepared, f"debt_principal@{last}"))
    assert np.array_equal(whole, figures(panel, prepared, "debt_ending"))


def test_a_margin_is_a_share_of_revenue(prepared, panel):
    margin = values(panel, prepared, "adjusted_ebitda_margin")
    revenue = figures(panel, prepared, "revenue")
    part = np.where(revenue > 0, figures(panel, prepared, "adjusted_ebitda"), np.nan)
    assert np.allclose(margin.figures * revenue, part, equal_nan=True)
    assert np.array_equal(margin.reasons > 0, revenue == 0)


def test_cash_to_equity_is_what_interest_and_principal_leave(prepared, panel):
    left = figures(panel, prepared, "equity_cash") - figures(panel, prepared, "debt_repaid_cash")
    assert np.allclose(left, figures(panel, prepared, "operating_cash_flow"))


def test_whether_it_happened_is_one_or_nought(prepared, panel):
    for name in ("defaulted", "shortfall"):
        assert set(figures(panel, prepared, name)) <= {0.0, 1.0}


def test_an_undefined_figure_has_a_reason(prepared, panel):
    told = values(panel, prepared, f"dscr@{prepared.calendar.names[0]}")
    assert told.reasons is not None
    assert np.array_equal(np.isnan(told.figures), told.reasons > 0)


def test_every_metric_of_the_files_is_a_figure(prepared, panel):
    """The own cover of a facility and what was raised, too."""
    table = metrics.compute(panel, prepared.calendar, prepared.facilities)
    assert "dscr.ddtl" in table
    last = prepared.calendar.names[-1]
    for name, told in table.items():
        own = figures(panel, prepared, f"{name}@{last}")
        assert np.array_equal(own, told.figures[:, -1], equal_nan=True), name


def test_a_declared_metric_is_in_every_table_and_list(prepared, panel):
    """Of a metric every table, the file of meanings, what can be asked; of an outcome the same."""
    told = metrics.compute(panel, prepared.calendar, prepared.facilities)
    summary = tables.summaries([(told, prepared.calendar)])
    described = metrics.described(told)
    columns = tables.metrics(panel, prepared.calendar, told).columns
    for one in metrics.DECLARED:
        assert one.name in columns
        assert set(summary.filter(metric=one.name)["unit"]) == {one.unit}
        assert described[one.name] == {"unit": one.unit, "meaning": one.meaning}
    table = tables.outcome_table(panel, prepared.calendar)
    assert {one.name for one in outcome_metrics.OUTCOMES} <= set(table.columns)
    every = (*metrics.DECLARED, *outcome_metrics.CHANCES, *outcome_metrics.OUTCOMES)
    asked = known(prepared.facilities)
    assert [one.name for one in every if asked[one.name][:4] != one[:4]] == []


def test_every_number_of_the_outcomes_is_a_figure(prepared, panel):
    table = outcome_metrics.columns(panel, prepared.calendar)
    numbers = {name for name, column in table.items() if isinstance(column, np.ndarray)}
    assert "raised_debt" in numbers
    assert numbers - {"replication"} <= set(known(prepared.facilities))
    assert np.array_equal(100 * figures(panel, prepared, "raised_debt"), table["raised_debt"])


def test_every_figure_has_a_unit_a_meaning_and_a_value(prepared, panel):
    """Of a model with contracts of GPUs; those of let power have none here."""
    names = known(prepared.facilities, ["anchor"])
    told = prepared.read(panel, [prepared.figure(name) for name in names])
    for (name, metric), column in zip(names.items(), told, strict=True):
        assert metric.unit, name
        assert metric.meaning, name
        assert column.figures.shape == (5,), name


@pytest.mark.parametrize(
    ("metric", "message"),
    [
        ("revenu", "nearest valid name: revenue"),
        ("raised_det", "nearest valid name: raised_debt"),
        ("dscr.ddt", "one of its facilities: ddtl.*nearest valid name: dscr.ddtl"),
        ("dscr.ddtl@2026Q5", "the period '2026Q5'"),
        ("revenue@2026Q5", "the period '2026Q5'"),
        ("revenue@", "the period ''"),
        ("defaulted@2027Q1", "it belongs to a whole run"),
        ("binding_cause", "no metric 'binding_cause'"),
    ],
)
def test_an_unknown_figure_is_refused(prepared, panel, metric, message):
    with pytest.raises(ScenarioError, match=message):
        values(panel, prepared, metric)
