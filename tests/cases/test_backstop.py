"""A backstop is used when it pays; what expires unused is told apart from what is lost."""

from __future__ import annotations

import polars as pl
import pytest

from gpusim.reports.figures import run_figures
from gpusim.results.stored.opened import open_run
from tests.cases.reading import MODELS, folder_of, gpusim, table, usd

MODEL = "backstop"
PRICE = "contracts.backstop.put_usd_per_gpu_hour="
JULY = 31 * 24 * 1_000
"""GPU-hours of a thousand idle GPUs in July 2026."""
ENERGY = 2.08 * 0.8 * 1.2 * 0.06
"""kW x load x PUE x USD/kWh: 0.1198 USD an hour is spared by a GPU that is switched off."""


@pytest.mark.parametrize(
    ("price", "hours"),
    [
        (2.00, JULY),  # nothing is offered on demand: the backstop takes every hour
        (ENERGY + 0.001, JULY),
        (ENERGY - 0.001, 0),  # an hour costs more than it brings
    ],
)
def test_a_priced_backstop_is_used_above_the_energy_of_an_hour(price, hours):
    assert usd("revenue_committed", "2026-07", MODEL, f"{PRICE}{price}") == pytest.approx(
        hours * price, abs=0.02
    )


def test_it_comes_before_a_market_that_pays_less():
    """Everything is offered on demand at a list price of about 4: at 5 the backstop has it all."""
    asked = (f"{PRICE}5", "operator.on_demand_share=1")
    assert usd("revenue_committed", "2026-07", MODEL, *asked) == pytest.approx(JULY * 5)
    assert usd("revenue_on_demand", "2026-07", MODEL, *asked) == 0


def test_a_market_that_pays_more_comes_first():
    """At 2 the market takes its share of the hours, the backstop the rest: together all of July.

    The list price of July is that of the as-of day, 4.00, but for a fifth of a month's move.
    """
    asked = (f"{PRICE}2", "operator.on_demand_share=1")
    left = usd("revenue_committed", "2026-07", MODEL, *asked) / 2
    market = usd("revenue_on_demand", "2026-07", MODEL, *asked)
    assert 0 < left < JULY
    assert market / (JULY - left) == pytest.approx(4.0, rel=0.1)


def test_it_takes_no_more_than_its_value():
    """600m over 1,826 days is 10.186m in July; 744,000 hours at 20 would be 14.88m."""
    asked = f"{PRICE}20"
    assert usd("revenue_committed", "2026-07", MODEL, asked) == pytest.approx(
        600e6 * 31 / 1826, abs=1
    )


def test_what_expires_unused_is_no_loss_and_not_to_be_converted():
    """The anchor earns all of its value in time; 600m of the backstop expire by 2031-06-30."""
    folder = folder_of(MODEL)
    row = pl.read_parquet(folder / "outcomes.parquet").row(0, named=True)
    assert row["backstop_unused"] == row["backlog_opening_unused"] == 600_000_000_00
    assert (row["lost"], row["backlog_opening_lost"]) == (0, 0)
    assert row["backlog_opening"] - 600_000_000_00 == row["backlog_opening_recognised"]
    chain = table("backlog_to_cash", MODEL).row(0, named=True)
    assert (chain["backstop_unused"], chain["lost"]) == (-600_000_000_00, 0)
    parts = ("backlog_opening", "signed", "repriced", "planned_later", "slipped", "lost")
    parts += ("backstop_unused",)
    assert sum(chain[name] for name in parts) == chain["recognised"]


def test_the_page_tells_what_expires_unused_apart_from_what_is_lost():
    """600m of a backlog that loses nothing: no loss in the sentence, the table or the picture."""
    run = open_run(str(folder_of(MODEL)))
    figure = next(f for f in run_figures.figures(run) if f.key == "backlog")
    assert "backstops of USD 600m expire unused, which is no loss" in figure.answer
    assert "is lost" not in figure.answer
    assert not [name for name in figure.table.columns if name.startswith("lost")]
    assert figure.table["backstop unused"].sum() == pytest.approx(-600)
    chain = next(f for f in run_figures.figures(run) if f.key == "backlog_to_cash")
    assert "USD 0m lost" in chain.answer


def test_the_report_converts_all_that_could_be_converted(tmp_path):
    """By the end of 2031 all but 31 days of tranche 1 and 121 of tranche 2: 1 - 152 / 3,653.

    With the backstop among what could be converted it would be 95.84% x 6,121 / 6,721 = 87.3%.
    """
    model = str(MODELS / f"{MODEL}.toml")
    done = gpusim("run", model, "--reps", "1", "-q", "--full", "--out", str(tmp_path / "run"))
    text = " ".join(done.stdout.split())
    assert "Backstops expire unused: mean USD 600.0m, which is no loss" in text
    assert "Backstop unused" in text
    shares = [row for row in done.stdout.splitlines() if row.startswith("Share recognised")]
    assert shares[-1].split()[-1] == "95.8%"
    assert "put months" not in done.stdout
