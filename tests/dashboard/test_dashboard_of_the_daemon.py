"""The dashboard of the real daemon: there beside the API, closed by the same keys, and not where only intake runs."""

import subprocess
import sys
from datetime import UTC, datetime

import pytest
from httpx2 import Client
from support.redis_servers import wait_for

from banditctl.demo.children import child, isolated


@pytest.fixture
def visitor(daemon):
    with Client(base_url=daemon.url, trust_env=False) as client:
        yield client


def test_the_daemon_shows_its_experiment_and_asks_for_a_key_once_there_is_one(daemon, visitor, server):
    wait_for(daemon.view)
    wait_for(lambda: "Hold: " in visitor.get("/experiments/flights").text)
    served = {"type": "exposure", "id": "f1", "experiment": "flights", "variant": "gbm-rush"}
    daemon.post(served | {"time": datetime.now(UTC).isoformat()})
    wait_for(lambda: "1 events have come, 0 wait to be learned." in visitor.get("/experiments/flights").text)
    assert 'href="/experiments/flights"' in visitor.get("/").text

    making = [sys.executable, "-m", "banditctl", "keys", "new", "anna", "--scope", "read", "--store", server.url]
    made = subprocess.run(making, env=isolated(), capture_output=True, text=True, timeout=30, check=True)
    wait_for(lambda: visitor.get("/").status_code == 303)
    assert visitor.get("/v1/experiments").status_code == 401
    visitor.post("/sign-in", data={"key": made.stdout.strip()})
    assert "Signed in as anna" in visitor.get("/experiments/flights").text
    # A session is for pages alone.
    assert visitor.get("/v1/experiments").status_code == 401


def test_a_process_that_only_takes_events_has_no_dashboard(tmp_path, daemon, server):
    verb = ["run", str(daemon.policy), "--store", server.url, "--port", "0", "--only", "intake"]
    with child(verb, tmp_path / "intake.log") as intake, Client(base_url=intake.address, trust_env=False) as client:
        assert client.get("/").status_code == 404
