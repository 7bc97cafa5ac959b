"""What is counted at every month's end beside the ledger.

`State.stocks` has one row a measure and one column a month (column 0: the as-of month). Stocks are
end-of-day balances, flows are sums over the month. Watts are critical IT power.
"""

from __future__ import annotations

from gpusim.compiling.kernel import const, names

(
    CONTRACTED_MICROWATTS,  # stock: all signed site capacity
    POWERED_MICROWATTS,  # stock: handed over and energised
    ACTIVE_MICROWATTS,  # stock: GPUs in service, and what tenants have
    BILLING_MICROWATTS,  # stock: what serves live contracts, GPUs and let power
    POWERED_MICROWATT_DAYS,
    ACTIVE_MICROWATT_DAYS,
    ENERGISED_MICROWATTS,  # flow: halls powered this month, less those given back
    GPUS_IN_SERVICE,  # stock
    GPUS_ADDED,  # flow: put in service
    GPUS_RETIRED,  # flow
    GPUS_FAILED,  # flow: for good
    MICROWATTS_ADDED,  # flow: put in service
    MICROWATTS_RETIRED,  # flow: retired or failed
    IN_SERVICE_GPU_HOURS,
    BILLED_GPU_HOURS,  # committed and on demand
    ON_DEMAND_GPU_HOURS,
    CFADS,  # flow [cents]
    DEBT_SERVICE,  # flow: scheduled principal, cash interest and fees, balloons left out [cents]
    RPO,  # stock [cents]
    BACKLOG,  # stock [cents]
    REVOLVER_AVAILABLE,  # stock [cents]
    UNDRAWN,  # stock: open term commitments not yet drawn [cents]
    SHORTFALL,  # stock: due and unpaid [cents]
    DEFERRED_ORDERS,  # stock: orders that wait for funding
    DEFERRED_COST,  # stock: their cost [cents]
    DEBT_DRAWN,  # flow: face of cash draws [cents]
    DEBT_NONCASH,  # flow: lent without cash, less what became shares or ended unpaid [cents]
    DEBT_REPAID,  # flow [cents]
    DEBT_PRINCIPAL,  # stock: sum over draws [cents]
    CAPEX_ACCRUED,  # flow: additions to construction in progress [cents]
    CAPEX_IN_SERVICE,  # flow: moved out of it [cents]
    RETIRED_COST,  # flow: gross cost written out [cents]
    COLLECTED,  # flow: cash from customers [cents]
    SCHEDULED_PRINCIPAL,  # flow: fell due, balloons included [cents]
    WAITING_GPUS,  # stock: GPUs of tranches that fell due and have not started
    IDLE_GPUS,  # stock: accepted GPUs under no contract
    SPARE_GPUS,  # stock: kept to stand in for those that fail
    MISSING_GPUS,  # stock: that live contracts lack
    MISSING_GPU_HOURS,  # flow: contracted and not delivered
    SERVICE_CREDITS,  # flow: revenue lost to them [cents]
    LATE_CREDITS,  # flow: revenue lost to credits for late starts [cents]
    MAINTENANCE_CAPEX,  # flow: paid for replacements and spares [cents]
    SWEPT,  # flow: debt repaid by sweeps [cents]
    CURED,  # flow: equity that cured covenants [cents]
    RAISED_DEBT,  # flow: face of notes issued for the firm's own outlook [cents]
    RAISED_EQUITY,  # flow: shares issued for it, before costs [cents]
    RESALE_VALUE,  # stock: what GPUs in service would fetch [cents]
    COLOCATION_REVENUE,  # flow: rent of let power [cents]
    LET_MICROWATTS,  # stock: let to tenants
    BOUGHT_ON_CREDIT,  # flow: hardware that suppliers and lessors paid for [cents]
    BUILDING_VALUE,  # stock: what own buildings in use with a cap rate are worth [cents]
    BUILDING_BOOK,  # stock: their book value [cents]
) = (const(n) for n in range(52))
MEASURES = names(globals(), "CONTRACTED_MICROWATTS", "BUILDING_BOOK")
N_STOCKS = len(MEASURES)
STOPS_WITH_THE_FIRM = (
    CONTRACTED_MICROWATTS,
    POWERED_MICROWATTS,
    ACTIVE_MICROWATTS,
    BILLING_MICROWATTS,
    GPUS_IN_SERVICE,
    RPO,
    BACKLOG,
    REVOLVER_AVAILABLE,
    UNDRAWN,
    WAITING_GPUS,
    IDLE_GPUS,
    SPARE_GPUS,
    MISSING_GPUS,
    RESALE_VALUE,
    LET_MICROWATTS,
    BUILDING_VALUE,
    BUILDING_BOOK,
)
"""Balances that only a firm that runs has: nothing from the day on which it ends."""
LEFT_BY_THE_FIRM = (SHORTFALL, DEFERRED_ORDERS, DEFERRED_COST, DEBT_PRINCIPAL)
"""Balances that stay as they are when a firm ends; the other measures are flows of the month."""
