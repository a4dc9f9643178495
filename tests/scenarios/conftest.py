"""The server that most scenarios begin with; those that end it or start it otherwise make one."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.processes import ServerProcess


@pytest.fixture
def server(tmp_path: Path) -> Iterator[ServerProcess]:
    process = ServerProcess(tmp_path / "data")
    process.start()
    yield process
    assert process.stop() == 0
