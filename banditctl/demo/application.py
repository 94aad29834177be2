"""The application: asks the endpoint about each flight, and reports what was served and what it earned."""

import heapq
import threading
import time
import urllib.request
from collections import Counter
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Any
from urllib.error import HTTPError

import msgspec

from banditctl.demo.flights import Flight

# Reports are sent together this often; what cannot be delivered is kept and sent again.
_REPORT_EVERY = 0.05

Event = dict[str, object]


class Application:
    """A client as any team might write it, in a thread of its own; `stop()` ends it early."""

    def __init__(self, runtime: Any, endpoint: str, banditctl: str, flights: list[Flight], seconds: float) -> None:
        self._thread = threading.Thread(target=self._play, name="application", daemon=True)
        self._runtime = runtime
        self._endpoint = endpoint
        self._url = f"{banditctl}/v1/events"
        self._flights = flights
        self._first = flights[0].asked
        self._scale = seconds / (flights[-1].asked - self._first).total_seconds()
        self._started = 0.0
        self._stopping = threading.Event()
        self._landing: list[tuple[float, int, Event]] = []
        self._unreported: list[Event] = []
        self._reported = 0.0
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

    def _play(self) -> None:
        try:
            for flight in self._flights:
                self._wait(self._instant(flight.asked))
                if self._stopping.is_set():
                    return
                self._ask(flight)
            while (self._landing or self._unreported) and not self._stopping.is_set():
                self._wait(self._landing[0][0] if self._landing else time.time() + _REPORT_EVERY)
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
        self._unreported.append({"type": "exposure", "id": flight.id, "variant": variant, **_common(time.time())})
        landed = max(self._instant(flight.landed), time.time())
        reward = {"id": f"{flight.id}-landed", "inference_id": flight.id, "value": flight.right[variant]}
        heapq.heappush(self._landing, (landed, self.served.total(), {**reward, **_common(landed)}))

    def _wait(self, until: float) -> None:
        """Report what is due until then."""
        while True:
            now = time.time()
            while self._landing and self._landing[0][0] <= now:
                self._unreported.append(heapq.heappop(self._landing)[2])
            if self._unreported and now >= self._reported + _REPORT_EVERY:
                self._report()
            rest = until - time.time()
            if self._stopping.is_set() or rest <= 0:
                return
            time.sleep(min(rest, _REPORT_EVERY))

    def _report(self) -> None:
        self._reported = time.time()
        body = msgspec.json.encode(self._unreported)
        request = urllib.request.Request(self._url, body, {"Content-Type": "application/json"})  # noqa: S310
        try:
            with urllib.request.urlopen(request, timeout=10):  # noqa: S310 - our own daemon's address
                self._unreported = []
        except OSError as error:
            # Not acknowledged: the same events go with the next report, and their ids keep them from counting
            # twice. Any other refusal is a mistake of ours.
            if isinstance(error, HTTPError) and error.code != HTTPStatus.SERVICE_UNAVAILABLE:
                raise


def _common(instant: float) -> Event:
    return {"experiment": "flights", "time": datetime.fromtimestamp(instant, UTC)}
