"""From samples to figures, each with the bound that it should keep."""

from collections.abc import Callable, Iterator

from benchmarks.memory import Kept
from benchmarks.report import Figure, Target
from benchmarks.rounds import BATCHES, LIMIT, LONG_WAY, ONE, SINGLE, Sample, Samples

_RATE = {SINGLE: Target(at_least=6), ONE: Target(at_least=1), BATCHES: Target(at_least=5.5)}
_OF_LIMIT = Target(at_least=0.6)
_RATE_EMPTY = {**_RATE, BATCHES: Target(at_least=8)}
_OF_LIMIT_EMPTY = Target(at_least=0.75)
_P99 = {SINGLE: Target(at_most=0.3)}
_CPU = {"valkey": Target(at_most=1.5), "redis": Target(at_most=2.0)}
_BYTES = Target(at_most=170)
_LEARNING = Target(at_least=2)

Value = Callable[[Sample], float]


def rates(server: str, samples: Samples, *, empty: bool) -> Iterator[Figure]:
    """Events a second and latencies of every kind of load, beside the baseline and the limit."""
    bounds = _RATE_EMPTY if empty else _RATE
    for kind in dict.fromkeys(kind for kind, _ in samples):
        ours, long_way, baseline, alone, limit = (
            samples.get((kind, name), []) for name in ("service", LONG_WAY, "baseline", "alone", LIMIT)
        )
        figures: list[tuple[str, Value, Target | None]] = [
            ("events/s", _rate, bounds.get(kind)),
            ("p50, ms", lambda one: one.measured.p50, None),
            ("p99, ms", lambda one: one.measured.p99, _P99.get(kind)),
            ("its CPU, us/event", lambda one: one.own_cpu, None),
            ("generator's CPU, cores", lambda one: one.measured.busy, None),
            ("strangers' CPU, cores", lambda one: max(one.strangers, 0.0), None),
        ]
        for what, value, target in figures:
            yield Figure(server, kind, what, _of(ours, value), _of(baseline, value), "baseline", target)
        # The server alone is what no intake behind it could exceed, the long way what its fast path is worth.
        for samples_of, who in ((long_way, "the long way"), (alone, "the server alone")):
            if samples_of:
                beside = f"baseline; {who}"
                yield Figure(server, kind, "events/s", _of(samples_of, _rate), _of(baseline, _rate), beside)
        if limit:
            bound = _OF_LIMIT_EMPTY if empty else _OF_LIMIT
            yield Figure(server, kind, "events/s", _of(ours, _rate), _of(limit, _rate), LIMIT, bound)


def redis_cpu(server: str, samples: Samples) -> Figure:
    """What an event in a batch costs Redis, beside a bare XADD of redis-benchmark."""
    ours, bare = (_of(samples.get((BATCHES, name), []), lambda one: one.redis_cpu) for name in ("service", LIMIT))
    return Figure(server, BATCHES, "Redis's CPU, us/event", ours, bare, LIMIT, _CPU[server] if bare else None)


def memory(server: str, experiment: str, kept: Kept) -> Iterator[Figure]:
    """Bytes for each event, in three moments of its life."""
    load = f"memory, {experiment}"
    yield Figure(server, load, "bytes/event, waiting", [kept.waiting], target=_BYTES)
    yield Figure(server, load, "bytes/event, learned", [kept.learned], target=_BYTES)
    yield Figure(server, load, "bytes/event, window over", [kept.passed], target=Target(at_most=1))


def learning(server: str, experiment: str, rate: float, samples: Samples) -> Figure:
    """How fast a backlog is learned, beside how fast single POSTs were taken in where that was measured."""
    load, taken = f"learning, {experiment}", samples.get((SINGLE, "service"), [])
    best = [max(map(_rate, taken))] if taken else []
    return Figure(server, load, "events/s", [rate], best, "single POSTs", _LEARNING if best else None)


def _rate(one: Sample) -> float:
    return one.measured.rate


def _of(samples: list[Sample], value: Value) -> list[float]:
    return [value(one) for one in samples]
