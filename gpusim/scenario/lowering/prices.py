"""Prices as luck takes them: by month or by year."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gpusim.economics.state import Floats

if TYPE_CHECKING:
    from gpusim.scenario.market import Resale


def residuals(resale: Resale | None) -> Floats:
    """Resale value over new by whole years of age [years + 1]; nothing without a resale market."""
    if resale is None:
        return np.zeros(1)
    shares = {int(age): share for age, share in resale.residual_by_age.items()}
    ages = sorted(shares)
    by_year: Floats = np.interp(np.arange(ages[-1] + 1), ages, [shares[age] for age in ages])
    return by_year
