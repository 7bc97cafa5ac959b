"""Two small operators, told whole: any change of what happens or of a statement shows here.

The text is made by the code under test, so it proves nothing by itself: read what changed, and if
it is meant, write the files anew with

    python -m tests.golden.test_golden
"""

from __future__ import annotations

from pathlib import Path

import pytest

from gpusim.economics.books.statements import line
from gpusim.engines.process import run
from gpusim.engines.story import Trace, tell
from gpusim.scenario import load
from gpusim.scenario.lower import lower
from gpusim.units_of_measure import quarter_name
from gpusim.world import draw

HERE = Path(__file__).parent
MODELS = {
    "single-site": "single-site",
    "small": str(HERE.parent / "scenario" / "fixtures" / "small.toml"),
}
LINES = (
    "revenue",
    "operating_income",
    "interest_expense",
    "net_income",
    "adjusted_ebitda",
    "cash",
    "restricted_cash",
    "ppe_net",
    "deferred_revenue",
    "debt_principal",
    "equity",
    "operating_cash_flow",
    "capex_cash",
    "financing_cash_flow",
)
STOCKS = ("cash", "restricted_cash", "ppe_net", "deferred_revenue", "debt_principal", "equity")
WIDTH = 18


def told(model: str) -> str:
    """The first replication of seed 1: its story, then its statements by quarter [cents]."""
    book = lower(load(model))
    trace = Trace()
    final = run(book.state, draw(book.spec, 1, 0), trace=trace)
    text = tell(book.names, trace)
    ends = book.spec.month_end[3::3].tolist()
    for first in range(0, len(ends), 4):
        quarters = range(first, min(first + 4, len(ends)))
        names = "".join(f"{quarter_name(ends[q]):>{WIDTH}}" for q in quarters)
        text += ["", f"{'cents':22}{names}"]
        for name in LINES:
            months = line(final.ledger, name)
            cells = [
                int(months[3 * q + 3] if name in STOCKS else months[3 * q + 1 : 3 * q + 4].sum())
                for q in quarters
            ]
            text.append(f"{name:22}" + "".join(f"{cell:>{WIDTH},}" for cell in cells))
    return "\n".join(text) + "\n"


@pytest.mark.parametrize("name", MODELS)
def test_the_run_is_the_one_on_file(name):
    assert told(MODELS[name]) == (HERE / f"{name}.out").read_text(encoding="utf-8")


if __name__ == "__main__":
    for name, model in MODELS.items():
        (HERE / f"{name}.out").write_text(told(model), encoding="utf-8")
