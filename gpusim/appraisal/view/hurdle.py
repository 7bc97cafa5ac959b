"""The return asked for where none is given; apart, for the command line reads it before numpy."""

from typing import Final

HURDLE: Final = 0.10
"""[1/year]"""
