"""The known answers: what each is, where it was published, and which cannot be reproduced."""

from __future__ import annotations

from typing import Final, NamedTuple


class Case(NamedTuple):
    """A published worked example, an exact result, or an independent program."""

    title: str
    source: str


CASES: Final = {
    "A1": Case("IREN Horizon 1-4 for Microsoft", "IREN, 8-K of 2026-06-01 and press"),
    "A2": Case("A megawatt of Nebius's", "Nebius, note of 2026-10-06"),
    "A3": Case(
        "What a server's life does to a year", "Nebius, year to 2026-06-30; ASC 250-10-45-17"
    ),
    "A4": Case("Loan arithmetic", "Credit memo of 2026-09-17"),
    "A5": Case("Term mix and forward rents", "The Next Platform, 2023-07-27"),
    "A6": Case("Rents that return an H100's price", "Latent Space, 2024-10-11"),
    "A7": Case("Implied life", "Chanos, 2025"),
    "A8": Case("CoreWeave's debt note of 2025-06-30", "CoreWeave, 10-Q of Q2 2025, note 10"),
    "A9": Case("Capex as placed in service", "Identity of plant and construction in progress"),
    "B1": Case("Erlang's loss, any law of terms", "Erlang, 1917; Sevastyanov, 1957"),
    "B2": Case(
        "A queue with fifteen places, M/M/10/15; Little's law",
        "Gross, Shortle, Thompson, Harris, Fundamentals of Queueing Theory; Little, 1961",
    ),
    "B3": Case("Two sizes of customers on shared capacity", "Kaufman, 1981; Roberts, 1981"),
    "B4": Case("A pipeline of orders, M/G/infinity", "Palm, 1938; Khintchine, 1955"),
    "B5": Case("Sculpted debt and the cap that binds", "Present value of cash over cover"),
    "B6": Case(
        "Circular interest, which no rule has", "Algebra: opening less cash, over one less the rate"
    ),
    "B7": Case("Rates of return: several roots, one, none", "Roots of the polynomials"),
    "B8": Case("Two notes, one paid after the other", "Worked by hand to the cent"),
    "B9": Case("Sobol' indices of a function", "Ishigami and Homma, 1990"),
    "B10": Case("Selection of the best system", "Kim and Nelson, 2001"),
    "C1": Case(
        "Twenty years of a plant's cash flow by another program",
        "NREL's SAM, run by GEOPHIRES-X, 2025-11-24; docs/other_models.md",
    ),
    "C2": Case(
        "A loan's schedule as filed with its agreement",
        "SEC EDGAR, CIK 1283193, July 2009, exhibit 10.2; docs/other_models.md",
    ),
    "C3": Case(
        "Twenty years with a royalty that steps, by the same program",
        "NREL's SAM, run by GEOPHIRES-X, 2025-11-24, example 4; docs/other_models.md",
    ),
    "C4": Case(
        "A stepped price by years, cash at their ends and in their middle",
        "Spreadsheet question answered by P. Vandenberg; the head of its model",
    ),
    "C5": Case(
        "Rent that steps every year, as paid and as the books level it",
        "Two leases' schedules and Archibus's manual; the head of the model",
    ),
    "C6": Case(
        "A lender's least cover and the room above it",
        "calcsimpler.com, DSCR loan covenant cushion; aloan.ai, covenant headroom",
    ),
    "C7": Case(
        "Revenue that falls for twenty years, maintenance that grows or begins late",
        "White, Case, Pratt, 5th edition, examples 2.30 and 2.32; wizedu.com, question 23588",
    ),
    "C8": Case(
        "A payment two years ahead and its interest",
        "FASB, ASU 2014-09, Topic 606, example 29; the head of its model",
    ),
    "C9": Case(
        "A floating loan, with a swap and without",
        "C. Phan, 2025-03-24; knowsia.com; openknowledgegraph.com; the head of the model",
    ),
    "C10": Case(
        "Damages for each day of delay, up to a cap",
        "tools.gera.services, contract penalty; beta.support.construction; the head of the model",
    ),
    "C11": Case(
        "Interest that income does not carry",
        "Question on 26 U.S.C. 163(j); the head of its model",
    ),
    "definitions": Case(
        "The word list's examples of capex, contracts and slippage",
        "docs/definitions.md, worked by hand",
    ),
    "hand check": Case(
        "A quarter of single-site without randomness", "Paper, in the head of single-site.toml"
    ),
    "reference model": Case(
        "The same model as a plain program and in C", "benchmarks/reference, written apart"
    ),
    "QuantLib": Case("Schedules and effective yields", "QuantLib"),
    "libraries": Case("Rates of return and debt sizes", "pyxirr and QuantLib"),
    "second opinion": Case(
        "Operators without randomness by a second program",
        "docs/definitions.md, by its words alone",
    ),
}
"""By the name that a module of tests gives as its `CASE`, in the order they are told."""

NOT_REPRODUCED: Final = {
    "A1: IREN's blended funding cost of 3.31%": "3,650 at 6.00% and 1,940 prepaid at no cost blend "
    "to 3.92%, over the GPU capex of 5,810 to 3.77%; what else was counted is not published. It is "
    "no test.",
    "A8: the quarter's interest to the cent, and what of it was capitalised": "Days of draws "
    "are not disclosed. All of them a month earlier or later move contractual interest by 28 of "
    "250; 5% is asked instead. Of the share capitalised only that of the quarter before was known; "
    "the rule capitalises little over half of what was. The share is an input of every model, with "
    "a range.",
    "A7: through a run": "A calendar's quarters have 90 to 92 days, the published one is a fourth "
    "of a year: a run's doubled charge differs by 18 below to 10 above 1,274, where 0.5 is asked. "
    "The rule is tested on quarters of 90 days in a year of 360.",
    "B4: Poisson with lead times that vary": "Delivery is drawn once a month and generation, for a "
    "supplier is late with all orders of a month alike. Unconditionally the pipeline is then wider "
    "than Poisson, by design; given those draws it is Poisson, and its mean is unchanged. With "
    "times drawn by order (fit-out) it is Poisson outright.",
    "B1 to B4: exact blocking": "Days are whole and a month's asks lie evenly over its days. The "
    "models' heads state what that makes of the load. Over 6,000 replications what was left was "
    "0.0006 in B1, two standard errors; in the others one and a half or less.",
}
"""Published or exact figures that the rules do not give, and why."""

MISSES: Final = {
    "depreciation_and_amortization": "Equipment came early in the second quarter of 2025 "
    "and late in the third; 8.2bn went into service in the fourth where the model had "
    "4.3.",
    "technology_and_infrastructure": "Follows depreciation.",
    "cost_of_revenue": "The fourth quarter of 2025: rent and power of sites that came in one lump.",
    "operating_income": "Follows depreciation, and the lump of the fourth quarter of "
    "2025 that came late in it and billed little.",
    "adjusted_operating_income": "As operating income.",
    "adjusted_ebitda": "The fourth quarter of 2025: revenue came late in a quarter that "
    "carried the cost of its new sites.",
    "interest_expense_debt": "High in each round: draws come late in their quarters, and "
    "how loans were split in September 2025 is not disclosed.",
    "interest_expense": "As interest on debt.",
    "capex_in_service": "Sites come whole: a plan that is right on the year is wrong by "
    "a third in a quarter. Guidance itself missed by 33.5% over these rounds.",
    "ppe_net": "Follows capex.",
    "construction_in_progress": "What is not placed in service stays here: capex, other side.",
    "debt_principal": "New loans follow new hardware, so debt is short where capex is.",
    "backlog": "What was recognised is off.",
    "revenue, fiscal year": "Each quarter's error on the same side.",
    "revenue": "The fourth quarter of 2025: megawatts came late in it and billed little; "
    "the second: more of what was signed billed at once.",
    "80% bands": "Too narrow where the mean is off: the spread of inputs does not hold a "
    "whole site that comes a quarter early or late.",
    "half-width": "Delays of whole sites and the lag to billing are drawn wide.",
}
"""Why a bar of the backtest is missed, by line or kind of bar; one without fails the tests."""
