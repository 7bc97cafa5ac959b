"""A small spec to vary: two generations, three halls of two developers, two orders."""

import datetime as dt

import numpy as np

from gpusim.economics.core.records import rows
from gpusim.economics.core.state import Offer
from gpusim.scenario.spec import Spec, identity
from gpusim.units_of_measure import month_ends


def ids(*names: str):
    return np.array([identity(name) for name in names], np.int64)


def floats(*values: float):
    return np.array(values, np.float64)


def terms():
    table = rows(Offer, 1)
    table[0].gen = 1
    table[0].prepayment_share = 0.2
    table[0].fitout_days = 45
    table[0].acceptance_days = 30
    return table


def spec(quarters: int = 4, as_of: dt.date = dt.date(2025, 12, 31), **changes) -> Spec:
    end = np.array(month_ends(as_of, 3 * quarters), np.int64)
    base = Spec(
        month_end=end,
        months=len(end) - 1,
        gen_ids=ids("H100", "GB300"),
        gen_price=floats(210.0, 420.0),
        gen_floor=floats(60.0, 90.0),
        gen_forward=np.zeros((2, len(end))),
        gen_server_price=floats(3e6, 7e6),
        gen_inflation=floats(0.0, 0.0),
        gen_failure_sd=floats(0.3, 0.3),
        lead_planned=floats(120.0, 180.0),
        lead_sd=floats(30.0, 0.0),
        hall_ids=ids("alpha.0", "alpha.1", "beta.0"),
        hall_developers=ids("one", "one", "two"),
        hall_open=np.array([0, 0, 0], np.int64),
        hall_probability=floats(0.4, 0.4, 0.4),
        hall_mean=floats(180.0, 180.0, 180.0),
        hall_sd=floats(120.0, 120.0, 120.0),
        power_probability=floats(0.25, 0.25, 0.25),
        power_mean=floats(90.0, 90.0, 90.0),
        power_sd=floats(45.0, 45.0, 45.0),
        site_ids=ids("alpha", "beta"),
        outage_law=np.array([[0.3, 20.0, 10.0], [0.0, 1.0, 0.0]]),
        outage_dated=np.zeros((2, end[-1] - end[0] + 1), np.int64),
        order_ids=ids("anchor.0", "anchor.1"),
        fitout_planned=floats(45.0, 45.0),
        fitout_sd=floats(15.0, 15.0),
        acceptance_planned=floats(30.0, 30.0),
        acceptance_sd=floats(10.0, 0.0),
        contract_ids=ids("anchor"),
        contract_late=np.array([[0.3, 20.0, 10.0]]),
        customer_ids=ids("one", "two"),
        customer_hazard=np.array([[0.0, 0.0, 0.0], [0.6, 0.3, 0.1]]),
        customer_correlation=0.0,
        tranche_ids=ids("anchor.0", "anchor.1"),
        segment_ids=ids("labs"),
        segment_rate=np.array([[6.0, 12.0, 24.0]]),
        segment_since=np.array([1]),
        self_build=np.array([[0.25, 0.0]]),
        segment_terms=terms(),
        segment_late=np.array([[0.6, 40.0, 5.0]]),
        segment_law=np.array(
            [[1000.0, 0.5, 8.0, 90.0, 30.0, 0.5, 1.0, 0.1, 0.4, 0.05, 0.6, 10.0, 0.0, 0.0]]
        ),
        term_choices=np.array([[365, 1095]], np.int64),
        term_weights=np.array([[0.25, 1.0]]),
        start_state=1,
        stay=floats(0.8, 0.7, 0.9),
        balanced_to_scarce=0.6,
        drift=floats(-0.4, -0.1, 0.2),
        volatility=0.2,
        own_volatility=0.0,
        release_month=np.array([], np.int64),
        release_over=np.array([], np.int64),
        release_step=floats(),
        release_older=np.zeros((0, 2), np.int64),
        list_adjustment=1.0,
        on_demand_use=floats(0.5, 0.7, 0.9),
        use_elasticity=0.0,
        term_ratio=np.linspace(1.0, 0.4, 61),
        hardware_drift=floats(0.0, 0.0, 0.0),
        hardware_volatility=0.0,
        resale_elasticity=1.0,
        residual=floats(1.0, 0.6, 0.4),
        cholesky=np.eye(4),
        spread_shift=floats(0.01, 0.0, -0.005),
        spread_volatility=0.0,
        spread_reversion=0.0,
        loan_market_open=floats(0.3, 0.9, 1.0),
        base_curve=np.full(len(end), 0.04),
        rate_volatility=0.01,
        mean_reversion=0.5,
    )
    return base._replace(**changes)
