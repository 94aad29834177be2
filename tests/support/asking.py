"""Verbs that ask, as a user runs them."""

import os
import subprocess
import sys

import pytest
from support.daemons import Daemon


def banditctl(*words: str, **options):
    verb = [sys.executable, "-m", "banditctl", *words]
    environment = {**os.environ, "NO_COLOR": "1"}
    return subprocess.run(verb, env=environment, capture_output=True, text=True, timeout=30, check=False, **options)


@pytest.fixture
def ways(daemon: Daemon, server):
    """The two ways of asking: the daemon, and its store by the policy file."""
    return ["--url", daemon.url], ["--store", server.url, "--policies", str(daemon.policy)]
