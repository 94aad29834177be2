"""The dashboard on a real socket, in front of a real Valkey, with an experiment that has something to show."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest
from core.builders import experiment, names
from httpx2 import Client

from banditctl.access import Access
from banditctl.api.orders import Orders
from banditctl.controller import steer
from banditctl.core.allocation import Allocation, Live
from banditctl.core.decision import decide
from banditctl.core.evidence import Cell, Evidence, Stratum
from banditctl.core.past import Past
from banditctl.core.snapshot import Snapshot
from banditctl.core.statistics import Statistics
from banditctl.credentials import Scope, digest, issue
from banditctl.dashboard import Dashboard
from banditctl.errors import ChangeDenied
from banditctl.serving import address, listen, serving
from banditctl.simulator.ends import MemoryTarget
from banditctl.stores import Ledger
from banditctl.stores.redis.opening import opened

MINUTE = timedelta(minutes=1)
TEN = experiment(names(10), name="fares")


def evidence_of(variants, now, strata=12):
    """Strata of five minutes in which the variants earn more and more from the first to the last."""
    found, shares = [], Allocation.equal(variants).shares
    for number in range(strata):
        since = now - 5 * MINUTE * (strata - number)
        until = since + 5 * MINUTE if number + 1 < strata else None
        cells = {name: _cell(200, 20 + 4 * place + number % 3) for place, name in enumerate(variants)}
        found.append(Stratum(since, shares, settled=True, until=until, variants=cells))
    return Evidence(tuple(found), Past())


def _cell(count, good):
    return Cell(float(count), Statistics(float(count), float(good), float(good)))


def decided(one, evidence, at, live=None):
    """What is decided of `evidence` at `at`."""
    shares = Allocation(evidence.strata[-1].shares)
    return decide(one, Snapshot(at, evidence, live or Live("InService", "ready", shares)))


class Denying(MemoryTarget):
    """A target that may be looked at, and not changed."""

    async def push(self, allocation):
        raise ChangeDenied("cannot update endpoint fares: access is denied")


class Web:
    """A dashboard that listens: its store's coroutines run where it does, in a thread of its own."""

    def __init__(self, store_url, experiments):
        self.experiments = {one.name: one for one in experiments}
        self.controlled = True
        self.refused = []
        self.denied = False
        self.now = lambda: datetime.now(UTC)
        self._store_url = store_url
        self._ready, self._ended = threading.Event(), asyncio.Event()

    def start(self):
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()))
        self._thread.start()
        assert self._ready.wait(20)

    def stop(self):
        self._loop.call_soon_threadsafe(self._ended.set)
        self._thread.join()

    def run(self, coroutine):
        """What a coroutine comes to in the dashboard's own loop."""
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result(20)

    async def _serve(self):
        self._loop = asyncio.get_running_loop()
        async with opened(self._store_url, beside=True) as self.store:
            self.access = Access(self.store.credentials, always=False)
            await self.access.refresh()
            self.orders = Orders(self.experiments, self.store, self._clock, self._wake)
            rest = (self.experiments, self.store, self.access, self._clock, self.orders, lambda: self.refused)
            web = Dashboard(_api, *rest)
            listener = listen("127.0.0.1", 0)
            self.url = address(listener)
            async with serving(web, listener):
                self._ready.set()
                await self._ended.wait()

    def _clock(self):
        return self.now()

    def _wake(self, name):
        """Whoever controls the experiment takes an order at once, where somebody does."""
        if self.controlled:
            self._turn = self._loop.create_task(self._take(self.experiments[name]))

    async def _take(self, one):
        target = (Denying if self.denied else MemoryTarget)(one.variants, self.now(), timedelta(0))
        with suppress(ChangeDenied):
            await steer(one, self.store, target, self.now())

    def given(self, name="fares"):
        """The first order that was ever given; None if none was."""
        first = self.run(self.store.next_order(name, "0-0"))
        return first.order if first else None

    def taken(self, name="fares"):
        """The orders that decisions have taken, the first one first."""
        found = [one.order for one in self.run(self.store.decisions(name, 50)) if one.order]
        return found[::-1]

    def decide(self, name="fares", count=3, live=None):
        """Keep evidence and some decisions about it; answers the last of them."""
        one, now = self.experiments[name], self.now()
        evidence = evidence_of(one.variants, now)
        for number in reversed(range(count)):
            last = decided(one, evidence, now - 5 * MINUTE * number, live)
            self.run(self.store.record(last))
        self.run(self.store.save(name, Ledger(), Ledger(evidence=evidence, terms=one.terms, last=last.turn)))
        return last

    def record(self, decision):
        self.run(self.store.record(decision))

    def key(self, client, *scopes):
        """A key that is good from now on."""
        key, credential = issue(client, scopes, self.now())
        self.run(self.store.credentials.grant(digest(key), credential))
        self.run(self.access.refresh())
        return key

    def revoke(self, key):
        self.run(self.store.credentials.revoke(digest(key)))
        self.run(self.access.refresh())

    def client(self, **options):
        """Somebody who asks by HTTP, and keeps cookies."""
        return Client(base_url=self.url, trust_env=False, **options)


async def _api(scope, receive, send):
    """Whatever else there is on the web."""
    await send({"type": "http.response.start", "status": 418, "headers": []})
    await send({"type": "http.response.body", "body": b"the API"})


@pytest.fixture
def web(valkey) -> Iterator[Web]:
    """A dashboard of ten variants, with nothing in its store."""
    started = Web(valkey.url, [TEN])
    started.start()
    yield started
    started.stop()


@pytest.fixture
def visitor(web):
    with web.client() as client:
        yield client


@pytest.fixture
def admin(web):
    """Somebody who has signed in with a key of scope admin."""
    key = web.key("sre", Scope.ADMIN)
    with web.client() as client:
        client.post("/sign-in", data={"key": key})
        yield client
