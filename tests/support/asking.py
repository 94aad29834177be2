"""Verbs that ask, as a user runs them."""

import os
import subprocess
import sys

import pytest
from support.daemons import Daemon
from support.redis_servers import wait_for


def banditctl(*words: str, **options):
    verb = [sys.executable, "-m", "banditctl", *words]
    environment = {**os.environ, "NO_COLOR": "1"}
    return subprocess.run(verb, env=environment, capture_output=True, text=True, timeout=30, check=False, **options)


@pytest.fixture
def ways(daemon: Daemon, server):
    """The two ways of asking and of giving orders: the daemon, and its store by the policy file."""
    return both(daemon, server)


@pytest.fixture(scope="module")
def asked_ways(asked_daemon: Daemon, asked_server):
    """The same of the daemon that a module shares."""
    return both(asked_daemon, asked_server)


def both(daemon: Daemon, server):
    wait_for(daemon.view)
    return ["--url", daemon.url], ["--store", server.url, "--policies", str(daemon.policy)]
