"""How each event is read and said: all that the nouns declare, by phase."""

from __future__ import annotations

from typing import Final

from gpusim.engines.story.narrator import Telling
from gpusim.engines.story.nouns import (
    assets,
    contracts,
    desk,
    facilities,
    halls,
    months,
    orders,
    payments,
    queues,
    tranches,
)

NOUNS: Final = (
    halls,
    orders,
    assets,
    queues,
    contracts,
    tranches,
    desk,
    facilities,
    payments,
    months,
)
EVENTS: Final[dict[int, Telling]] = {
    phase: telling for noun in NOUNS for phase, telling in noun.EVENTS.items()
}
