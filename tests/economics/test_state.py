import inspect

import numpy as np

from gpusim.economics.core import state


def records() -> list[type]:
    classes = [c for _, c in inspect.getmembers(state, inspect.isclass)]
    return [c for c in classes if c.__module__ == state.__name__ and c.__annotations__]


def test_no_field_hides_behind_an_attribute_of_numpy() -> None:
    """With compilation off, rows[k].base would be numpy's own `base`, not the field."""
    taken = set(dir(np.record))
    fields = {f"{c.__name__}.{name}" for c in records() for name in c.__annotations__}
    assert not {field for field in fields if field.split(".")[1] in taken}
