"""Figures of one loan, covenant or GPU: WORD.FACILITY, WORD.FACILITY.TEST, WORD.GPU.

A declaration each; what a model has follows from its facilities, from the covenants they agreed,
and from its GPU generations.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

from gpusim.economics.core.state import (
    LOAN_LIFE_CASH,
    LOAN_PRINCIPAL,
    LOAN_PROJECT_CASH,
    LOAN_RESERVE,
    LOAN_TRAPPED,
    LOAN_VALUE,
)
from gpusim.economics.debt.covenants import KIND_OF
from gpusim.results.formulas import loans, market
from gpusim.results.metric import PROBABILITY, Better, Metric

if TYPE_CHECKING:
    from gpusim.results.replications.covenants import Covenant

HIGHER, LOWER, NEITHER = Better.HIGHER, Better.LOWER, Better.NEITHER
DOT: Final = "."
"""Between the word, the facility and the test; a facility may have dots of its own."""
LOWEST: Final = "_lowest"
"""Ends the word of a lowest figure of all periods."""


class Subject(NamedTuple):
    """What there is a figure of each of."""

    placeholder: str  # of its name
    told: str  # in a meaning
    plural: str


SUBJECTS: Final = {
    "loan": Subject("FACILITY", "the loan", "facilities"),
    "covenant": Subject("FACILITY.TEST", "TEST", "covenants"),
    "gpu": Subject("GPU", "the GPU", "GPUs"),
}


class Family(NamedTuple):
    """A figure that each loan, each covenant or each GPU generation has."""

    word: str
    unit: str
    meaning: str  # {name}: the loan, the test and the loan, or the GPU
    better: Better
    compute: loans.OfPlace
    of: Literal["loan", "covenant", "gpu"] = "loan"
    by_period: bool = True  # else one figure a replication

    def metric(self, subject: str, place: int) -> Metric:
        """The same of one loan, of one covenant as FACILITY.TEST, or of one GPU."""
        told = subject
        if self.of == "covenant":
            facility, _, test = subject.rpartition(DOT)
            told = f"{KIND_OF[test].name} of {facility}"
        return Metric(
            f"{self.word}{DOT}{subject}",
            self.unit,
            self.meaning.format(name=told),
            self.better,
            lambda books: self.compute(books, place),
        )


FAMILIES: Final = (
    Family(
        "dscr",
        "ratio",
        "cash of the contracts that {name} finances over its debt service",
        HIGHER,
        loans.cover,
    ),
    Family(
        "cfads",
        "USD",
        "cash that the contracts of {name} left for its debt service in the period",
        HIGHER,
        loans.cash_for_service,
    ),
    Family(
        "debt_service",
        "USD",
        "debt service of {name} in the period",
        NEITHER,
        loans.service,
    ),
    Family(
        "balance", "USD", "principal of {name}, at period end", LOWER, loans.stock(LOAN_PRINCIPAL)
    ),
    Family("interest", "USD", "interest accrued on {name} in the period", LOWER, loans.interest),
    Family(
        "reserve",
        "USD",
        "restricted cash held for {name}, at period end",
        NEITHER,
        loans.stock(LOAN_RESERVE),
    ),
    Family(
        "trapped",
        "USD",
        "of that, what the cash trap of {name} holds, at period end",
        NEITHER,
        loans.stock(LOAN_TRAPPED),
    ),
    Family(
        "ltv",
        "share",
        "principal of {name} less its reserve over its lender's value of accepted hardware",
        LOWER,
        loans.to_value(LOAN_VALUE),
    ),
    Family(
        "ltv_market",
        "share",
        "principal of {name} less its reserve over what the accepted GPUs it paid for would fetch "
        "and its buildings are worth",
        LOWER,
        loans.to_market_value,
    ),
    Family(
        "llcr",
        "ratio",
        "worth of its contracts' cash to come up to the maturity of {name} over its principal, "
        "at quarter ends",
        HIGHER,
        loans.to_come(LOAN_LIFE_CASH),
    ),
    Family(
        "plcr",
        "ratio",
        "worth of all cash to come of the contracts that {name} finances over its principal, "
        "at quarter ends",
        HIGHER,
        loans.to_come(LOAN_PROJECT_CASH),
    ),
    Family(
        "headroom",
        "share",
        "by how much of its limit the {name} covenant is passed, at its test of the period's end; "
        "below 0 broken",
        HIGHER,
        loans.headroom_at_end,
        of="covenant",
    ),
    Family(
        "breach",
        PROBABILITY,
        "the {name} covenant is broken; the end of the firm, or of the loan's own borrower, while "
        "the agreement runs counts as a breach",
        LOWER,
        loans.breach,
        of="covenant",
        by_period=False,
    ),
    Family(
        "headroom_lowest",
        "share",
        "least headroom of all tests of the {name} covenant; an end that counts as a breach is -1",
        HIGHER,
        loans.least_headroom,
        of="covenant",
        by_period=False,
    ),
    Family(
        "dscr_lowest",
        "ratio",
        "lowest cover of {name} by its own contracts at a quarter's end, from its first test on "
        "until it is repaid",
        HIGHER,
        loans.least_cover,
        by_period=False,
    ),
    Family(
        "llcr_lowest",
        "ratio",
        "lowest llcr of {name} at a quarter's end, from its first test on, or of its cover's",
        HIGHER,
        loans.least_to_come,
        by_period=False,
    ),
    Family(
        "rent",
        "USD/GPU-hour",
        "on-demand list price of {name}, mean of the period's months",
        NEITHER,
        market.rent,
        of="gpu",
    ),
    Family(
        "rental_index",
        "USD/GPU-hour",
        "rental index of {name}, at which its hours clear and prices reset, mean of the period's "
        "months",
        NEITHER,
        market.rental_index,
        of="gpu",
    ),
    Family(
        "sold_share",
        "share",
        "hours of {name} sold on demand over those offered, mean of the period's months",
        NEITHER,
        market.sold_share,
        of="gpu",
    ),
    Family(
        "hardware_price",
        "USD/GPU",
        "all-in price of {name}, new, at period end",
        NEITHER,
        market.price("hardware_price"),
        of="gpu",
    ),
    Family(
        "resale_price",
        "USD/GPU",
        "what the servers of {name} fetch as good as new, at period end",
        NEITHER,
        market.resale_price,
        of="gpu",
    ),
)
"""In the order of the files."""
BY_WORD: Final = {family.word: family for family in FAMILIES}


def family_of(name: str) -> Family | None:
    """The family of a name such as dscr.ddtl; None: it is a figure of the whole firm."""
    word, dot, _ = name.partition(DOT)
    return BY_WORD.get(word) if dot else None


def metric_of(name: str) -> Metric:
    """How a figure of a loan, covenant or GPU reads; it cannot be computed.

    Raises:
        KeyError: there is no such figure.
    """
    family = BY_WORD[name.partition(DOT)[0]]
    return family.metric(name.partition(DOT)[2], 0)


def subject_of(covenant: Covenant) -> str:
    """FACILITY.TEST."""
    return f"{covenant.facility}{DOT}{covenant.test}"


def known(
    facilities: Sequence[str], covenants: Sequence[Covenant] = (), gpus: Sequence[str] = ()
) -> dict[str, Metric]:
    """Every figure of the loans of a model, of their covenants and of its GPUs, by name.

    facilities: names in the order of `Panel.lent`; covenants: in that of `Panel.tests`; gpus: of
    generations, in that of `Panel.market`.
    """
    subjects = {
        "loan": list(facilities),
        "covenant": [subject_of(covenant) for covenant in covenants],
        "gpu": list(gpus),
    }
    found = [
        family.metric(subject, place)
        for family in FAMILIES
        for place, subject in enumerate(subjects[family.of])
    ]
    return {metric.name: metric for metric in found}


def by_period(name: str) -> bool:
    """Whether a name is of a figure of a loan, covenant or GPU that can be had of a period."""
    family = family_of(name)
    return family is not None and family.by_period
