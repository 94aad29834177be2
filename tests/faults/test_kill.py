"""What survives when the daemon, or Redis under it, is really killed in the middle of a replay."""

import json
import random
import signal
import urllib.request
from collections import Counter
from urllib.error import HTTPError, URLError

import pytest
from support.redis_servers import RedisServer, free_port, redis_server, valkey_binary, wait_for

from banditctl.demo.children import Child, child
from banditctl.demo.flights import VARIANTS, read_flights
from banditctl.demo.stage import client, create_endpoint

POLICY = """\
version: 1
name: flights
target: {kind: sagemaker, endpoint: flights-demo}
variants: [logit-schedule, gbm-weather, gbm-weather-cal, gbm-rush]
reward: {kind: bernoulli, window: 1h}
policy: {kind: thompson}
schedule: {every: 500ms, at_least: 200ms, burn_in: 500}
"""


class Replay:
    """A client that reports flights in batches, again and again until each batch is acknowledged."""

    def __init__(self, daemon: "Daemon") -> None:
        lots = random.Random(5)
        self.daemon = daemon
        self.served: Counter[str] = Counter()
        self.right: Counter[str] = Counter()
        self.batches = []
        flights = [(flight, lots.choice(VARIANTS)) for flight in read_flights()[:6000]]
        events = [event for flight, variant in flights for event in self._events(flight, variant)]
        # Late, early and mixed: a reward may come long before or after its exposure.
        lots.shuffle(events)
        self.batches = [events[start : start + 100] for start in range(0, len(events), 100)]

    def _events(self, flight, variant):
        self.served[variant] += 1
        self.right[variant] += flight.right[variant]
        yield {"type": "exposure", "id": flight.id, "experiment": "flights", "variant": variant}
        reward = {"id": f"{flight.id}-landed", "experiment": "flights", "inference_id": flight.id}
        yield {**reward, "value": flight.right[variant]}

    def deliver(self, batch) -> None:
        wait_for(lambda: self._acknowledged(batch))

    def _acknowledged(self, batch) -> bool:
        try:
            answer = self.daemon.post(batch)
        except (URLError, OSError):
            return False
        return answer["accepted"] + answer["duplicates"] == len(batch)


class Daemon:
    """The real daemon as a child process, on one port for its whole life of kills and starts."""

    def __init__(self, folder, store: str, emulator: str) -> None:
        (folder / "flights.yaml").write_text(POLICY)
        self.url = f"http://127.0.0.1:{free_port()}"
        self.verb = ["run", str(folder / "flights.yaml"), "--store", store, "--port", self.url.split(":")[-1]]
        self.log = folder / "daemon.log"
        self.emulator = emulator
        self.running = None
        self.child: Child | None = None

    def start(self) -> None:
        self.running = child(self.verb, self.log, AWS_ENDPOINT_URL=self.emulator)
        self.child = self.running.__enter__()

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        assert self.child
        self.child.process.send_signal(number)
        code = self.child.process.wait(20)
        self.running.__exit__(None, None, None)
        return code

    def post(self, events):
        request = urllib.request.Request(
            f"{self.url}/v1/events", json.dumps(events).encode(), {"Content-Type": "application/json"}
        )
        with urllib.request.urlopen(request, timeout=20) as answer:
            return json.load(answer)

    def view(self):
        try:
            with urllib.request.urlopen(f"{self.url}/v1/experiments/flights", timeout=20) as answer:
                return json.load(answer)
        except (HTTPError, URLError, OSError):
            return None


@pytest.fixture
def server(tmp_path):
    (tmp_path / "redis").mkdir()
    with redis_server(valkey_binary(), tmp_path / "redis") as server:
        yield server


@pytest.fixture
def daemon(tmp_path, server):
    emulating = ["emulator", "--port", "0", "--creating", "50ms", "--updating", "200ms"]
    with child(emulating, tmp_path / "emulator.log") as emulator:
        sagemaker = client("sagemaker", emulator.address)
        create_endpoint(sagemaker)
        sagemaker.close()
        daemon = Daemon(tmp_path, server.url, emulator.address)
        daemon.start()
        yield daemon
        if daemon.child.process.poll() is None:
            daemon.stop()


def evidence_is_what_was_acknowledged(replay: Replay) -> bool:
    view = replay.daemon.view()
    if view is None:
        return False
    trials = {variant: believed["trials"] for variant, believed in view["belief"].items()}
    return trials == replay.served and sum(view["tally"].values()) == 0


def successes(replay: Replay) -> dict[str, float]:
    """Rewards of 1 for each variant, from the stored strata themselves: belief would forget a little of them."""
    view = replay.daemon.view()
    return {variant: counted["rewarded"]["total"] for variant, counted in view["counts"].items()}


def test_a_daemon_killed_in_the_middle_of_a_replay_loses_and_doubles_nothing(daemon):
    replay = Replay(daemon)
    for number, batch in enumerate(replay.batches):
        if number in (20, 55, 90):
            daemon.stop(signal.SIGKILL)
            daemon.start()
        replay.deliver(batch)
    wait_for(lambda: evidence_is_what_was_acknowledged(replay))
    assert successes(replay) == replay.right


def test_redis_killed_in_the_middle_of_a_replay_loses_and_doubles_nothing(daemon, server: RedisServer):
    replay = Replay(daemon)
    for number, batch in enumerate(replay.batches):
        if number in (30, 80):
            server.kill()
            with pytest.raises(HTTPError) as refused:
                daemon.post(batch)
            assert refused.value.code == 503
            assert refused.value.headers["Retry-After"] == "1"
            refused.value.close()
            server.start()
        replay.deliver(batch)
    wait_for(lambda: evidence_is_what_was_acknowledged(replay))
    assert successes(replay) == replay.right


def test_a_daemon_told_to_stop_ends_cleanly_and_soon(daemon):
    Replay(daemon).deliver([])
    assert daemon.stop(signal.SIGTERM) == 0
    assert "Traceback" not in daemon.log.read_text()
