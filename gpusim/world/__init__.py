"""Luck: a seed becomes everything outside the operator, drawn before the run."""

from gpusim.world.draws import draw

__all__ = ["draw"]
