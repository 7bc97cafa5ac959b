"""The event table names what the agenda names."""

from gpusim.economics.core.agenda import PHASES
from gpusim.results.replications.events import NOUNS


def test_every_phase_has_its_noun():
    assert tuple(NOUNS) == PHASES
