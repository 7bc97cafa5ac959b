"""A metric: what is put into `gpusim/results/metrics.py`, a formula and a row of DECLARED."""

from gpusim.results.metric import Books, Metric, Values, ratio
from gpusim.results.metrics import LOWER


def _rent_share(books: Books) -> Values:
    revenue = books.amount("revenue")
    return ratio(books.amount("rent"), revenue, (revenue <= 0, "no revenue"))


ROW = Metric("rent_share", "share", "rent over revenue of the period", LOWER, _rent_share)
