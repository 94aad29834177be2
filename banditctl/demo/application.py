"""The application: asks the endpoint about each flight, and reports what it earned once it has landed."""

import heapq
import threading
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

from banditctl.client import BanditClient, wrap
from banditctl.demo.flights import Flight

_EXPERIMENT = "flights"
# How long it sleeps at most, so that `stop()` is not kept waiting.
_NAP_SECONDS = 0.05


class Application:
    """A client as any team might write it, in a thread of its own; `stop()` ends it early."""

    def __init__(self, runtime: Any, endpoint: str, banditctl: str, flights: list[Flight], seconds: float) -> None:
        self._thread = threading.Thread(target=self._play, name="application", daemon=True)
        self._client = BanditClient(banditctl)
        self._runtime = wrap(runtime, self._client, _EXPERIMENT)
        self._endpoint = endpoint
        self._flights = flights
        self._first = flights[0].asked
        self._scale = seconds / (flights[-1].asked - self._first).total_seconds()
        self._started = 0.0
        self._stopping = threading.Event()
        self._landing: list[tuple[float, str, int]] = []
        self.served: Counter[str] = Counter()
        self.earned = 0
        self.failure: Exception | None = None

    @property
    def date(self) -> datetime:
        """The day in 2013 that it is now, in the demo's time."""
        return self.date_of(time.time())

    def date_of(self, instant: float) -> datetime:
        """The day in 2013 at a Unix time of today."""
        return self._first + timedelta(seconds=(instant - self._started) / self._scale)

    @property
    def playing(self) -> bool:
        """Whether there is still something to ask or to report."""
        return self._thread.is_alive()

    def start(self) -> None:
        """Ask about every flight when its time comes, and report until the last one has landed."""
        self._started = time.time()
        self._thread.start()

    def stop(self) -> None:
        """Ask and report no more."""
        self._stopping.set()
        self._thread.join()
        self._client.close(0)

    def _play(self) -> None:
        try:
            for flight in self._flights:
                self._wait(self._instant(flight.asked))
                if self._stopping.is_set():
                    return
                self._ask(flight)
            while self._landing and not self._stopping.is_set():
                self._wait(self._landing[0][0])
        except Exception as error:  # noqa: BLE001 - whoever started the thread raises it again
            self.failure = error

    def _instant(self, date: datetime) -> float:
        return self._started + (date - self._first).total_seconds() * self._scale

    def _ask(self, flight: Flight) -> None:
        answer = self._runtime.invoke_endpoint(
            EndpointName=self._endpoint, Body=flight.id.encode(), ContentType="text/plain", InferenceId=flight.id
        )
        answer["Body"].read()
        variant = answer["InvokedProductionVariant"]
        self.served[variant] += 1
        self.earned += flight.right[variant]
        landed = max(self._instant(flight.landed), time.time())
        heapq.heappush(self._landing, (landed, flight.id, flight.right[variant]))

    def _wait(self, until: float) -> None:
        """Report what lands until then."""
        while True:
            while self._landing and self._landing[0][0] <= time.time():
                self._land(*heapq.heappop(self._landing))
            rest = until - time.time()
            if self._stopping.is_set() or rest <= 0:
                return
            time.sleep(min(rest, _NAP_SECONDS))

    def _land(self, landed: float, flight: str, right: int) -> None:
        at = datetime.fromtimestamp(landed, UTC)
        self._client.reward(_EXPERIMENT, right, flight, id=f"{flight}-landed", time=at)
