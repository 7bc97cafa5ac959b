"""Figures of one loan, and of one covenant of it: WORD.FACILITY, and WORD.FACILITY.TEST.

A declaration each; what a model has follows from its facilities and from the covenants they agreed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Final, Literal, NamedTuple, TypeAlias

import numpy as np

from gpusim.economics.core.calendar import MONTHS_PER_QUARTER
from gpusim.economics.core.state import (
    COUNTED,
    DSCR,
    LOAN_INTEREST,
    LOAN_LIFE_CASH,
    LOAN_PRINCIPAL,
    LOAN_PROJECT_CASH,
    LOAN_RESALE,
    LOAN_RESERVE,
    LOAN_VALUE,
    NEEDED,
    NEVER,
    Floats,
)
from gpusim.economics.debt.covenants import KIND_OF, KINDS
from gpusim.results import periods
from gpusim.results.metric import REASONS, Better, Books, Metric, Values, ratio, usd
from gpusim.results.payload import LENT
from gpusim.results.replications.covenants import first_broken
from gpusim.units_of_measure import day_of, month_ends

if TYPE_CHECKING:
    from gpusim.results.replications.covenants import Covenant

HIGHER, LOWER, NEITHER = Better.HIGHER, Better.LOWER, Better.NEITHER
DOT: Final = "."
"""Between the word, the facility and the test; a facility may have dots of its own."""
PROBABILITY: Final = "probability"
COVER: Final = KINDS[DSCR].key
Compute: TypeAlias = Callable[[Books, int], Values]


class Family(NamedTuple):
    """A figure that each loan, or each covenant, has."""

    word: str
    unit: str
    meaning: str  # {name}: the loan, or the test and the loan
    better: Better
    compute: Compute  # place: of the loan in `Panel.lent`, or of the covenant in `Panel.tests`
    of: Literal["loan", "covenant"] = "loan"
    by_period: bool = True  # else one figure a replication

    def metric(self, subject: str, place: int) -> Metric:
        """The same of one loan, or of one covenant as FACILITY.TEST."""
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


def _cover(books: Books, place: int) -> Values:
    """Cover by its own contracts, of twelve months or since they billed first.

    See `economics.debt.dscr`, which tests it.
    """
    panel, last = books.panel, books.calendar.last_months
    months = np.arange(panel.ledger.shape[-1])
    billed = panel.lent[:, place, LENT.index("first_month")]
    counted = months[None, :] >= billed[:, None]
    cash, service = (books.year(np.where(counted, panel.cover[:, row, place], 0)) for row in (0, 1))
    none = (billed == 0)[:, None] | (last[None, :] < billed[:, None])
    return ratio(
        cash,
        service,
        (service == 0, "no debt service yet"),
        (none, "none of its contracts has billed"),
    )


def _stock(row: int) -> Compute:
    """A balance of a loan at the period's end [cents]."""
    return lambda books, place: usd(books.ends(books.panel.loans[:, place, row]))


def _interest(books: Books, place: int) -> Values:
    return usd(books.sums(books.panel.loans[:, place, LOAN_INTEREST]))


def _to_value(row: int) -> Compute:
    """Principal less reserve cash over a value of the loan's hardware."""

    def share(books: Books, place: int) -> Values:
        loan = books.panel.loans[:, place]
        owed, held, value = (
            books.ends(loan[:, one]) for one in (LOAN_PRINCIPAL, LOAN_RESERVE, row)
        )
        return ratio(
            owed - held,
            value,
            (value == 0, "no accepted hardware"),
            (owed == 0, "nothing is owed"),
        )

    return share


def _to_come(row: int) -> Compute:
    """Worth of its contracts' cash to come over principal, at quarter ends."""

    def cover(books: Books, place: int) -> Values:
        panel, last = books.panel, books.calendar.last_months
        worth, owed = (books.ends(panel.loans[:, place, one]) for one in (row, LOAN_PRINCIPAL))
        left = np.maximum.accumulate(panel.cover[:, 0, place], axis=1)
        early = books.ends(left) <= 0
        return ratio(
            worth,
            owed,
            ((worth == 0) & early, "none of its contracts has paid"),
            (owed == 0, "nothing is owed"),
            (np.broadcast_to(last % MONTHS_PER_QUARTER != 0, owed.shape), "no quarter's end"),
        )

    return cover


def headroom(books: Books, place: int) -> Floats:
    """By how much of its limit a covenant is passed, by month [replications, months + 1] [share].

    Below zero where it is broken, before cures; NaN where it is not tested.
    """
    counted, needed = (books.panel.tests[:, place, side] for side in (COUNTED, NEEDED))
    least = KIND_OF[books.covenants[place].test].side == "least"
    left = counted - needed if least else needed - counted
    figures = np.full(left.shape, np.nan)
    np.divide(left, needed, out=figures, where=needed != 0)
    return figures


def _headroom(books: Books, place: int) -> Values:
    return undefined_where_nan(headroom(books, place)[:, books.calendar.last_months], "not tested")


def _lowest_headroom(books: Books, place: int) -> Values:
    return undefined_where_nan(lowest(headroom(books, place)), "not tested")


def _breach(books: Books, place: int) -> Values:
    days = first_broken(books.panel, books.covenants)[:, place]
    return Values((days < NEVER).astype(np.float64), None)


def lowest(figures: Floats) -> Floats:
    """Lowest of the figures that are defined, in each row; NaN where none is."""
    least = np.where(np.isnan(figures), np.inf, figures).min(axis=1, initial=np.inf)
    return np.where(np.isinf(least), np.nan, least)


def undefined_where_nan(figures: Floats, reason: str) -> Values:
    """Figures that are undefined where they are NaN, for one reason."""
    codes = np.where(np.isnan(figures), REASONS.index(reason), 0)
    return Values(figures, codes.astype(np.int8))


def covers(books: Books, place: int) -> Floats:
    """A loan's own cover at quarter ends, from its first test on [replications, quarters]."""
    of_all = quarterly(books)
    return _from_first_test(of_all, _cover(of_all, place).figures, place)


def firm_covers(quarters: Books, figures: Floats) -> Floats:
    """The firm's cover at quarter ends, from the first test of any cover on."""
    return _from_first_test(quarters, figures, None)


def quarterly(books: Books) -> Books:
    """The same books by the quarters of the whole run."""
    calendar = periods.quarters(
        books.calendar.as_of, books.calendar.months, books.calendar.year_ends
    )
    return Books(books.panel, calendar, books.covenants)


def _from_first_test(quarters: Books, figures: Floats, place: int | None) -> Floats:
    """Figures at quarter ends, NaN before covers are first tested; all where none is in the run.

    place: of the loan whose covenant counts; None: of any.
    """
    days = [
        day_of(one.tested_from)
        for one in quarters.covenants
        if one.test == COVER
        and place in (None, one.place)
        and one.tested_from <= quarters.calendar.last_day
    ]
    calendar = quarters.calendar
    ends = np.array(month_ends(calendar.as_of, calendar.months), np.int64)
    tested = ends[calendar.last_months] >= min(days, default=0)
    return np.where(tested[None, :], figures, np.nan)


def _lowest_cover(books: Books, place: int) -> Values:
    return undefined_where_nan(lowest(covers(books, place)), "no cover was tested")


FAMILIES: Final = (
    Family(
        "dscr",
        "ratio",
        "cash of the contracts that {name} finances over its debt service",
        HIGHER,
        _cover,
    ),
    Family("balance", "USD", "principal of {name}, at period end", LOWER, _stock(LOAN_PRINCIPAL)),
    Family("interest", "USD", "interest accrued on {name} in the period", LOWER, _interest),
    Family(
        "reserve",
        "USD",
        "restricted cash held for {name}, at period end",
        NEITHER,
        _stock(LOAN_RESERVE),
    ),
    Family(
        "ltv",
        "share",
        "principal of {name} less its reserve over its lender's value of accepted hardware",
        LOWER,
        _to_value(LOAN_VALUE),
    ),
    Family(
        "ltv_market",
        "share",
        "principal of {name} less its reserve over what the accepted GPUs it paid for would fetch",
        LOWER,
        _to_value(LOAN_RESALE),
    ),
    Family(
        "llcr",
        "ratio",
        "worth of its contracts' cash to come up to the maturity of {name} over its principal, "
        "at quarter ends",
        HIGHER,
        _to_come(LOAN_LIFE_CASH),
    ),
    Family(
        "plcr",
        "ratio",
        "worth of all cash to come of the contracts that {name} finances over its principal, "
        "at quarter ends",
        HIGHER,
        _to_come(LOAN_PROJECT_CASH),
    ),
    Family(
        "headroom",
        "share",
        "by how much of its limit the {name} covenant is passed, at its test of the period's end; "
        "below 0 broken",
        HIGHER,
        _headroom,
        of="covenant",
    ),
    Family(
        "breach",
        PROBABILITY,
        "the {name} covenant is broken; the end of the firm counts as a breach",
        LOWER,
        _breach,
        of="covenant",
        by_period=False,
    ),
    Family(
        "headroom_lowest",
        "share",
        "least headroom of all tests of the {name} covenant",
        HIGHER,
        _lowest_headroom,
        of="covenant",
        by_period=False,
    ),
    Family(
        "dscr_lowest",
        "ratio",
        "lowest cover of {name} by its own contracts at a quarter's end, from its first test on",
        HIGHER,
        _lowest_cover,
        by_period=False,
    ),
)
"""In the order of the files."""
BY_WORD: Final = {family.word: family for family in FAMILIES}


def family_of(name: str) -> Family | None:
    """The family of a name such as dscr.ddtl; None: it is a figure of the whole firm."""
    word, dot, _ = name.partition(DOT)
    return BY_WORD.get(word) if dot else None


def metric_of(name: str) -> Metric:
    """How a figure of a loan or covenant reads; it cannot be computed.

    Raises:
        KeyError: there is no such figure.
    """
    family = BY_WORD[name.partition(DOT)[0]]
    return family.metric(name.partition(DOT)[2], 0)


def subject_of(covenant: Covenant) -> str:
    """FACILITY.TEST."""
    return f"{covenant.facility}{DOT}{covenant.test}"


def known(facilities: Sequence[str], covenants: Sequence[Covenant] = ()) -> dict[str, Metric]:
    """Every figure of the loans of a model and of their covenants, by name.

    facilities: names in the order of `Panel.lent`; covenants: in that of `Panel.tests`.
    """
    subjects = {
        "loan": list(facilities),
        "covenant": [subject_of(covenant) for covenant in covenants],
    }
    found = [
        family.metric(subject, place)
        for family in FAMILIES
        for place, subject in enumerate(subjects[family.of])
    ]
    return {metric.name: metric for metric in found}


def by_period(name: str) -> bool:
    """Whether a name is of a figure of a loan or covenant that can be had of a period."""
    family = family_of(name)
    return family is not None and family.by_period
