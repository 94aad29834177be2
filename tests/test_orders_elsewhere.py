"""Orders given to one process and carried out by another, and whose they are where there are keys."""

import httpx2
import pytest
from support.daemons import Daemon
from support.redis_servers import wait_for
from support.verbs import banditctl


@pytest.fixture
def beside(tmp_path, server, emulator_address, daemon: Daemon):
    """Starts another daemon on the same store, once the first one controls the experiment."""
    wait_for(lambda: daemon.view() and daemon.view()["turn"])
    started = []

    def run(*options):
        folder = tmp_path / f"daemon{len(started)}"
        folder.mkdir()
        another = Daemon(folder, emulator_address, "--store", server.url, *options)
        started.append(another)
        another.start()
        return another

    yield run
    for another in started:
        another.close()


def order(daemon, verb, **options):
    body = {"reason": "because", **options.pop("body", {})}
    where = f"{daemon.url}/v1/experiments/flights/{verb}"
    with httpx2.Client(trust_env=False, timeout=20) as web:
        return web.post(where, json=body, **options)


def test_what_a_daemon_is_told_that_stands_by_or_only_takes_events_is_done_by_the_one_that_controls(daemon, beside):
    for another in (beside(), beside("--only", "intake")):
        paused = order(another, "pause")
        assert paused.status_code == 200, paused.text
        assert paused.json()["reason"].startswith("Hold: paused by local: because; ")
        assert daemon.view()["orders"][0]["id"] == paused.json()["order"]["id"]
        assert order(daemon, "resume").status_code == 200


def test_what_nobody_takes_in_time_is_answered_202_and_taken_when_somebody_controls(daemon, beside):
    intake = beside("--only", "intake")
    daemon.stop()
    kept = order(intake, "rollback", body={"id": "ticket-7"})
    assert kept.status_code == 202
    assert kept.json()["detail"] == (
        "it is kept, and taken at the next look of the daemon that controls flights; the history will have its decision"
    )
    daemon.start()
    wait_for(lambda: (view := daemon.view()) and view["orders"])
    assert order(intake, "rollback", body={"id": "ticket-7"}).json()["order"]["id"] == "ticket-7"


def test_an_order_is_its_keys_clients_and_needs_the_scope_admin(daemon, server):
    def key(client, scope):
        made = banditctl("keys", "new", client, "--scope", scope, "--store", server.url)
        return {"Authorization": f"Bearer {made.stdout.strip()}"}

    wait_for(daemon.view)
    anna, reader = key("anna", "admin"), key("dashboard", "read")
    wait_for(lambda: order(daemon, "pause", headers=reader).status_code == 403)
    assert order(daemon, "pause").status_code == 401
    paused = order(daemon, "pause", headers=anna | {"Banditctl-User": "mallory"})
    assert paused.json()["order"]["who"] == "anna"
