"""The generator gives the published numbers, inside the open unit interval."""

import numpy as np
import pytest

from gpusim.world.philox import MAX_REPLICATION, MAX_SEED, philox4x32, u01

ONES = 0xFFFFFFFF


def words(*values: int) -> list[np.uint64]:
    return [np.uint64(value) for value in values]


@pytest.mark.parametrize(
    ("counter", "key", "expected"),
    [
        ((0, 0, 0, 0), (0, 0), (0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8)),
        ((ONES,) * 4, (ONES,) * 2, (0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD)),
        (
            (0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344),
            (0xA4093822, 0x299F31D0),
            (0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1),
        ),
    ],
    ids=["zeros", "ones", "digits of pi"],
)
def test_published_vectors(counter: tuple[int, ...], key: tuple[int, ...], expected):
    """Source: Random123 1.14, kat_vectors, lines `philox4x32 10`."""
    assert philox4x32(*words(*counter), *words(*key)) == expected


def test_u01_takes_its_52_bits_from_the_first_two_words():
    bits = (0x6627E8D5 << 32 | 0xE169C58D) >> 12
    assert u01(0, 0, 0, 0, 0) == (2 * bits + 1) / 2**53


def test_every_argument_reaches_the_generator():
    base = [5, 6, 7, 8, 9]
    neighbours = [tuple(b + (i == j) for i, b in enumerate(base)) for j in range(5)]
    large = [(5 + 2**40, 6, 7, 8, 9), (5, 6 + 2**20, 7, 8, 9), (5, 6, 7, 8 + 2**40, 9)]
    assert len({u01(*where) for where in [tuple(base), *neighbours, *large]}) == 9


def test_largest_arguments_stay_inside_the_open_interval():
    assert 0.0 < u01(MAX_SEED, MAX_REPLICATION, 255, MAX_SEED, ONES) < 1.0


def test_largest_bits_do_not_round_up_to_one():
    assert (np.float64((1 << 52) - 1) + 0.5) * 2.0**-52 < 1.0


def test_uniform_moments_and_no_correlation_between_neighbours():
    n = 40_000
    x = np.array([u01(1, 0, 0, 0, i) for i in range(n)])
    other = np.array([u01(1, 0, 0, 1, i) for i in range(n)])
    assert x.mean() == pytest.approx(1 / 2, abs=3 * (1 / 12 / n) ** 0.5)
    assert x.var() == pytest.approx(1 / 12, abs=3 * (1 / 180 / n) ** 0.5)
    assert np.corrcoef(x[:-1], x[1:])[0, 1] == pytest.approx(0, abs=3 / n**0.5)
    assert np.corrcoef(x, other)[0, 1] == pytest.approx(0, abs=3 / n**0.5)
