"""Verbs that ask, as a user runs them."""

import pytest
from support.daemons import Daemon
from support.redis_servers import wait_for


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
