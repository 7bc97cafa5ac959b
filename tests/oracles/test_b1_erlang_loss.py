"""Known answer B1: Erlang's loss formula, whatever the law of the terms.

Poisson arrivals, ten GPUs, no waiting list, load 8, through models/loss-system.toml. The loss
depends on the mean term alone (insensitivity). Source: Erlang, 1917; Sevastyanov, 1957.

The model's days are whole; its head says what that makes of the load. What is left is the month:
as many customers ask in February as in January, which moves the loss by less than 0.0005.
"""

import pytest

from gpusim.engines import batch
from tests.oracles.queues import ENGINES, blocking, played

CASE = "B1"
LOSS = 0.121661
ANY_TERM = "levers.minimum_term_months=0"
LAWS = {
    "fixed": (),
    "exponential": ('segments.single.term_law="exponential"', ANY_TERM),
    "log-normal": (
        'segments.single.term_law="log-normal"',
        "segments.single.term_sd_share=1.5",
        ANY_TERM,
    ),
    "listed": (
        "segments.single.term_months=[1, 3, 6]",
        "segments.single.term_weights=[0.76, 0.16, 0.08]",
    ),
}
"""The last: 30, 91 and 182 days, 51.92 on average; see `SCALED`."""
SCALED = {"listed": ("segments.single.arrivals_per_year.balanced=55.742",)}
"""A load of 8 where the mean term is not 60 days: 8 / 52.42 a day."""


@ENGINES
@pytest.mark.parametrize("law", LAWS)
def test_customers_turned_away(law, engine, replications, compare):
    runs = played("loss-system", engine, replications, *LAWS[law], *SCALED.get(law, ()))
    found = blocking(runs, LOSS)
    name = engine.__name__.rsplit(".", 1)[-1]
    what = f"share turned away, {law} terms, {name} engine"
    compare(what, found.value, LOSS, errors=found.error)


def test_the_terms_follow_their_laws(compare):
    """The three laws are three laws: same mean, their own coefficient of variation."""
    for law, variation in (("fixed", 0.0), ("exponential", 1.0), ("log-normal", 1.5)):
        terms = [
            term
            for world, _ in played("loss-system", batch, 40, *LAWS[law])
            for term in world.offers.term_days.tolist()
        ]
        n, mean = len(terms), sum(terms) / len(terms)
        sd = (sum((t - mean) ** 2 for t in terms) / n) ** 0.5
        compare(f"mean of {law} terms [days]", mean, 60.0, errors=max(sd / n**0.5, 1e-9))
        spread = 0.25 if law == "log-normal" else 0.03
        compare(f"coefficient of variation of {law} terms", sd / mean, variation, abs=spread)
