"""What is counted at every month's end beside the ledger.

`State.stocks` has one row a measure and one column a month (column 0: the as-of month). Stocks are
end-of-day balances, flows are sums over the month. Watts are critical IT power.
"""

from __future__ import annotations

from gpusim.compiling.kernel import const

MEASURES = (
    "contracted_microwatts",  # stock: all signed site capacity
    "powered_microwatts",  # stock: handed over and energised
    "active_microwatts",  # stock: GPUs in service
    "billing_microwatts",  # stock: GPUs earning committed or on-demand revenue
    "powered_microwatt_days",
    "active_microwatt_days",
    "energised_microwatts",  # flow: halls powered this month, less those given back
    "gpus_in_service",  # stock
    "gpus_added",  # flow: put in service
    "gpus_retired",  # flow
    "gpus_failed",  # flow: for good
    "microwatts_added",  # flow: put in service
    "microwatts_retired",  # flow: retired or failed
    "in_service_gpu_hours",
    "billed_gpu_hours",  # committed and on demand
    "on_demand_gpu_hours",
    "cfads",  # flow [cents]
    "debt_service",  # flow: scheduled principal, cash interest and fees, balloons left out [cents]
    "rpo",  # stock [cents]
    "backlog",  # stock [cents]
    "revolver_available",  # stock [cents]
    "undrawn",  # stock: open term commitments not yet drawn [cents]
    "shortfall",  # stock: due and unpaid [cents]
    "deferred_orders",  # stock: orders that wait for funding
    "deferred_cost",  # stock: their cost [cents]
    "debt_drawn",  # flow: face of cash draws [cents]
    "debt_noncash",  # flow: vendor finance [cents]
    "debt_repaid",  # flow [cents]
    "debt_principal",  # stock: sum over draws [cents]
    "capex_accrued",  # flow: additions to construction in progress [cents]
    "capex_in_service",  # flow: moved out of it [cents]
    "retired_cost",  # flow: gross cost written out [cents]
    "collected",  # flow: cash from customers [cents]
    "scheduled_principal",  # flow: fell due, balloons included [cents]
    "waiting_gpus",  # stock: GPUs of tranches that fell due and have not started
    "idle_gpus",  # stock: accepted GPUs under no contract
    "spare_gpus",  # stock: kept to stand in for those that fail
    "missing_gpus",  # stock: that live contracts lack
    "missing_gpu_hours",  # flow: contracted and not delivered
    "service_credits",  # flow: revenue lost to them [cents]
    "maintenance_capex",  # flow: paid for replacements and spares [cents]
    "swept",  # flow: debt repaid by covenant sweeps [cents]
    "cured",  # flow: equity that cured covenants [cents]
    "raised_debt",  # flow: face of notes issued for the firm's own outlook [cents]
    "raised_equity",  # flow: shares issued for it, before costs [cents]
)
N_STOCKS = len(MEASURES)
(
    CONTRACTED_MICROWATTS,
    POWERED_MICROWATTS,
    ACTIVE_MICROWATTS,
    BILLING_MICROWATTS,
    POWERED_MICROWATT_DAYS,
    ACTIVE_MICROWATT_DAYS,
    ENERGISED_MICROWATTS,
    GPUS_IN_SERVICE,
    GPUS_ADDED,
    GPUS_RETIRED,
    GPUS_FAILED,
    MICROWATTS_ADDED,
    MICROWATTS_RETIRED,
    IN_SERVICE_GPU_HOURS,
    BILLED_GPU_HOURS,
    ON_DEMAND_GPU_HOURS,
    CFADS,
    DEBT_SERVICE,
    RPO,
    BACKLOG,
    REVOLVER_AVAILABLE,
    UNDRAWN,
    SHORTFALL,
    DEFERRED_ORDERS,
    DEFERRED_COST,
    DEBT_DRAWN,
    DEBT_NONCASH,
    DEBT_REPAID,
    DEBT_PRINCIPAL,
    CAPEX_ACCRUED,
    CAPEX_IN_SERVICE,
    RETIRED_COST,
    COLLECTED,
    SCHEDULED_PRINCIPAL,
    WAITING_GPUS,
    IDLE_GPUS,
    SPARE_GPUS,
    MISSING_GPUS,
    MISSING_GPU_HOURS,
    SERVICE_CREDITS,
    MAINTENANCE_CAPEX,
    SWEPT,
    CURED,
    RAISED_DEBT,
    RAISED_EQUITY,
) = (const(n) for n in range(N_STOCKS))
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
)
"""Balances that only a firm that runs has: nothing from the day on which it ends."""
LEFT_BY_THE_FIRM = (SHORTFALL, DEFERRED_ORDERS, DEFERRED_COST, DEBT_PRINCIPAL)
"""Balances that stay as they are when a firm ends; the other measures are flows of the month."""
