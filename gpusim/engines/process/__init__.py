"""The process engine: SimPy, one generator a lifecycle. The one to read."""

from gpusim.engines.process.run import run

__all__ = ["run"]
