"""Requests that CloudWatch counts: a policy file's evidence from the real wire, turn by turn."""

from collections import Counter
from contextlib import suppress
from datetime import timedelta
from itertools import cycle

import pytest
from support.emulated import UPDATING
from support.levers import Levers
from support.turns import LOOK, MINUTE, REWARDED, TURN, fares

from banditctl.controller import learn, meter, steer
from banditctl.core.decision import decide, matured_trials
from banditctl.core.event import Reward
from banditctl.core.evidence import EvidenceOptions
from banditctl.core.experiment import Schedule
from banditctl.core.rewards.bernoulli import Bernoulli
from banditctl.errors import StoreUnavailable, TargetDenied, TargetThrottled, TargetUnavailable
from banditctl.stores.redis import RedisStore
from banditctl.targets.sagemaker.endpoint import Endpoint
from banditctl.targets.sagemaker.gauge import Gauge

HOUR = timedelta(hours=1)
WINDOW = 10 * MINUTE


def counted(**options):
    evidence = EvidenceOptions(trials="invocations", stratum=5 * MINUTE)
    return fares(reward=Bernoulli(window=WINDOW), evidence=evidence, **options)


class Day:
    """An endpoint that is asked, looked at and metered as time passes; `routed` is what its answers told."""

    def __init__(self, store, target, runtime, clock):
        self.store = store
        self.target = target
        self.runtime = runtime
        self.clock = clock
        self.routed = Counter()
        self.experiment = counted()

    def asks(self, times, **more):
        for _ in range(times):
            answer = self.runtime.invoke_endpoint(EndpointName="Fares", Body=b"x", **more)
            self.routed[answer["InvokedProductionVariant"]] += 1

    async def looks(self):
        return await steer(self.experiment, self.store, self.target, self.clock())

    async def meters(self):
        return await meter(self.experiment, self.store, self.target, self.clock())

    async def passes(self, minutes, requests=4, **more):
        """Minutes of requests, with a look after each quarter and a reading after each whole one."""
        for _ in range(minutes):
            for _ in range(4):
                self.asks(requests // 4, **more)
                self.clock.move(LOOK)
                await self.looks()
            await self.meters()

    async def ends(self):
        """An hour without requests: whatever was not told by then will not be."""
        for _ in range(2):
            self.clock.move(HOUR)
            await self.looks()
            await self.meters()

    async def ledger(self):
        return await RedisStore(self.store._redis).ledger("fares")

    async def exposed(self):
        found = Counter()
        for stratum in (await self.ledger()).evidence.strata:
            found.update({name: cell.exposed for name, cell in stratum.variants.items()})
        return found


@pytest.fixture
def levers(served):
    return Levers(served)


@pytest.fixture
async def day(books, sagemaker, cloudwatch, runtime, endpoint, clock):
    """Begins with a look in the middle of a minute, whose requests are of no stratum as a whole."""
    target = Endpoint(sagemaker, endpoint, 10_000, gauge=Gauge(endpoint, lambda _: cloudwatch))
    clock.move(timedelta(seconds=40))
    found = Day(books, target, runtime, clock)
    found.runtime.invoke_endpoint(EndpointName="Fares", Body=b"x")
    await found.looks()
    clock.move(timedelta(seconds=20))
    return found


async def test_what_is_counted_is_what_was_routed(day):
    await day.passes(12, requests=8)
    await day.ends()
    assert await day.exposed() == day.routed
    evidence = (await day.ledger()).evidence
    assert len({tuple(one.shares.values()) for one in evidence.strata}) == 2
    for name, one in evidence.past.routed.items():
        assert one.exposed < day.routed[name]


async def test_each_decision_follows_from_what_it_saw(day):
    await day.passes(25)
    decisions = await day.store.decisions("fares", 99)
    assert len(decisions) > 3
    assert [decide(day.experiment, one.seen) == one for one in decisions] == [True] * len(decisions)


class Dying(RedisStore):
    """A store whose daemon is killed before or after it saved."""

    def __init__(self, redis, when):
        super().__init__(redis)
        self.when = when
        self.died = False

    async def save(self, experiment, before, after, *attributions):
        self.died = True
        if self.when == "before":
            raise StoreUnavailable("killed")
        await super().save(experiment, before, after, *attributions)
        raise StoreUnavailable("killed")


async def test_a_daemon_that_is_killed_now_and_then_counts_nothing_twice(day):
    redis, deaths = day.store._redis, Counter()
    for when in ["before", "after", "before", "before", "after"] * 3:
        await day.passes(1, requests=8)
        day.store = Dying(redis, when)
        day.clock.move(MINUTE)
        with suppress(StoreUnavailable):
            await day.meters()
        deaths[when] += day.store.died
        day.store = RedisStore(redis)
    await day.ends()
    assert await day.exposed() == day.routed
    assert min(deaths["before"], deaths["after"]) > 2


async def test_what_was_missed_for_hours_is_read_afterwards(day):
    await day.passes(2)
    for _ in range(20):
        day.asks(3)
        day.clock.move(17 * MINUTE)
    await day.looks()
    await day.meters()
    day.asks(2)
    await day.ends()
    assert await day.exposed() == day.routed
    assert (await day.ledger()).evidence.metered.missing.keys() == {"A", "B"}


async def test_another_endpoint_is_not_asked_for_minutes_that_were_not_its_own(day):
    await day.passes(6)
    before = await day.exposed()
    day.experiment = counted(digest="1" * 16, options={"target.endpoint": '"Fares-2"'})
    assert (await day.looks()).seen.change.elsewhere
    await day.passes(1)
    routed = Counter(day.routed)
    await day.passes(3)
    await day.ends()
    assert await day.exposed() - before == day.routed - routed


async def test_minutes_that_are_told_late_are_waited_for(day, levers):
    await day.passes(5)
    before = await day.exposed()
    levers.fault("withhold", status="PartialData")
    for _ in range(20):
        day.asks(2)
        day.clock.move(MINUTE)
        await day.looks()
        with pytest.raises(TargetUnavailable, match="CloudWatch says PartialData"):
            await day.meters()
    assert await day.exposed() == before
    levers.calm()
    await day.ends()
    assert await day.exposed() == day.routed


@pytest.mark.parametrize(
    ("fault", "options", "error"),
    [("deny", {}, TargetDenied), ("throttle", {"rate": 1e-6}, TargetThrottled)],
    ids=["denied", "throttled"],
)
async def test_while_cloudwatch_says_nothing_events_are_learned_and_turns_decide(day, levers, fault, options, error):
    await day.passes(8)
    levers.fault(fault, operation="GetMetricData", **options)
    day.clock.move(MINUTE)
    with suppress(error):
        # The first call finds a token left.
        await day.meters()
    with pytest.raises(error):
        await day.meters()
    known = (await day.ledger()).evidence.metered
    await day.store.append("fares", [Reward(REWARDED.of("r"), 1.0, day.clock(), None, "A")], day.clock(), HOUR)
    learned = await learn(day.experiment, day.store, day.clock())
    assert (learned.learned, learned.evidence.metered) == (1, known)
    day.clock.move(TURN)
    assert (await day.looks()).verdict == "hold"


async def test_requests_that_do_not_go_by_the_shares_ring(day):
    day.experiment = counted(mode="observe")
    await day.passes(20, requests=12)
    sound = (await day.store.decisions("fares", 1))[0].findings.mismatch
    assert (sound.alarm, sound.e_value < 100) == (False, True)
    await day.passes(30, requests=12, TargetVariant="A")
    assert (await day.store.decisions("fares", 1))[0].findings.mismatch.alarm


async def test_the_minutes_in_which_shares_change_ring_no_alarm(day, foreign):
    day.experiment = counted(mode="observe")
    await day.passes(5)
    before = (await day.ledger()).evidence
    day.clock.move(timedelta(seconds=10))
    foreign(1, 99)
    # All go to A while nobody knows which shares are in force.
    day.asks(200, TargetVariant="A")
    day.clock.move(UPDATING - timedelta(seconds=20))
    await day.looks()
    day.clock.move(timedelta(seconds=20))
    await day.looks()
    day.asks(200, TargetVariant="A")
    day.clock.move(timedelta(seconds=50))
    await day.ends()
    assert await day.exposed() == day.routed
    after = (await day.ledger()).evidence
    read = after.past.routed["A"].exposed - before.past.routed["A"].exposed
    assert 0 < read < 200


async def test_shares_that_changed_since_the_last_look_are_known_before_a_minute_is_counted(day, foreign):
    day.experiment = counted(mode="observe")
    await day.passes(3)
    foreign(1, 9)
    for _ in range(8):
        day.clock.move(MINUTE)
        for variant in "AB":
            day.asks(5, TargetVariant=variant)
    day.clock.move(4 * MINUTE)
    await day.meters()
    assert await day.exposed() == day.routed
    strata = (await day.ledger()).evidence.strata
    assert [(one.settled, one["A"].exposed > 0) for one in strata[-3:]] == [(True, True), (False, True), (True, False)]


async def test_rewards_are_of_the_requests_that_cloudwatch_counted(day, sagemaker):
    day.experiment = counted(mode="observe", schedule=Schedule(every=TURN, at_least=MINUTE, burn_in=10))
    names = cycle("AAAB")
    for number in range(20):
        variant = next(names)
        day.asks(4, TargetVariant=variant)
        earned = Reward(REWARDED.of(str(number)), 1.0, day.clock(), None, variant)
        day.clock.move(MINUTE)
        await day.store.append("fares", [earned], day.clock(), HOUR)
        await day.looks()
        await learn(day.experiment, day.store, day.clock())
        await day.meters()
    await day.ends()
    found = matured_trials(day.experiment, (await day.ledger()).evidence, day.clock())
    assert found.count.sum(axis=0).tolist() == [60, 20]
    assert found.total.sum(axis=0).tolist() == [15, 5]
    assert found.squares.sum(axis=0).tolist() == [15, 5]


async def test_cloudwatch_is_asked_once_for_each_reading(day, levers):
    await day.passes(10)
    assert levers.calls("GetMetricData")["busiest_minute"] == 1
    assert levers.calls("DescribeEndpoint")["busiest_minute"] <= 6
