"""The rounds: the service, the baseline and redis-benchmark in turn on one Redis, again and again."""

import shutil
import subprocess
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import redis
from benchmarks import events
from benchmarks.load import Load, Measured, drive
from benchmarks.priming import forget_events
from benchmarks.servers import MEASURED, Server, busy_seconds, cpu_seconds, pinned, wait_until_idle

_SINGLE, _MANY = 1, events.EVENTS_A_BATCH
_WARM_UP_SECONDS = 0.3

# The payload that redis-benchmark sends is as long as an event that comes alone.
_PAYLOAD = "x" * 151


@dataclass(frozen=True)
class Kind:
    """One kind of load: who takes it at which path, in which bodies, over how many connections."""

    paths: Mapping[str, str]
    bodies: Callable[[], Callable[[], bytes]]
    events: int
    connections: int


# The service again, with a header that keeps requests from its fast path and means nothing to it.
LONG_WAY = "long way"
_UNUSUAL = "TE: trailers\r\n"

SINGLE = "single, 64 connections"
ONE = "single, 1 connection"
BATCHES = f"batches of {_MANY}"
ATTRIBUTED = "attributed batches"
LIMIT = "redis-benchmark"

KINDS = {
    SINGLE: Kind(
        {"service": "/v1/events", LONG_WAY: "/v1/events", "baseline": "/event", "alone": "/"},
        events.single,
        _SINGLE,
        64,
    ),
    ONE: Kind({"service": "/v1/events", "baseline": "/event"}, events.single, _SINGLE, 1),
    BATCHES: Kind({"service": "/v1/events", "baseline": "/events"}, events.batch, _MANY, 8),
    ATTRIBUTED: Kind({"service": "/v1/events"}, events.attributed_batch, _MANY, 8),
}


@dataclass(frozen=True)
class Sample:
    """One turn of one contender: what was measured, and what each event cost Redis and the contender, in us.

    `strangers` is how many cores were taken by processes that have nothing to do with it.
    """

    measured: Measured
    redis_cpu: float
    own_cpu: float
    strangers: float


Samples = Mapping[tuple[str, str], list[Sample]]


@dataclass(frozen=True)
class Stage:
    """Who is measured, on which store; everybody is sent the service's key."""

    contenders: Mapping[str, Server]
    store: Server
    key: str


def play(kinds: Sequence[str], stage: Stage, rounds: int, seconds: float) -> Samples:
    """Each kind of load on each contender that takes it, in turn; redis-benchmark too, where it is installed."""
    samples: defaultdict[tuple[str, str], list[Sample]] = defaultdict(list)
    turns = [(kind, name) for kind in kinds for name in KINDS[kind].paths]
    for kind, name in turns:
        _turn(KINDS[kind], name, stage, _WARM_UP_SECONDS)
    limited = BATCHES in kinds and shutil.which(LIMIT)
    for _ in range(rounds):
        for kind, name in turns:
            samples[kind, name].append(_turn(KINDS[kind], name, stage, seconds))
        if limited:
            samples[BATCHES, LIMIT].append(_limit(stage.store, seconds))
    return samples


def _turn(kind: Kind, name: str, stage: Stage, seconds: float) -> Sample:
    server, store = stage.contenders[name], stage.store
    fields = _UNUSUAL if name == LONG_WAY else ""
    load = Load(server.port, kind.paths[name], stage.key, kind.bodies(), kind.events, kind.connections, seconds, fields)
    before = _spent(store, server)
    measured = drive(load)
    store_cpu, own_cpu, all_cpu = (after - before for after, before in zip(_spent(store, server), before, strict=True))
    strangers = (all_cpu - store_cpu - own_cpu) / measured.seconds - measured.busy
    forget_events(store)
    wait_until_idle(server)
    return Sample(measured, 1e6 * store_cpu / measured.events, 1e6 * own_cpu / measured.events, strangers)


def _spent(store: Server, server: Server) -> tuple[float, float, float]:
    return cpu_seconds(store.pid), cpu_seconds(server.pid), busy_seconds()


def _limit(store: Server, seconds: float) -> Sample:
    """XADD, one for each event, a thousand at a time on each of fifty connections."""
    many = int(400_000 * seconds)
    options = ["-p", str(store.port), "-n", str(many), "-P", str(_MANY), "--csv"]
    before = cpu_seconds(store.pid)
    with pinned(MEASURED):
        command = [LIMIT, *options, "XADD", "limit:events", "*", "event", _PAYLOAD]
        said = subprocess.run(command, capture_output=True, check=True, text=True, timeout=120).stdout
    spent = cpu_seconds(store.pid) - before
    names, values = (line.strip('"').split('","') for line in said.splitlines())
    row = dict(zip(names, values, strict=True))
    with redis.Redis(port=store.port) as client:
        assert client.xlen("limit:events") == many
    forget_events(store)
    rate = float(row["rps"])
    measured = Measured(many, many / rate, float(row["p50_latency_ms"]), float(row["p99_latency_ms"]), 0.0)
    return Sample(measured, 1e6 * spent / many, 0.0, 0.0)
