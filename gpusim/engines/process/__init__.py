"""The process engine: SimPy, one generator a lifecycle. The one to read."""

from gpusim.engines.process.run import run
from gpusim.engines.process.story import Sentence, sentences, tell
from gpusim.engines.process.trace import Event, Trace

__all__ = ["Event", "Sentence", "Trace", "run", "sentences", "tell"]
