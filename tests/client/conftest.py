"""In these tests intake is the one that fails as its script says."""

import pytest


@pytest.fixture
def intake(scripted_intake):
    return scripted_intake
