"""Verbs that only ask begin at once: what the daemon needs is not imported for them."""

import os
import subprocess
import sys

import pytest
from support.daemons import Daemon
from support.redis_servers import wait_for

HEAVY = {"apscheduler", "asyncio", "boto3", "jinja2", "numpy", "redis", "scipy", "starlette", "structlog"}
PROGRAM = """\
import sys
from banditctl.cli import main
try:
    main()
finally:
    print(*{name.partition(".")[0] for name in sys.modules}, file=sys.stderr)
"""


def imported(*words: str) -> set[str]:
    """What is imported by a verb that succeeds."""
    verb = [sys.executable, "-c", PROGRAM, *words]
    done = subprocess.run(verb, env={**os.environ}, capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == 0, done.stderr
    return set(done.stderr.split())


@pytest.mark.parametrize("words", [["--help"], ["explain", "--help"], ["version"]])
def test_help_imports_nothing_that_takes_long(words):
    assert not imported(*words) & (HEAVY | {"rich"})


def test_verbs_that_ask_a_daemon_import_nothing_that_it_needs(daemon: Daemon):
    wait_for(lambda: (view := daemon.view()) and view["decision"])
    for words in (["explain", "flights", "--verify"], ["history", "flights"], ["get"]):
        assert not imported(*words, "--url", daemon.url) & HEAVY
