"""Metrics and shocks for the tests: those that repeat what gpusim says, and wrong ones."""

import numpy as np

from gpusim.results.metric import Better, Metric


class Named:
    """A metric but for its figures."""

    name, unit, meaning, better = "mine", "USD", "a test's own", "higher"


def repeated(name, unit):
    """gpusim's own metric under another name, as a `Metric`."""
    return Metric(f"own_{name}", unit, "a copy", Better.HIGHER, lambda books: books.metric(name))


CASH, COVER = repeated("cash", "USD"), repeated("dscr", "ratio")


class Spent(Named):
    """The same as `capex_cash`, added up from months."""

    name = "spent"

    def compute(self, books):
        return books.sums(books.line("capex_cash"))[0] / 100


class Defaults(Named):
    """1 where the last period ends without cash."""

    name, unit, better = "penniless", "probability", "lower"

    def compute(self, books):
        return books.metric("cash") <= 0


class Neighbours(Named):
    """What would depend on other replications, were there any to be seen."""

    name = "neighbours"

    def compute(self, books):
        assert len(books.panel.replications) == 1
        return books.metric("cash") - books.metric("cash").mean(axis=0)


class Failing(Named):
    def compute(self, books):
        return 1 / 0


class Endless(Named):
    def compute(self, books):
        return books.metric("cash") / 0.0


class Short(Named):
    def compute(self, books):
        return np.zeros(1000)


class Unknown(Named):
    def compute(self, books):
        return books.metric("cahs")


class Half(Named):
    unit = "probability"

    def compute(self, books):
        return np.full(len(books.calendar.names), 0.5)


class Taken(Spent):
    name = "revenue"


class Spaced(Spent):
    name = "two words"


class Wordless(Spent):
    meaning = ""


class Steering(Spent):
    unit = "\x1b[2J"


class Sideways(Spent):
    better = "up"


class NoMethod(Named):
    pass


class Dearer:
    """As --set 'sites.*.tariff_usd_per_kwh*=1.5' --set tax.rate=0.3."""

    def changes(self, model):
        for name in model["sites"]:
            yield f"sites.{name}.tariff_usd_per_kwh*=1.5"
        yield "tax.rate=0.3"


class AfterOthers:
    """Doubles the rate that it finds."""

    def changes(self, model):
        rate = model["tax"]["rate"]
        model["tax"]["rate"] = 9.0
        return [f"tax.rate={2 * rate}"]


class Nowhere:
    def changes(self, model):
        return ["tax.raet=0.3"]


class NoTexts:
    def changes(self, model):
        return [("tax.rate", 0.3)]


class OneText:
    def changes(self, model):
        return "tax.rate=0.3"


class Broken:
    def changes(self, model):
        return model["nothing"]


class Endlessly:
    def changes(self, model):
        while True:
            yield "tax.rate=0.3"
