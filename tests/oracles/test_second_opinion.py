"""gpusim agrees with a program that was written from the definitions alone."""

import tomllib
from collections.abc import Iterator

import pytest

from tests.oracles.second_opinion import run
from tests.oracles.second_opinion.compare import DOLLAR, differences, untold
from tests.oracles.second_opinion.dated import BASES
from tests.oracles.second_opinion.generate import LAYERS, operator, scenario_of, written

CASE = "second opinion"
EACH = 8
SEED = 7_000_000


@pytest.mark.parametrize("layer", LAYERS)
@pytest.mark.parametrize("batch", range(5))
def test_every_line_of_every_month_agrees(layer, batch, tmp_path):
    told = []
    for number in range(batch, EACH, 5):
        path = tmp_path / f"{layer}-{number}.toml"
        path.write_text(operator(SEED + number, layer))
        told += [f"{path.name} {d}" for d in differences(path)]
    assert not told, "\n".join(told[:20])


def test_no_line_is_left_out(tmp_path):
    path = tmp_path / "operator.toml"
    path.write_text(operator(SEED))
    assert not untold(path)


TARIFFS = ("tariff_usd_per_kwh", "grid_charge_usd_per_kw_month")
DATED = {
    "fiscal_year_ends",
    "idle_load_factor",
    "from",
    "until",
    "one_offs",
    *(f"steps.{key}" for key in ("monthly_usd", *BASES)),
    *(f"tariff_steps.{key}" for key in TARIFFS),
}


def holders(tree: dict, key: str) -> Iterator[tuple[dict, str]]:
    """Tables of a model file that have a key."""
    tables = [tree["model"], *tree["overheads"].values(), *tree["sites"].values()]
    steps, _, inner = key.rpartition(".")
    for table in tables:
        yield from ((t, inner) for t in (table.get(steps, []) if steps else [table]) if inner in t)


def without(text: str, key: str) -> str | None:
    """The model file without a key; None: it has none. Steps that state nothing else go with it."""
    tree = tomllib.loads(text)
    found = list(holders(tree, key))
    for table, inner in found:
        del table[inner]
    for table in (*tree["overheads"].values(), *tree["sites"].values()):
        for steps in ("steps", "tariff_steps"):
            if steps in table:
                table[steps] = [step for step in table[steps] if len(step) > 1]
                if not table[steps]:
                    del table[steps]
    return written(tree) if found else None


def moves(text: str, other: str) -> bool:
    """Whether two operators differ in a line of a month, by our own program."""
    ours, theirs = (run.months(scenario_of(x)) for x in (text, other))
    return any(
        abs(value - line[name]) > DOLLAR
        for (_, lines), (_, line) in zip(ours, theirs, strict=True)
        for name, value in lines.items()
    )


def test_a_sweep_of_what_quarters_leave_is_felt():
    """In some generated operators it moves a line of a month, by our own program."""
    felt = 0
    for number in range(EACH):
        text = operator(SEED + number, "debt")
        tree = tomllib.loads(text)
        swept = [debt for debt in tree["debt"].values() if debt.pop("cash_sweep", None)]
        felt += bool(swept) and moves(text, written(tree))
    assert felt >= 2


def test_steps_of_margins_are_felt():
    felt = 0
    for number in range(2 * EACH):
        text = operator(SEED + number, "debt")
        tree = tomllib.loads(text)
        stepped = [debt for debt in tree["debt"].values() if debt.pop("margin_steps", None)]
        felt += bool(stepped) and moves(text, written(tree))
    assert felt >= 2


def test_rents_that_serve_loans_are_felt():
    """Without them a cover, or what is lent, is another one, by our own program."""
    felt = 0
    for number in range(EACH):
        text = operator(SEED + number, "let")
        tree = tomllib.loads(text)
        lent = [c.pop("facility", None) for c in tree["contracts"].values() if "power" in c]
        if not any(lent):
            continue
        for debt in tree["debt"].values():  # a test of cover needs a contract
            debt.get("covenants", {}).pop("llcr", None)
        ours, theirs = (run.months(scenario_of(x)) for x in (text, written(tree)))
        felt += any(set(a) != set(b) for (_, a), (_, b) in zip(ours, theirs, strict=True))
    assert felt >= 2


def test_credits_that_run_on_are_felt():
    """In some generated operators they move a line of a month, by our own program."""
    felt = 0
    for number in range(EACH):
        text = operator(SEED + number, "tax")
        tree = tomllib.loads(text)
        held = [
            c[k] for c in tree["contracts"].values() for k in ("prepayment", "opening") if k in c
        ]
        others = [plan for plan in held if plan.pop("runs_on", False)]
        for c in tree["contracts"].values():  # without it they end with the term
            longest = max(t.get("term_months", c["term_months"]) for t in c["tranches"])
            if months := c.get("prepayment", {}).get("credited_months"):
                months[:] = [min(longest, month) for month in months]
        felt += bool(others) and moves(text, written(tree))
    assert felt >= 2


def test_every_key_by_date_is_felt():
    unfelt = set(DATED)
    for number in range(3 * EACH):
        text = operator(SEED + number, "dated")
        for key in sorted(unfelt):
            other = without(text, key)
            if other and moves(text, other):
                unfelt.discard(key)
        if not unfelt:
            break
    assert not unfelt
