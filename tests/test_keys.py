"""Keys and parts of the daemon, over real HTTP against real daemons on one real Redis."""

from contextlib import ExitStack

import httpx2
import pytest
from support.daemons import POLICY
from support.redis_servers import wait_for
from support.verbs import banditctl, serving

from banditctl.demo.children import isolated

EXPOSURE = {"type": "exposure", "id": "f1", "experiment": "flights", "variant": "gbm-rush"}
# Nobody is there: what is shown here needs no endpoint.
NOWHERE = {"AWS_ENDPOINT_URL": "http://127.0.0.1:1"}


class House:
    """Daemons that share a store, and the key that requests are sent with."""

    def __init__(self, folder, server, running):
        self.server = server
        self.log = folder / "daemon.log"
        self._policy = folder / "flights.yaml"
        self._policy.write_text(POLICY)
        self._running = running

    def run(self, *options):
        """Start a daemon; answers a way to send it requests."""
        verb = self._verb(options)
        started = self._running.enter_context(serving(verb, self.log, **NOWHERE))
        address = started.address.replace("0.0.0.0", "127.0.0.1")
        return self._running.enter_context(httpx2.Client(base_url=address, trust_env=False))

    def refused(self, *options):
        """Start a daemon, expecting that it ends by itself."""
        return self._banditctl(*self._verb(options))

    def key(self, client, *scopes):
        made = self._banditctl("keys", "new", client, *(f"--scope={s}" for s in scopes), "--store", self.server.url)
        return {"Authorization": f"Bearer {made.stdout.strip()}"}

    def revoke(self, client):
        assert self._banditctl("keys", "revoke", client, "--store", self.server.url).returncode == 0

    def _verb(self, options):
        return ["run", str(self._policy), "--store", self.server.url, "--port", "0", *options]

    def _banditctl(self, *words):
        return banditctl(*words, env=isolated() | NOWHERE)


@pytest.fixture
def house(tmp_path, server):
    with ExitStack() as running:
        yield House(tmp_path, server, running)


def statuses(daemon, **headers):
    """What becomes of posting an event, reading what is believed, and reading the metrics."""
    answers = [
        daemon.post("/v1/events", json=EXPOSURE, **headers),
        daemon.get("/v1/experiments/flights", **headers),
        daemon.get("/metrics", **headers),
    ]
    return [answer.status_code for answer in answers]


def test_without_keys_nobody_is_asked_and_from_the_first_one_on_everybody_is(house):
    daemon = house.run()
    assert statuses(daemon) == [202, 200, 200]
    ingest, read, admin = (house.key(scope, scope) for scope in ("ingest", "read", "admin"))
    wait_for(lambda: statuses(daemon) == [401, 401, 401])
    wait_for(lambda: statuses(daemon, headers=admin) == [202, 200, 200])
    assert statuses(daemon, headers=ingest) == [202, 403, 403]
    assert statuses(daemon, headers=read) == [403, 200, 200]
    assert [daemon.get(path).status_code for path in ("/livez", "/readyz", "/version")] == [200, 200, 200]
    house.revoke("read")
    wait_for(lambda: statuses(daemon, headers=read) == [401, 401, 401])
    for client in ("ingest", "admin"):
        house.revoke(client)
    wait_for(lambda: statuses(daemon, headers=admin) == [401, 401, 401])
    assert statuses(daemon) == [401, 401, 401]
    assert "bk_" not in house.log.read_text()


def test_a_refusal_says_what_to_do_in_the_words_of_http(house):
    key = house.key("dashboard", "read")
    daemon = house.run()
    refused = [
        (daemon.post("/v1/events", json=EXPOSURE), 401, "Bearer", "a key is needed: send Authorization: Bearer KEY"),
        (
            daemon.get("/v1/experiments", headers={"Authorization": "Bearer bk_x"}),
            401,
            'Bearer error="invalid_token"',
            "the key is not known, or was revoked",
        ),
        (
            daemon.post("/v1/events", json=EXPOSURE, headers=key),
            403,
            'Bearer error="insufficient_scope", scope="ingest"',
            "the key has not the scope ingest, which this needs",
        ),
    ]
    for answer, status, challenge, detail in refused:
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.headers["www-authenticate"] == challenge
        assert (answer.status_code, answer.json()["status"], answer.json()["detail"]) == (status, status, detail)


# A page that was loaded from there, when its name meant another address: the browser holds both for one site.
REBOUND = {"Host": "evil.example", "Origin": "http://evil.example", "Sec-Fetch-Site": "same-origin"}
ORDER = {"reason": "because"}


def rebound(daemon):
    """What becomes of what such a page sends: an order by the API and by the form, an event, and looks."""
    return [
        daemon.post("/v1/experiments/flights/rollback", json=ORDER, headers=REBOUND),
        daemon.post("/experiments/flights/rollback", data=ORDER, headers=REBOUND),
        daemon.post("/v1/events", json=EXPOSURE, headers=REBOUND),
        *(daemon.get(path, headers=REBOUND) for path in ("/", "/v1/experiments", "/metrics", "/assets/live.js")),
    ]


def test_without_keys_it_answers_to_no_name_that_a_site_can_have(house):
    daemon = house.run()
    for answer in rebound(daemon):
        assert (answer.status_code, answer.headers["content-type"]) == (403, "application/problem+json")
        assert "make a key with `banditctl keys new`" in answer.json()["detail"]
        assert answer.headers["x-request-id"] == answer.json()["request_id"]
    assert daemon.get("/v1/experiments/flights").json()["orders"] == []
    for host in ("localhost", "127.0.0.1:1", "[::1]:1"):
        assert statuses(daemon, headers={"Host": host}) == [202, 200, 200]
    assert [daemon.get(path, headers=REBOUND).status_code for path in ("/livez", "/readyz", "/version")] == [200] * 3


def test_behind_a_gateway_with_a_name_there_are_keys_or_it_was_said_to_be_insecure(house):
    named = {"Host": "bandit.shop.example"}
    told = house.run("--insecure")
    assert statuses(told, headers=named) == [202, 200, 200]
    daemon = house.run()
    assert statuses(daemon, headers=named) == [403, 403, 403]
    key = house.key("gateway", "admin")
    wait_for(lambda: statuses(daemon, headers=named | key) == [202, 200, 200])
    assert statuses(daemon, headers=named) == [401, 401, 401]
    # What a key opens, it opens for whoever has it: a page of another site has none.
    assert {answer.status_code for answer in rebound(daemon)[:1]} == {401}


def test_a_connection_outlives_a_refusal_of_a_large_body(house):
    key = house.key("app", "ingest")
    daemon = house.run()
    for _ in range(3):
        assert daemon.post("/v1/events", content=b" " * 3_000_000).status_code == 401
    assert daemon.post("/v1/events", json=EXPOSURE, headers=key).status_code == 202


def test_other_machines_may_come_once_there_is_a_key(house):
    ended = house.refused("--host", "0.0.0.0")
    assert (ended.returncode, ended.stdout) == (2, "")
    assert "nobody has a key yet: make one with `banditctl keys new`" in ended.stderr
    key = house.key("app", "admin")
    daemon = house.run("--host", "0.0.0.0")
    assert statuses(daemon) == [401, 401, 401]
    assert statuses(daemon, headers=key) == [202, 200, 200]


def test_started_without_redis_it_opens_nothing_until_it_has_read_the_keys(house):
    key = house.key("app", "admin")
    house.server.kill()
    daemon = house.run()
    assert daemon.get("/livez").status_code == 200
    named = key | {"Host": "bandit.shop.example"}
    assert statuses(daemon) == statuses(daemon, headers=key) == statuses(daemon, headers=named) == [503, 503, 503]
    assert daemon.post("/v1/events", json=EXPOSURE).headers["retry-after"] == "1"
    house.server.start()
    wait_for(lambda: statuses(daemon, headers=key) == [202, 200, 200])
    assert statuses(daemon) == [401, 401, 401]


def test_open_to_others_and_started_without_redis_it_asks_though_there_is_no_key(house):
    house.server.kill()
    daemon = house.run("--host", "0.0.0.0")
    assert statuses(daemon) == [503, 503, 503]
    house.server.start()
    wait_for(lambda: statuses(daemon) == [401, 401, 401])


def test_while_redis_is_down_the_last_keys_hold(house):
    key = house.key("app", "admin")
    daemon = house.run()
    house.server.kill()
    wait_for(lambda: '"turn": "keys"' in house.log.read_text())
    assert statuses(daemon, headers=key) == [503, 503, 200]
    assert statuses(daemon) == [401, 401, 401]


def test_intake_and_control_run_apart(house):
    intake, control = house.run("--only", "intake"), house.run("--only", "control")
    assert intake.post("/v1/events", json=EXPOSURE).status_code == 202
    elsewhere = control.post("/v1/events", json=EXPOSURE)
    assert (elsewhere.status_code, elsewhere.json()["instance"]) == (404, "/v1/events")
    assert "--only control" in elsewhere.json()["detail"]
    for path in ("/v1/experiments", "/v1/experiments/flights", "/v1/experiments/flights/decisions"):
        assert control.get(path).status_code == 200
        assert "--only intake" in intake.get(path).json()["detail"]
    for daemon in (intake, control):
        assert [daemon.get(path).status_code for path in ("/livez", "/readyz", "/version")] == [200, 200, 200]
    wait_for(lambda: 'turn="learn"' in control.get("/metrics").text)
    assert 'experiment="flights",outcome="accepted"} 1.0' in intake.get("/metrics").text
    assert 'turn="learn"' not in intake.get("/metrics").text
