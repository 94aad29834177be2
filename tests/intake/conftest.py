"""A really served intake, by either way, small bounds, a clock that stands still, and a store that is a list."""

import asyncio
import socket
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from threading import Thread
from time import monotonic

import httpx2
import pytest
import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send

from banditctl.access import Access
from banditctl.core.event import Event
from banditctl.core.evidence import EvidenceOptions
from banditctl.core.experiment import Experiment
from banditctl.core.policies.thompson import Thompson
from banditctl.core.rewards.bernoulli import Bernoulli
from banditctl.core.rewards.gaussian import Gaussian
from banditctl.errors import StoreUnavailable
from banditctl.fastpath import FastPath
from banditctl.intake.app import Intake
from banditctl.intake.pressure import Bounds
from banditctl.request_ids import RequestIds
from banditctl.serving.protocol import FastProtocol

NOW = datetime(2026, 11, 20, 10, tzinfo=UTC)


class RememberingStore:
    """Keeps what is new, as the contract says, and what it was asked with; unless the server is down."""

    def __init__(self) -> None:
        self.down: set[str] = set()
        self.clear()

    def clear(self) -> None:
        self.kept: list[Event] = []
        self.asked: list[tuple[str, datetime, timedelta]] = []
        self._seen: set[tuple[str, bytes]] = set()
        self.down.clear()

    async def append(self, experiment: str, events: Sequence[Event], at: datetime, memory: timedelta) -> list[int]:
        if experiment in self.down:
            raise StoreUnavailable("no answer")
        self.asked.append((experiment, at, memory))
        return [place for place, event in enumerate(events) if not self._keep(experiment, event)]

    def _keep(self, experiment: str, event: Event) -> bool:
        new = (experiment, event.id) not in self._seen
        self._seen.add((experiment, event.id))
        self.kept += [event] * new
        return new


class ServedIntake:
    """What the tests talk to, and what they look at afterwards."""

    def __init__(self, url: str, store: RememberingStore, counted: Counter[tuple[str, str]]) -> None:
        self.url = url
        self.store = store
        self.counted = counted
        self.client = httpx2.Client(base_url=url)

    def clear(self) -> None:
        self.store.clear()
        self.counted.clear()

    def post(self, body: bytes, content_type: str = "application/json", **headers: str) -> httpx2.Response:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.client.post("/v1/events", content=body, headers={"content-type": content_type, **named})


async def nowhere(scope: Scope, receive: Receive, send: Send) -> None:
    """What would answer the other paths."""
    raise AssertionError(f"{scope['path']} is not intake's")


class NoKeys:
    """What is kept of keys where nobody has one."""

    async def read(self) -> dict[str, object]:
        return {}


def fast_path(ids: RequestIds, app: Intake) -> FastPath:
    access = Access(NoKeys(), always=False)
    asyncio.run(access.refresh())
    return FastPath(ids, None, access, app)


@contextmanager
def running(app: ASGIApp, http: object = "auto") -> Iterator[str]:
    config = uvicorn.Config(app, interface="asgi3", http=http, lifespan="off", ws="none", log_config=None)
    server = uvicorn.Server(config)
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()  # from here on a client may connect; the server takes it up once it runs
        thread = Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        host, port = listener.getsockname()
        try:
            yield f"http://{host}:{port}"
        finally:
            server.should_exit = True
            thread.join()


@pytest.fixture(scope="session")
def now() -> datetime:
    return NOW


@pytest.fixture(scope="session")
def bounds() -> Bounds:
    return Bounds(events=10, size=16_384)


@pytest.fixture(scope="session")
def experiments() -> dict[str, Experiment]:
    clicks = Experiment(
        name="clicks",
        variants=("old", "new"),
        control="old",
        reward=Bernoulli(),
        metrics={"latency": Gaussian(goal="minimize", window=timedelta(minutes=10))},
        policy=Thompson(),
        digest="",
    )
    revenue = Experiment(
        name="revenue",
        variants=("old", "new"),
        control="old",
        reward=Gaussian(window=timedelta(days=1)),
        evidence=EvidenceOptions(trials="rewards"),
        policy=Thompson(),
        digest="",
    )
    counted = replace(clicks, name="counted", evidence=EvidenceOptions(trials="invocations"))
    return {"clicks": clicks, "revenue": revenue, "counted": counted}


@pytest.fixture(scope="session", params=["fast path", "ASGI"])
def served_intake(
    request: pytest.FixtureRequest, experiments: dict[str, Experiment], bounds: Bounds
) -> Iterator[ServedIntake]:
    store, counted = RememberingStore(), Counter[tuple[str, str]]()

    def count(experiment: str, outcome: str, n: int) -> None:
        counted[experiment, outcome] += n

    app = Intake(nowhere, experiments, store, lambda: NOW, count, monotonic, bounds)
    ids = RequestIds(app, "made")
    takers = {b"/v1/events": fast_path(ids, app)} if request.param == "fast path" else {}
    with running(ids, partial(FastProtocol, takers)) as url:
        served = ServedIntake(url, store, counted)
        yield served
        served.client.close()


@pytest.fixture
def intake(served_intake: ServedIntake) -> ServedIntake:
    """The served intake with nothing in its store yet."""
    served_intake.clear()
    return served_intake
