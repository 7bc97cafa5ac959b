"""Known answers C7: revenue that falls for twenty years, maintenance that grows for fifteen, USD.

Examples of textbooks, see the head of `models/gradients.toml`: present values to the cent. The
third is worked with factors of six decimals. Half a millionth of one times 3.790787 thousands, and
twice that of the later years', may move it by 0.0057, and its rounding to the cent by 0.005.
"""

import pytest

from gpusim.appraisal.view.timing import timing_of
from tests.oracles.unit_rows import row, value

CASE = "C7"
SCALE = 100
YEAR_ENDS = timing_of("yearly", "end")


def line(**terms: str) -> str:
    """The maintenance of fifteen of the twenty years, as a change of the model."""
    said = {"line": '"cost-of-revenue"', "usd_per_gpu_year": "100", "until": "2041-12-31"} | terms
    return f"overheads={{maintenance={{{', '.join(f'{k}={v}' for k, v in said.items())}}}}}"


def steps(*rates: tuple[int, float]) -> str:
    """Rates from the beginnings of years on [USD/GPU-year]."""
    each = (f"{{date={year}-01-01, usd_per_gpu_year={rate!r}}}" for year, rate in rates)
    return f"[{', '.join(each)}]"


GROWS = line(steps=steps(*((2027 + n, 100 * 1.08**n) for n in range(1, 15))))
LATE = line(**{"from": "2032-01-01", "steps": steps((2037, 200.0))})


def worth(hurdle: float, *changes: str) -> float:
    """Present value at year ends [USD of the example]."""
    found = row("gradients", "customer", *changes, hurdle=hurdle, timing=YEAR_ENDS)
    return value(found, "npv") / SCALE


def test_revenue_that_falls_by_a_tenth_a_year(compare):
    compare("present value at 12%, twenty years, to a cent", round(worth(0.12), 2), 12_204.15)


@pytest.mark.parametrize(
    ("what", "change", "known", "room"),
    [
        ("grows by 8% for fifteen years", GROWS, 12_030.40, 0.0),
        ("begins in year 6 and doubles in year 11", LATE, 5_276.80, 0.0107),
    ],
)
def test_maintenance(what, change, known, room, compare):
    cost = worth(0.10) - worth(0.10, change)
    compare(f"present value at 10% of maintenance that {what}", round(cost, 2), known, abs=room)
