"""The folder of a run."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from gpusim.appraisal import realised
from gpusim.appraisal.nouns import realised_contracts, realised_sites
from gpusim.economics.books.statements import LINES
from gpusim.economics.core.state import CAUSES, MOVES
from gpusim.economics.debt.sizing import CAPS
from gpusim.results.metric import Better
from gpusim.results.payload import CLAIMS, LENT, LENT_CAPS, LENT_DAYS, NOT_TOLD
from gpusim.results.replications.backlog_to_cash import STEPS
from gpusim.results.replications.lenders_and_owners import OF_LENDERS, OF_OWNERS
from gpusim.results.replications.outcome import Outcome
from gpusim.results.replications.outcome_metrics import OUTCOMES
from gpusim.results.replications.sources_and_uses import PARTS
from gpusim.results.stored.columns import (
    COUNT,
    DAY,
    DRAWN_INPUTS,
    FLAG,
    NUMBER,
    PERIOD,
    REPLICATION,
    TEXT,
    WHOLE,
    Column,
    Form,
    of,
    one_of,
    or_empty,
)
from gpusim.results.stored.trees import anything
from gpusim.results.summary import COLUMNS, OUTCOME_COLUMNS

MANIFEST: Final = anything
BY_PERIOD: Final = {"replication": REPLICATION, "period": PERIOD}
CENTS: Final = WHOLE._replace(words="whole cents")
WORDS: Final = ("metric", "period", "unit", "ci_by")
ENDED: Final = frozenset(("firm_ended",))


def of_a_metric(name: str) -> Column:
    """A column of a metric, or of the reasons why it is undefined."""
    return or_empty(TEXT if name.endswith("_reason") else NUMBER)


def of_an_outcome(name: str) -> Column | None:
    """A column of the first breach of a covenant, the only one whose name a model gives."""
    return or_empty(DAY) if name.startswith("breach_") else None


def column_of(one: Outcome) -> Column:
    """The column of a figure of a whole replication."""
    column = CENTS if one.unit == "USD" else NUMBER
    return or_empty(column) if one.undefined else column


OF_LENDERS_AND_OWNERS: Final = frozenset(
    {"dscr_lowest_period", "headroom_lowest_covenant"}
    | {one.name for one in (*OF_LENDERS, *OF_OWNERS)}
)
"""Outcomes that folders of earlier versions lack."""
STATEMENTS: Final = Form(BY_PERIOD | {"firm_ended": FLAG} | of(LINES, CENTS), newer=ENDED)
METRICS_TABLE: Final = Form(BY_PERIOD | {"firm_ended": FLAG}, of_a_metric, newer=ENDED)
BACKLOG: Final = Form(
    BY_PERIOD
    | {"vintage": COUNT, "movement": one_of(*MOVES), "cents": CENTS}
    | {"cause": or_empty(one_of(*CAUSES))}
)
UNIT: Final = {"cohort": TEXT, "vintage": or_empty(TEXT), "generation": or_empty(TEXT)}
FACILITY_TEXTS: Final = of(LENT_CAPS, or_empty(one_of(*CAPS)))
FACILITY: Final = {
    "recourse" if name == "non_recourse" else name: or_empty(
        FLAG if name == "non_recourse" else CENTS
    )
    for name in LENT
    if name not in (*NOT_TOLD, *CLAIMS)
}
TABLES: Final[Mapping[str, Form]] = {
    "drawn_inputs": DRAWN_INPUTS,
    "ignorance": Form({"metric": TEXT, "period": or_empty(PERIOD), "ignorance": or_empty(NUMBER)}),
    "statements": STATEMENTS,
    "statements_monthly": STATEMENTS,
    "metrics": METRICS_TABLE,
    "metrics_monthly": METRICS_TABLE,
    "backlog": BACKLOG,
    "backlog_monthly": BACKLOG,
    "summary": Form(
        of(COLUMNS, or_empty(NUMBER))
        | of(WORDS, TEXT)
        | of(("unit", "ci_by"), or_empty(TEXT))
        | {"period": PERIOD, "n": COUNT, "rests_on": COUNT}
    ),
    "outcomes": Form(
        {"replication": REPLICATION, "shortfall": FLAG}
        | of(("shortfall_first", "defaulted"), or_empty(DAY))
        | {"liquidity_lowest_period": PERIOD, "binding_cause": or_empty(TEXT)}
        | {"dscr_lowest_period": or_empty(PERIOD), "headroom_lowest_covenant": or_empty(TEXT)}
        | {one.name: column_of(one) for one in OUTCOMES},
        of_an_outcome,
        OF_LENDERS_AND_OWNERS,
    ),
    "outcome_summary": Form(
        of(OUTCOME_COLUMNS, or_empty(NUMBER))
        | of(("metric", "unit", "ci_by", "tail_by"), TEXT)
        | {"better": one_of(*Better), "n": COUNT, "rests_on": COUNT}
    ),
    "facilities": Form(
        {"replication": REPLICATION, "facility": TEXT}
        | of(CLAIMS, CENTS)
        | FACILITY
        | of(LENT_DAYS, or_empty(DAY))
        | FACILITY_TEXTS
        | {"dscr_lowest": or_empty(NUMBER), "dscr_lowest_period": or_empty(PERIOD)},
        newer=frozenset(("dscr_lowest", "dscr_lowest_period", "trapped_most", "trap_tests"))
        | frozenset(("sculpted_debt", "sculpted_cash")),
    ),
    "backlog_to_cash": Form(
        {"replication": REPLICATION} | of((s.name for s in STEPS), CENTS),
        newer=frozenset(("repriced",)),  # once among signed
    ),
    "sources_and_uses": Form(
        {"replication": REPLICATION} | of((p.name for p in PARTS), CENTS),
        newer=frozenset(("credit_granted", "bought_on_credit")),
    ),
    "debt_service": Form(
        BY_PERIOD
        | of(("cfads", "debt_service", "scheduled_principal"), CENTS)
        | of(("interest_paid", "principal_paid"), CENTS)
    ),
    "covenants": Form(
        of(("facility", "test", "column", "scope"), TEXT) | {"minimum": NUMBER, "tested_from": DAY}
    ),
    "events": Form(
        {"replication": REPLICATION, "event": COUNT, "date": DAY, "in_story": FLAG}
        | {"what": TEXT}
        | of(("noun", "name", "text", "facts"), or_empty(TEXT))
        | {"amount_usd": or_empty(NUMBER), "cause": or_empty(COUNT)}
    ),
    "units": Form(BY_PERIOD | UNIT | of(realised.COLUMNS, WHOLE)),
    "contracts": Form(
        {"replication": REPLICATION, "contract": TEXT}
        | of(realised_contracts.AMOUNTS, CENTS)
        | {"gpu_hours": COUNT, "days_late": or_empty(WHOLE)}
        | of(realised_contracts.DAYS, or_empty(DAY))
    ),
    "sites": Form(
        BY_PERIOD
        | {"site": TEXT}
        | of(realised_sites.IN_MW.values(), NUMBER)
        | of(realised_sites.AMOUNTS, CENTS)
    ),
    "units_cash": Form({"replication": REPLICATION, "date": DAY, "cents": CENTS} | UNIT),
}
