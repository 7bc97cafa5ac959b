"""An own building has no fixed rent: not in the books, the cost of a GPU-hour, or `units`."""

import pytest

from gpusim.appraisal.unit_economics import compute
from gpusim.economics.core.state_pointer import to_pointer
from gpusim.economics.plant.site_costs import running_cost
from gpusim.scenario import load
from gpusim.scenario.lower import lower
from tests.cases.reading import MODELS, usd

DET = str(MODELS / "det.toml")
OWNED, DEAR = "sites.alpha.kind='owned'", "sites.alpha.rent_usd_per_kw_month=400"


@pytest.mark.parametrize(
    ("sets", "rent"), [((), 130), ((DEAR,), 400), ((OWNED,), 0), ((OWNED, DEAR), 0)]
)
def test_a_gpu_hour_costs_rent_where_it_is_paid(sets, rent):
    """2.08 kW: rent and 5 of staff over 8,760 / 12 = 730 hours, 0.8 x 1.2 x 0.06 of power."""
    s = to_pointer(lower(load(DET, sets=sets)).state)
    an_hour = 2.08 * ((rent + 5) / 730 + 0.8 * 1.2 * 0.06)
    assert running_cost(s, 0, 0, 1, 365, 1.0) == pytest.approx(100 * an_hour, rel=1e-9)


def test_the_books_of_an_own_building_have_no_rent():
    assert usd("rent", "2027-06", "det", OWNED, DEAR) == 0


@pytest.mark.parametrize(("sets", "rent"), [((), 130), ((OWNED,), 0), ((OWNED, DEAR), 0)])
def test_units_has_the_same_rent(sets, rent):
    found = compute(load(DET, sets=sets), contract="anchor").rows[0].figures["site_rent"].value
    assert found == pytest.approx(2.08 * rent / 730)
