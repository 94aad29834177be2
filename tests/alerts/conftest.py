"""promtool, which says whether Prometheus would take a file and what would come of it."""

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest


@pytest.fixture
def promtool() -> Callable[..., None]:
    """Debian's; what it is told must pass. CI installs it and sets CI, so that there it cannot be missing unnoticed."""
    found = shutil.which("promtool")
    if found is None and os.environ.get("CI"):
        pytest.fail("CI must have promtool; .ci/run installs it")
    if found is None:
        pytest.skip("promtool is not installed; Debian's package prometheus has it")

    def passes(*words: str | Path) -> None:
        done = subprocess.run([found, *words], capture_output=True, text=True, timeout=30, check=False)
        assert done.returncode == 0, done.stdout + done.stderr

    return passes
