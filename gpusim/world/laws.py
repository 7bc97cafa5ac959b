"""Probability laws: a uniform or normal number becomes days.

All by inversion, one number in and one out, so that draws stay keyed.
"""

from __future__ import annotations

import math

from gpusim.compiling.kernel import const, kernel
from gpusim.world.philox import u01

ONE, LONGEST = const(1), const(36_525)
NO_DAYS = const(0)
"""Shortest and longest drawn time [days]; a hundred years is far beyond any horizon."""

CENTRAL = (
    (
        3.3871328727963666080e0,
        1.3314166789178437745e2,
        1.9715909503065514427e3,
        1.3731693765509461125e4,
        4.5921953931549871457e4,
        6.7265770927008700853e4,
        3.3430575583588128105e4,
        2.5090809287301226727e3,
    ),
    (
        1.0,
        4.2313330701600911252e1,
        6.8718700749205790830e2,
        5.3941960214247511077e3,
        2.1213794301586595867e4,
        3.9307895800092710610e4,
        2.8729085735721942674e4,
        5.2264952788528545610e3,
    ),
)
MIDDLE = (
    (
        1.42343711074968357734e0,
        4.63033784615654529590e0,
        5.76949722146069140550e0,
        3.64784832476320460504e0,
        1.27045825245236838258e0,
        2.41780725177450611770e-1,
        2.27238449892691845833e-2,
        7.74545014278341407640e-4,
    ),
    (
        1.0,
        2.05319162663775882187e0,
        1.67638483018380384940e0,
        6.89767334985100004550e-1,
        1.48103976427480074590e-1,
        1.51986665636164571966e-2,
        5.47593808499534494600e-4,
        1.05075007164441684324e-9,
    ),
)
FAR = (
    (
        6.65790464350110377720e0,
        5.46378491116411436990e0,
        1.78482653991729133580e0,
        2.96560571828504891230e-1,
        2.65321895265761230930e-2,
        1.24266094738807843860e-3,
        2.71155556874348757815e-5,
        2.01033439929228813265e-7,
    ),
    (
        1.0,
        5.99832206555887937690e-1,
        1.36929880922735805310e-1,
        1.48753612908506148525e-2,
        7.86869131145613259100e-4,
        1.84631831751005468180e-5,
        1.42151175831644588870e-7,
        2.04426310338993978564e-15,
    ),
)
"""Numerator and denominator, lowest power first."""

Ratio = tuple[tuple[float, ...], tuple[float, ...]]


@kernel
def ratio(coefficients: Ratio, x: float) -> float:
    """A polynomial over a polynomial, by Horner's rule."""
    numerator, denominator = coefficients
    above, below = 0.0, 0.0
    for i in range(7, -1, -1):
        above = above * x + numerator[i]
        below = below * x + denominator[i]
    return above / below


@kernel
def normal_quantile(p: float) -> float:
    """The standard normal number that a share p of draws lies below; infinite at 0 and 1.

    Source: Wichura, algorithm AS 241 (PPND16), Applied Statistics 37 (1988); relative error
    about 1e-16.

    >>> round(normal_quantile(0.975), 6)
    1.959964
    """
    q = p - 0.5
    if abs(q) <= 0.425:
        return q * ratio(CENTRAL, 0.180625 - q * q)
    tail = min(p, 1.0 - p)
    if tail <= 0.0:
        return math.copysign(math.inf, q)
    r = math.sqrt(-math.log(tail))
    size = ratio(MIDDLE, r - 1.6) if r <= 5.0 else ratio(FAR, r - 5.0)
    return math.copysign(size, q)


@kernel
def normal(seed: int, replication: int, stream: int, entity: int, index: int) -> float:
    """A standard normal number, keyed like `u01`."""
    return normal_quantile(u01(seed, replication, stream, entity, index))


@kernel
def chance_given(chance: float, correlation: float, z: float) -> float:
    """A chance of failing, given the factor that all who may fail have in common.

    Its mean over standard normal z is the chance; a low z is a bad year.
    Source: Vasicek, The distribution of loan portfolio value, Risk 15(12), 2002.

    correlation: of two firms' asset values, below 1; 0: the chance itself.

    >>> round(chance_given(0.02, 0.2, 0.0), 6), round(chance_given(0.02, 0.2, -2.326348), 6)
    (0.010833, 0.12861)
    >>> chance_given(0.02, 0.0, -3.0), chance_given(0.0, 0.2, -3.0)
    (0.02, 0.0)
    """
    if correlation == 0.0 or chance <= 0.0 or chance >= 1.0:
        return chance
    threshold = normal_quantile(chance) - math.sqrt(correlation) * z
    return 0.5 * math.erfc(-threshold / math.sqrt(2.0 * (1.0 - correlation)))


@kernel
def lognormal_days(mean: float, sd: float, z: float) -> int:
    """Whole days of a lognormal law given by its own mean and standard deviation.

    A mean of 0 takes no days, whatever its spread; any other takes one at least.

    mean [days]; sd [days], 0 for a certain time; z: the standard normal number behind the draw.

    >>> lognormal_days(180.0, 0.0, 2.5)
    180
    """
    if mean <= 0.0:
        return NO_DAYS
    spread = sd / mean
    variance = math.log1p(spread * spread)
    days = mean * math.exp(math.sqrt(variance) * z - 0.5 * variance)
    return min(max(int(min(days, 1e9) + 0.5), ONE), LONGEST)


@kernel
def exponential_days(mean: float, u: float) -> int:
    """Whole days, at least 1, of an exponential law; mean [days]; u: the uniform number behind it.

    >>> exponential_days(60.0, 0.5)
    42
    """
    return min(max(int(min(-mean * math.log(u), 1e9) + 0.5), ONE), LONGEST)


@kernel
def size_if(u: float, chance: float, mean: float, sd: float) -> int:
    """Days, or hours, of what happens with a chance, by one uniform number; 0 if it does not.

    chance [share]; mean, sd of it if it happens, log-normal, in whole units, one at least. One
    number decides both, so that nothing becomes less at a higher chance.

    >>> [int(size_if(u, 0.5, 20.0, 0.0)) for u in (0.49, 0.5)]
    [20, 0]
    >>> [int(size_if(0.1, chance, 20.0, 10.0)) for chance in (0.1, 0.2, 0.4, 1.0)]
    [0, 18, 25, 33]
    """
    if u >= chance:
        return NO_DAYS
    return lognormal_days(mean, sd, -normal_quantile(u / chance))
