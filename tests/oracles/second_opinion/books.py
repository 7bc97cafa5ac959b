"""Books: accounts in cents, and the statement lines that are made of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable

STOCKS = [
    "cash",
    "restricted_cash",
    "marketable_securities",
    "receivables",
    "prepaid_and_other_current",
    "supplier_deposits",
    "construction_in_progress",
    "servers",
    "infrastructure",
    "other_equipment",
    "servers_acc",
    "infrastructure_acc",
    "other_equipment_acc",
    "intangibles",
    "intangibles_acc",
    "goodwill",
    "lease_assets",
    "other_noncurrent_assets",
    "payables_operating",
    "payables_capex",
    "accrued_interest",
    "tax_payable",
    "deferred_revenue",
    "customer_liabilities",
    "lease_liabilities",
    "loans",
    "notes",
    "convertibles",
    "revolver",
    "vendor_debt",
    "finance_leases",
    "debt_discount",
    "deferred_tax",
    "other_liabilities",
    "paid_in_capital",
    "accumulated_deficit",
]


def cents(usd: float) -> int:
    return round_half(usd * 100)


def round_half(x: float) -> int:
    return int(x + 0.5) if x >= 0 else -int(-x + 0.5)


class Books:
    """Stocks stand at the end, flows are those of the month under way [cents]."""

    def __init__(self) -> None:
        self.stock: dict[str, int] = dict.fromkeys(STOCKS, 0)
        self.flow: dict[str, int] = defaultdict(int)
        self.before = dict(self.stock)

    def add(self, **amounts: int) -> None:
        """Stocks by their own name, flows by theirs."""
        for name, amount in amounts.items():
            if name in self.stock:
                self.stock[name] += amount
            else:
                self.flow[name] += amount

    def close(self) -> dict[str, int]:
        """The statement of the month; flows begin anew."""
        line = statement(self.stock, self.before, self.flow)
        self.stock["accumulated_deficit"] -= line["net_income"]
        line = statement(self.stock, self.before, self.flow)
        s = self.stock
        assets = line["total_assets"]
        claims = line["total_liabilities"] + line["equity"]
        if assets != claims:
            raise AssertionError(f"books do not balance: {assets - claims} cents")
        moved = s["cash"] - self.before["cash"]
        told = line["operating_cash_flow"] + line["investing_cash_flow"]
        told += line["financing_cash_flow"] + line["transfer_to_reserves"]
        if moved != told:
            raise AssertionError(f"cash moved {moved}, told {told}")
        self.flow = defaultdict(int)
        self.before = dict(s)
        return line


def statement(s: dict[str, int], before: dict[str, int], f: dict[str, int]) -> dict[str, int]:
    o: dict[str, int] = {}

    def grown(*names: str) -> int:
        return sum(s[n] - before[n] for n in names)

    get: Callable[[str], int] = lambda n: f.get(n, 0)  # noqa: E731
    o["revenue_committed"] = get("revenue_committed")
    o["revenue_on_demand"] = get("revenue_on_demand")
    o["revenue_recharged"] = get("revenue_recharged")
    o["revenue"] = o["revenue_committed"] + o["revenue_on_demand"] + o["revenue_recharged"]
    o["rent"], o["power"] = get("rent"), get("power")
    o["cost_of_revenue"] = (
        o["rent"]
        + o["power"]
        + get("staff")
        + get("depreciation_infrastructure")
        + get("overhead_cost-of-revenue")
    )
    o["technology_and_infrastructure"] = (
        get("depreciation_servers") + get("depreciation_other") + get("overhead_technology")
    )
    o["sales_and_marketing"] = get("overhead_sales") + get("amortisation")
    o["general_and_administrative"] = get("overhead_administration")
    o["impairment"] = get("impairment")
    o["disposal_gain"] = get("disposal_gain")
    o["operating_income"] = (
        o["revenue"]
        - o["cost_of_revenue"]
        - o["technology_and_infrastructure"]
        - o["sales_and_marketing"]
        - o["general_and_administrative"]
        - o["impairment"]
        + o["disposal_gain"]
    )
    o["interest_capitalised"] = get("interest_capitalised")
    o["interest_expense_debt"] = (
        get("coupons") + get("fees") + get("discount") - o["interest_capitalised"]
    )
    o["interest_expense"] = o["interest_expense_debt"] + get("accretion")
    o["interest_income"] = get("interest_income")
    o["other_income"] = get("other_income")
    o["other_income_net"] = o["interest_income"] + o["other_income"]
    o["pretax_income"] = o["operating_income"] - o["interest_expense"] + o["other_income_net"]
    o["income_tax"] = get("tax_current") + get("tax_deferred")
    o["net_income"] = o["pretax_income"] - o["income_tax"]
    o["stock_compensation"] = get("stock_compensation")
    o["depreciation_and_amortization"] = (
        get("depreciation_servers")
        + get("depreciation_infrastructure")
        + get("depreciation_other")
        + get("amortisation")
    )
    o["adjusted_operating_income"] = (
        o["operating_income"]
        + o["stock_compensation"]
        + get("amortisation")
        + o["impairment"]
        - o["disposal_gain"]
    )
    o["adjusted_ebitda"] = (
        o["adjusted_operating_income"] + o["depreciation_and_amortization"] - get("amortisation")
    )
    for name in [
        "cash",
        "restricted_cash",
        "marketable_securities",
        "receivables",
        "prepaid_and_other_current",
        "supplier_deposits",
        "construction_in_progress",
        "goodwill",
        "lease_assets",
        "other_noncurrent_assets",
        "payables_operating",
        "payables_capex",
        "accrued_interest",
        "tax_payable",
        "deferred_revenue",
        "customer_liabilities",
        "lease_liabilities",
        "loans",
        "notes",
        "convertibles",
        "revolver",
        "vendor_debt",
        "finance_leases",
        "debt_discount",
        "deferred_tax",
        "other_liabilities",
        "paid_in_capital",
        "accumulated_deficit",
    ]:
        o[name] = s[name]
    o["ppe_gross"] = (
        s["servers"] + s["infrastructure"] + s["other_equipment"] + s["construction_in_progress"]
    )
    o["accumulated_depreciation"] = (
        s["servers_acc"] + s["infrastructure_acc"] + s["other_equipment_acc"]
    )
    o["ppe_net"] = o["ppe_gross"] - o["accumulated_depreciation"]
    o["intangibles_net"] = s["intangibles"] - s["intangibles_acc"]
    o["total_assets"] = sum(
        o[n]
        for n in [
            "cash",
            "restricted_cash",
            "marketable_securities",
            "receivables",
            "prepaid_and_other_current",
            "supplier_deposits",
            "ppe_net",
            "intangibles_net",
            "goodwill",
            "lease_assets",
            "other_noncurrent_assets",
        ]
    )
    o["debt_principal"] = sum(
        s[n]
        for n in ("loans", "notes", "convertibles", "revolver", "vendor_debt", "finance_leases")
    )
    o["debt_carrying"] = o["debt_principal"] - s["debt_discount"]
    o["total_liabilities"] = o["debt_carrying"] + sum(
        s[n]
        for n in [
            "payables_operating",
            "payables_capex",
            "accrued_interest",
            "tax_payable",
            "deferred_revenue",
            "customer_liabilities",
            "lease_liabilities",
            "deferred_tax",
            "other_liabilities",
        ]
    )
    o["equity"] = s["paid_in_capital"] - s["accumulated_deficit"]
    for name in [
        "cash_from_customers",
        "cash_for_operations",
        "cash_for_rent",
        "cash_for_tax",
        "cash_interest_received",
        "capex_cash",
        "disposal_proceeds",
        "debt_drawn_cash",
        "debt_repaid_cash",
        "debt_costs_paid",
        "equity_raised",
        "loss_on_retirement",
    ]:
        o[name] = get(name)
    paid_capitalised = get("capitalised_interest_paid")
    o["capitalised_interest_unpaid"] = paid_capitalised - o["interest_capitalised"]
    o["capex_cash"] += paid_capitalised
    o["cash_for_interest"] = get("cash_for_interest") + paid_capitalised
    o["operating_cash_flow"] = sum(
        o[n]
        for n in [
            "cash_from_customers",
            "cash_for_operations",
            "cash_for_rent",
            "cash_for_tax",
            "cash_for_interest",
            "cash_interest_received",
        ]
    )
    o["noncash_interest"] = get("discount")
    o["noncash_tax"] = get("tax_deferred")
    o["change_in_receivables"] = -grown("receivables")
    o["change_in_other_assets"] = -grown("prepaid_and_other_current", "other_noncurrent_assets")
    o["change_in_payables"] = grown("payables_operating")
    o["change_in_accrued_interest"] = grown("accrued_interest")
    o["change_in_tax_payable"] = grown("tax_payable")
    o["change_in_deferred_revenue"] = grown("deferred_revenue")
    o["change_in_other_liabilities"] = grown("customer_liabilities", "other_liabilities")
    o["change_in_leases"] = grown("lease_liabilities") - grown("lease_assets")
    o["investing_cash_flow"] = o["disposal_proceeds"] - o["capex_cash"]
    o["financing_cash_flow"] = (
        o["debt_drawn_cash"] + o["debt_repaid_cash"] + o["debt_costs_paid"] + o["equity_raised"]
    )
    o["transfer_to_reserves"] = -grown("restricted_cash")
    return o
