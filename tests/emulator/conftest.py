"""What the emulator's tests have in common: its own API, and endpoints seen through boto3."""

import pytest
from support.levers import Levers
from support.seen import Seen


@pytest.fixture
def levers(served):
    return Levers(served)


@pytest.fixture
def seen(sagemaker, endpoint):
    return Seen(sagemaker)
