"""How long the dashboard takes for the page of an experiment that has moved its traffic for weeks."""

import random
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from time import perf_counter

import uvloop
from benchmarks.priming import opened
from benchmarks.report import Figure, Target
from benchmarks.servers import MEASURED, Server, pinned
from httpx2 import ASGITransport, AsyncClient
from msgspec.structs import replace

from banditctl.access import Access
from banditctl.api.orders import Orders
from banditctl.core.allocation import Allocation, Live
from banditctl.core.decision import Decision, decide
from banditctl.core.evidence import Cell, Evidence, Stratum
from banditctl.core.experiment import Experiment
from banditctl.core.policies.thompson import Thompson
from banditctl.core.rewards.bernoulli import Bernoulli
from banditctl.core.snapshot import Snapshot
from banditctl.core.statistics import Statistics
from banditctl.core.turn import Turn
from banditctl.dashboard import Dashboard
from banditctl.stores import Ledger, Store

VARIANTS = tuple(f"variant-{letter}" for letter in "ABCDEFGHIJ")
EXPERIMENT = Experiment(
    name="weeks", variants=VARIANTS, control=VARIANTS[0], reward=Bernoulli(), policy=Thompson(), digest="0" * 16
)
_ALL = {EXPERIMENT.name: EXPERIMENT}

_EVERY = timedelta(minutes=5)
_TRANSITION = timedelta(minutes=1)

# Strata that a decision embeds, for events may still change them: those of twice the window and more.
_OPEN = 300
_PAGES = 20


def timings(server: Server, decided: int, rounds: int) -> Iterator[Figure]:
    """Milliseconds a page, from the request to the last byte, on one core; Redis has the other."""
    with pinned(MEASURED):
        first, pages = uvloop.run(_measured(server, decided, rounds))
    load = f"page, {len(VARIANTS)} variants, {decided:,} decisions"
    yield Figure("", load, "ms/page", pages, target=Target(at_most=200))
    yield Figure("", load, "ms, the first page", [first])


async def _measured(server: Server, decided: int, rounds: int) -> tuple[float, list[float]]:
    """The first page, templates and all, and the median page of every round."""
    async with opened(server) as store:
        now = datetime.now(UTC)
        await fill(store, decided, now)
    async with opened(server) as store:
        access = Access(store.credentials, always=False)
        await access.refresh()
        web = Dashboard(_nobody, _ALL, store, access, _now, Orders(_ALL, store, _now, lambda _: None), list)
        async with AsyncClient(transport=ASGITransport(web), base_url="http://127.0.0.1") as client:
            first = await _milliseconds(client)
            return first, [
                sorted([await _milliseconds(client) for _ in range(_PAGES)])[_PAGES // 2] for _ in range(rounds)
            ]


async def _milliseconds(client: AsyncClient) -> float:
    began = perf_counter()
    answer = await client.get(f"/experiments/{EXPERIMENT.name}")
    took = 1e3 * (perf_counter() - began)
    assert answer.status_code == 200
    assert answer.text.count("<tr>") == 1 + len(VARIANTS)
    return took


async def fill(store: Store, decided: int, now: datetime) -> None:
    """Keep so many decisions, each a move, and the strata that they made."""
    strata = _strata(decided, now)
    evidence = Evidence(strata[-_OPEN:])
    decision = decide(EXPERIMENT, Snapshot(now, evidence, Live("InService", "ready", Allocation(strata[-1].shares))))
    for number in range(1, decided):
        await store.record(_earlier(decision, now - _EVERY * (decided - number)))
    await store.record(replace(decision, verdict="move"))
    ledger = Ledger(evidence=Evidence(strata), heard=now, terms=EXPERIMENT.terms, last=Turn(now, decision.trials))
    await store.save(EXPERIMENT.name, Ledger(), ledger)


def _earlier(decision: Decision, at: datetime) -> Decision:
    # What it saw is read for no page, and half a megabyte.
    return replace(decision, verdict="move", seen=replace(decision.seen, at=at, evidence=Evidence()))


def _strata(decided: int, now: datetime) -> tuple[Stratum, ...]:
    """One in transition and one settled for each decision, the last one open."""
    lots = random.Random(20261120)
    found = []
    for number in range(decided):
        since, shares = now - _EVERY * (decided - number), _shares(lots)
        between, until = since + _TRANSITION, since + _EVERY if number + 1 < decided else None
        found.append(Stratum(since, shares, settled=False, until=between, variants=_cells(shares, 200)))
        found.append(Stratum(between, shares, settled=True, until=until, variants=_cells(shares, 800)))
    return tuple(found)


def _shares(lots: random.Random) -> dict[str, float]:
    return dict(Allocation.proportional({name: 0.1 + lots.random() for name in VARIANTS}).shares)


def _cells(shares: dict[str, float], requests: int) -> dict[str, Cell]:
    """Every twentieth request is rewarded, most of them soon."""
    return {name: _cell(round(share * requests), (2, 1, 1, 1)) for name, share in shares.items()}


def _cell(exposed: int, ages: Sequence[int]) -> Cell:
    good = float(exposed // 20)
    return Cell(float(exposed), Statistics(good, good, good), tuple(ages))


def _now() -> datetime:
    return datetime.now(UTC)


async def _nobody(*_: object) -> None:
    raise AssertionError("only pages are asked for")
