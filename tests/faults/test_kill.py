"""What survives when the daemon, or Redis under it, is really killed in the middle of a replay."""

import random
import signal
from collections import Counter
from urllib.error import URLError

from support.daemons import Daemon
from support.redis_servers import RedisServer, wait_for

from banditctl.demo.flights import VARIANTS, read_flights


class Replay:
    """A client that reports flights in batches, each again and again until it is acknowledged."""

    def __init__(self, daemon: Daemon) -> None:
        lots = random.Random(5)
        self._daemon = daemon
        self.served: Counter[str] = Counter()
        self.right: Counter[str] = Counter()
        events = [event for flight in read_flights()[:6000] for event in self._events(flight, lots.choice(VARIANTS))]
        # A reward may come long before or after its exposure.
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
            status, answer = self._daemon.post(batch)
        except (URLError, OSError):
            return False
        return status == 202 and answer["accepted"] + answer["duplicates"] == len(batch)

    def is_evidence(self) -> bool:
        """Whether the evidence is what was acknowledged: no event lost, none doubled, none left over."""
        view = self._daemon.view()
        if view is None:
            return False
        counts = {variant: counted["rewarded"] for variant, counted in view["counts"].items()}
        served = {variant: counted["exposed"] for variant, counted in view["counts"].items()}
        rewarded = {variant: count["count"] for variant, count in counts.items()}
        right = {variant: count["total"] for variant, count in counts.items()}
        return served == rewarded == self.served and right == self.right and not any(view["tally"].values())


def test_a_daemon_killed_in_the_middle_of_a_replay_loses_and_doubles_nothing(daemon: Daemon):
    replay = Replay(daemon)
    for number, batch in enumerate(replay.batches):
        if number in (20, 55, 90):
            assert daemon.stop(signal.SIGKILL) == -signal.SIGKILL
            daemon.start()
        replay.deliver(batch)
    wait_for(replay.is_evidence)


def test_redis_killed_in_the_middle_of_a_replay_loses_and_doubles_nothing(daemon: Daemon, server: RedisServer):
    replay = Replay(daemon)
    for number, batch in enumerate(replay.batches):
        if number in (30, 80):
            server.kill()
            status, problem = daemon.post(batch)
            assert (status, problem["title"]) == (503, "Service Unavailable")
            assert "send the same request again" in problem["detail"]
            server.start()
        replay.deliver(batch)
    wait_for(replay.is_evidence)
