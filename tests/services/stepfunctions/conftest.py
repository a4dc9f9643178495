"""Step Functions, for the tests of this folder."""

import pytest

from tests.conftest import World
from tests.services.stepfunctions.workflows import Workflows


@pytest.fixture
def workflows(world: World) -> Workflows:
    return Workflows(world)
