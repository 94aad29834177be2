"""Policy files for tests: the shortest sound one, and what a loader says about others."""

from pathlib import Path

import pytest

from banditctl.config import load_all
from banditctl.errors import PolicyFileError

LEAST = """\
target: {kind: sagemaker, endpoint: flights-prod}
variants: [a, b]
reward: {kind: bernoulli}
policy: {kind: thompson}
"""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Where policy files are written; it stands in the working directory, so that places are short."""
    monkeypatch.chdir(tmp_path)
    Path("policies").mkdir()
    return Path("policies")


def write(folder: Path, text: str, name: str = "flights.yaml") -> Path:
    """A policy file in `folder`."""
    path = folder / name
    path.write_text(text)
    return path


def lines(*paths: Path) -> list[str]:
    """What is wrong with policy files that cannot be loaded; policies/flights.yaml goes without saying."""
    with pytest.raises(PolicyFileError) as refused:
        load_all(paths)
    return [line.removeprefix("policies/flights.yaml:") for line in str(refused.value).splitlines()]
