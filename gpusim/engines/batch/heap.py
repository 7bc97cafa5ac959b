"""The smallest key first: a binary heap of agenda keys in one array.

Place 0 holds how many keys there are; the children of place n are 2n and 2n + 1. Which child is
smaller is chance, so it is added, not branched on.
"""

from __future__ import annotations

from gpusim.compiling.kernel import kernel
from gpusim.economics.core.state import Flat


@kernel
def push(heap: Flat, key: int) -> None:
    """Add a key. The caller sees to it that there is room."""
    size = heap[0] + 1
    heap[0] = size
    place = size
    while place > 1 and heap[place >> 1] > key:
        heap[place] = heap[place >> 1]
        place >>= 1
    heap[place] = key


@kernel
def pop(heap: Flat) -> int:
    """Take the smallest key. The caller sees to it that there is one."""
    smallest = heap[1]
    size = heap[0] - 1
    key = heap[size + 1]
    heap[0] = size
    place, child = 1, 2
    while child <= size:
        child += heap[child + 1] < heap[child]  # past the last stands the key itself
        if heap[child] >= key:
            break
        heap[place] = heap[child]
        place = child
        child = 2 * place
    heap[place] = key
    return int(smallest)
