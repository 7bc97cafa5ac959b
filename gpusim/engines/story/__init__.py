"""What happened in a replication: its events with what is worth knowing of each, and in words."""

from gpusim.engines.story.narrator import Sentence
from gpusim.engines.story.telling import sentences, tell
from gpusim.engines.story.trace import Event, Trace

__all__ = ["Event", "Sentence", "Trace", "sentences", "tell"]
