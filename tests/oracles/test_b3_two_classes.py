"""Known answer B3: two sizes of customers that share twenty GPUs, after Kaufman and Roberts.

Load 4 of one GPU each, load 2 of four GPUs each, through models/two-classes.toml: a large customer
is turned away whenever fewer than four GPUs are idle. Source: Kaufman, 1981; Roberts, 1981.
"""

from tests.oracles.queues import ENGINES, blocking, played

CASE = "B3"
LOSS = {1: 0.0261745, 4: 0.1368858}


@ENGINES
def test_customers_turned_away(engine, replications, compare):
    runs = list(played("two-classes", engine, replications))
    name = engine.__name__.rsplit(".", 1)[-1]
    for gpus, known in LOSS.items():
        found = blocking(iter(runs), known, lambda offers, size=gpus: offers.gpus == size)
        what = f"share turned away of those that want {gpus}, {name} engine"
        compare(what, found.value, known, errors=found.error)
