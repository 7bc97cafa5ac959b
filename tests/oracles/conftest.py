"""The fixture of all known answers."""

import pytest

from tests.oracles.recording import Compare


@pytest.fixture
def compare(request):
    """Compares a figure with its known answer and keeps both for VALIDATION.md."""
    return Compare(request.module.CASE, request.node.user_properties)
