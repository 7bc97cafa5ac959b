"""The batch engine: the rules of `economics` under a compiled agenda. The one that is fast."""

from gpusim.engines.batch.many import Batch, EndState, Room
from gpusim.engines.batch.run import run

__all__ = ["Batch", "EndState", "Room", "run"]
