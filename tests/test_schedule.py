"""Turns on time, one at a time, whatever happens in them."""

import asyncio
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from core.builders import exposure

from banditctl import schedule as module
from banditctl.core.allocation import Allocation, Live
from banditctl.core.evidence import EvidenceOptions
from banditctl.core.experiment import Experiment, Schedule as Pace
from banditctl.core.policies.thompson import Thompson
from banditctl.core.rewards.bernoulli import Bernoulli
from banditctl.core.standing import Order
from banditctl.errors import StoreUnavailable, TargetBusy, TargetDenied, TargetThrottled, TargetUnavailable
from banditctl.lines import Backoff
from banditctl.metrics import Metrics
from banditctl.notify.noticing import Noticing
from banditctl.schedule import Schedule
from banditctl.stores.redis import RedisStore, open_store

OFTEN, MINUTE, HOUR = timedelta(milliseconds=20), timedelta(minutes=1), timedelta(hours=1)
EXPERIMENT = Experiment(
    name="fares",
    variants=("A", "B"),
    control="A",
    reward=Bernoulli(),
    policy=Thompson(),
    schedule=Pace(every=OFTEN, at_least=OFTEN, burn_in=0),
    digest="0" * 16,
)


class Target:
    """A target that fails when told to, takes its time when told to, and counts who is inside."""

    def __init__(self):
        self.failures = []
        self.refusals = []
        self.reads = 0
        self.looked = []
        self.pushed = []
        self.pushing = asyncio.Event()
        self.go_on = asyncio.Event()
        self.go_on.set()

    async def read(self):
        self.reads += 1
        self.looked.append(asyncio.get_running_loop().time())
        if self.failures:
            raise self.failures.pop()
        return Live("InService", "ready", Allocation({"A": 0.9, "B": 0.1}))

    async def push(self, allocation):
        self.pushing.set()
        await self.go_on.wait()
        if self.refusals:
            raise self.refusals.pop()
        self.pushed.append(allocation)


@pytest.fixture
async def store():
    opened = open_store("memory://")
    yield opened
    await opened.close()


@pytest.fixture
async def target():
    return Target()


@pytest.fixture
async def schedule(store, target):
    schedule = Schedule(store, lambda: datetime.now(UTC), Metrics(), "this daemon")
    schedule.add(EXPERIMENT, target)
    return schedule


async def until(what):
    # Other jobs run in between; an Event for each thing to wait for would say no more.
    while not what():  # noqa: ASYNC110
        await asyncio.sleep(0.001)


@pytest.mark.parametrize("failure", [TargetUnavailable("AWS said no"), RuntimeError("a mistake of ours")])
async def test_a_failure_is_counted_and_the_next_tick_tries_again(schedule, target, failure):
    target.failures = [failure]
    schedule.start()
    await until(lambda: target.pushed)
    await schedule.stop()
    counted = schedule._metrics.text().decode()
    assert 'banditctl_turns_total{experiment="fares",outcome="failed",turn="steer"} 1.0' in counted


async def test_a_slow_turn_is_not_overtaken_by_another(schedule, target):
    target.go_on.clear()
    schedule.start()
    await target.pushing.wait()
    reads = target.reads
    await asyncio.sleep(5 * OFTEN.total_seconds())
    assert target.reads == reads
    target.go_on.set()
    await schedule.stop()


async def test_a_stop_lets_a_push_come_to_its_end_and_keeps_that_it_was_made(schedule, store, target):
    target.go_on.clear()
    schedule.start()
    await target.pushing.wait()
    stopping = asyncio.create_task(schedule.stop())
    await asyncio.sleep(0)
    assert not stopping.done()
    target.go_on.set()
    await stopping
    assert len(target.pushed) == 1
    ledger = await store.ledger("fares")
    assert ledger.last is not None
    assert ledger.evidence.strata[-1].shares == target.pushed[0].shares


async def test_a_stop_does_not_wait_for_ever_for_what_belongs_to_no_experiment(schedule, target, monkeypatch, capsys):
    monkeypatch.setattr(module, "_PATIENCE", OFTEN.total_seconds())
    hanging = asyncio.Event()

    async def hang():
        hanging.set()
        await asyncio.Event().wait()

    schedule.keep_fresh("policies", hang)
    schedule.start()
    await hanging.wait()
    await until(lambda: target.pushed)
    await schedule.stop()
    said = capsys.readouterr().out
    assert "stopping without the end of a turn that hangs" in said
    assert "turn=policies" in said


async def test_a_stop_waits_for_the_push_of_an_experiment_that_is_being_removed(schedule, target, monkeypatch):
    monkeypatch.setattr(module, "_PATIENCE", OFTEN.total_seconds())
    target.go_on.clear()
    removing = asyncio.Event()

    async def remove():
        await target.pushing.wait()
        removing.set()
        await schedule.remove("fares")

    schedule.keep_fresh("policies", remove)
    schedule.start()
    await removing.wait()
    stopping = asyncio.create_task(schedule.stop())
    await asyncio.sleep(5 * OFTEN.total_seconds())
    assert not stopping.done()
    target.go_on.set()
    await stopping
    assert len(target.pushed) == 1


@pytest.fixture
async def other(store):
    """Another daemon's store on the same server."""
    return RedisStore(store._redis)


def outcomes(schedule, outcome):
    """How many turns ended so."""
    found = re.findall(rf'banditctl_turns_total{{.*outcome="{outcome}".*}} (.*)', schedule._metrics.text().decode())
    return sum(map(float, found))


async def test_while_another_daemon_controls_the_experiment_this_one_stands_by(schedule, target, other):
    await other.hold("fares", "another daemon", HOUR)
    schedule.start()
    await until(lambda: outcomes(schedule, "standby") > 3)
    await schedule.stop()
    assert target.reads == 0
    assert outcomes(schedule, "failed") == outcomes(schedule, "done") == 0
    assert not await other.hold("fares", "a third one", HOUR)


async def test_as_soon_as_the_other_has_gone_this_one_takes_over(schedule, target, other):
    await other.hold("fares", "another daemon", HOUR)
    schedule.start()
    await until(lambda: outcomes(schedule, "standby"))
    await other.release("fares", "another daemon")
    await until(lambda: target.pushed)
    assert not await other.hold("fares", "another daemon", HOUR)
    await schedule.stop()


async def test_a_daemon_that_stops_leaves_the_experiment_to_another_at_once(schedule, target, other):
    schedule.start()
    await until(lambda: target.pushed)
    await schedule.stop()
    assert await other.hold("fares", "another daemon", HOUR)


async def test_what_came_in_and_what_waits_is_told(schedule, store, target):
    await store.append("fares", [exposure("x"), exposure("x"), exposure("y")], datetime.now(UTC), EXPERIMENT.memory)
    schedule.start()
    await until(lambda: b'banditctl_learn_waiting_events{experiment="fares"}' in schedule._metrics.text())
    told = schedule._metrics.text().decode()
    await schedule.stop()
    assert re.search(r'banditctl_learn_waiting_events{experiment="fares"} [02]\.0', told)
    assert 'banditctl_uncounted_events{experiment="fares",reason="orphaned"} 0.0' in told


async def test_who_gives_an_order_makes_the_next_look_come_at_once(store, target):
    schedule = Schedule(store, lambda: datetime.now(UTC), Metrics(), "this daemon")
    schedule.add(replace(EXPERIMENT, schedule=Pace(every=HOUR, at_least=HOUR)), target)
    schedule.start()
    await until(lambda: target.pushed)
    for verb in ("pause", "rollback"):
        await store.give("fares", Order(verb, verb, "anna", "because", datetime.now(UTC)))
    schedule.wake("fares")
    schedule.wake("trains")
    await until(lambda: len(target.pushed) == 2)
    await schedule.stop()
    assert target.pushed[1].shares == {"A": 1.0, "B": 0.0}
    assert [one.order and one.order.verb for one in await store.decisions("fares", 3)] == ["rollback", "pause", None]


async def test_after_a_stop_nothing_moves_any_more(schedule, target):
    schedule.start()
    await until(lambda: target.pushed)
    await schedule.stop()
    reads = target.reads
    await asyncio.sleep(5 * OFTEN.total_seconds())
    assert target.reads == reads


async def test_credentials_that_are_refused_ring_until_they_are_not_and_are_logged_once(schedule, target, capsys):
    target.failures = [TargetDenied("the token is expired")] * 3
    schedule.start()
    await until(lambda: outcomes(schedule, "failed") == 3)
    assert b'banditctl_alarm{alarm="credentials",experiment="fares"} 1.0' in schedule._metrics.text()
    await until(lambda: target.pushed)
    await schedule.stop()
    assert b'banditctl_alarm{alarm="credentials",experiment="fares"} 0.0' in schedule._metrics.text()
    printed = capsys.readouterr()
    assert (printed.out + printed.err).count("the token is expired") == 1


class Metered(Target):
    """A target that counts its requests, and may fail to tell."""

    def __init__(self):
        super().__init__()
        self.asked = 0
        self.untold = []

    async def invocations(self, variants, since, until):
        self.asked += 1
        if self.untold:
            raise self.untold.pop()
        return {}


@pytest.fixture
def metered(store, monkeypatch):
    """An experiment whose requests the target counts, in a daemon that reads them often."""
    monkeypatch.setattr("banditctl.schedule._METER_EVERY", OFTEN)
    began = datetime.now(UTC)
    # An hour in a second, so that there are minutes to read.
    schedule = Schedule(store, lambda: began + (datetime.now(UTC) - began) * 3600, Metrics(), "this daemon")
    target = Metered()
    schedule.add(replace(EXPERIMENT, evidence=EvidenceOptions(trials="invocations")), target)
    return schedule, target


async def test_requests_are_metered_where_the_target_counts_them_and_it_rings_until_it_tells(metered, schedule):
    metering, target = metered
    target.untold = [TargetUnavailable("CloudWatch says InternalError")] * 1000
    metering.start()
    await until(lambda: 'alarm="meter",experiment="fares"} 1.0' in metering._metrics.text().decode())
    target.untold.clear()
    asked = target.asked
    await until(lambda: target.asked > asked + 1)
    await until(lambda: b'banditctl_meter_missing_minutes{experiment="fares",variant="B"}' in metering._metrics.text())
    told = metering._metrics.text().decode()
    await metering.stop()
    assert 'banditctl_alarm{alarm="meter",experiment="fares"} 0.0' in told
    assert 'banditctl_meter_lag_seconds{experiment="fares"}' in told
    assert "fares meter" not in [job.name for job in schedule._scheduler.get_jobs()]


@pytest.mark.parametrize(
    ("failure", "outcome"),
    [(None, "accepted"), (TargetBusy("it is changing"), "busy"), (TargetUnavailable("AWS said no"), "failed")],
)
async def test_what_became_of_a_push_is_counted_and_its_decision_is_told_either_way(
    schedule, target, failure, outcome, capsys
):
    target.refusals = [failure] * bool(failure)
    schedule.start()
    await target.pushing.wait()
    await schedule.stop()
    told = schedule._metrics.text().decode()
    assert f'banditctl_pushes_total{{experiment="fares",outcome="{outcome}"}} 1.0' in told
    assert 'banditctl_decisions_total{experiment="fares",verdict="move"}' in told
    assert "Move B from 10.0% to 30.0%" in capsys.readouterr().out
    assert ("banditctl_push_done_timestamp_seconds{" in told) == (outcome == "accepted")


async def test_redis_that_does_not_answer_is_counted_by_what_was_asked(schedule, store, monkeypatch):
    async def unanswered(*_):
        raise StoreUnavailable("no answer")

    monkeypatch.setattr(store, "hold", unanswered)
    schedule.start()
    await until(lambda: outcomes(schedule, "failed") > 1)
    await schedule.stop()
    told = schedule._metrics.text().decode()
    assert 'banditctl_store_errors_total{experiment="fares",work="steer"}' in told
    assert 'banditctl_store_errors_total{experiment="fares",work="learn"} 1.0' in told


async def test_people_are_told_that_pushes_fail_and_that_learning_stands_still(store, target, monkeypatch):
    monkeypatch.setattr(module, "_WATCH_EVERY", OFTEN)
    passed = timedelta(0)
    schedule = Schedule(store, lambda: datetime.now(UTC) + passed, Metrics(), "this daemon", Noticing(store))
    schedule.add(EXPERIMENT, target)
    await store.append("fares", [exposure("x")], datetime.now(UTC), EXPERIMENT.memory)
    target.failures = [TargetUnavailable("AWS said no")] * 1000
    schedule.start()
    await until(lambda: outcomes(schedule, "failed"))
    assert schedule.held() == {"fares"}
    passed = 20 * MINUTE
    # Each question lets the turns go on.
    while len(told := await store.waiting(["fares"])) < 2:
        pass
    await schedule.stop()
    assert {one.notice.kind for one in told} == {"push_failing", "learning_stalled"}


async def test_people_are_told_at_once_of_a_rollback_that_fails_and_once_of_each(store, target, monkeypatch):
    monkeypatch.setattr(module, "_WATCH_EVERY", OFTEN)
    schedule = Schedule(store, lambda: datetime.now(UTC), Metrics(), "this daemon", Noticing(store))
    schedule.add(EXPERIMENT, target)
    target.refusals = [TargetUnavailable("AWS said no")] * 1000
    await store.give("fares", Order("r1", "rollback", "anna", "it is slow", datetime.now(UTC)))
    schedule.start()
    # Each question lets the turns go on.
    while len(told := await store.waiting(["fares"])) < 2:
        pass
    await until(lambda: len(target.refusals) < 996)
    assert await store.waiting(["fares"]) == told
    await schedule.stop()
    assert [one.notice.kind for one in told] == ["rollback", "push_failing"]
    said = "anna ordered a rollback, which could not be carried out and is tried again: AWS said no"
    assert told[1].notice.sentence == said


async def test_who_stands_by_controls_nothing_any_more(schedule, store, target, other):
    schedule.start()
    await until(lambda: target.pushed)
    # A turn in between would have it back.
    while not await other.hold("fares", "another daemon", HOUR):
        await store.release("fares", "this daemon")
    await until(lambda: outcomes(schedule, "standby"))
    assert schedule.held() == set()
    await schedule.stop()


async def test_an_experiment_that_ended_is_left_by_who_controlled_it_until_it_begins_again(schedule, target, other):
    schedule.start()
    await until(lambda: target.pushed)
    assert (schedule.held(), schedule.left()) == ({"fares"}, set())
    await schedule.remove("fares")
    assert (schedule.held(), schedule.left()) == (set(), {"fares"})
    await other.hold("fares", "another daemon", HOUR)
    schedule.add(EXPERIMENT, target)
    await until(lambda: outcomes(schedule, "standby"))
    await schedule.remove("fares")
    assert (schedule.held(), schedule.left()) == (set(), set())
    await schedule.stop()


async def test_a_target_that_asks_for_fewer_calls_gets_fewer(schedule, target):
    target.failures = [TargetThrottled("Rate exceeded")] * 3
    schedule.start()
    await until(lambda: target.pushed)
    await schedule.stop()
    waits = [later - sooner for sooner, later in pairwise(target.looked)]
    look = OFTEN.total_seconds() / 4
    assert all(wait > doubled * look for wait, doubled in zip(waits, (2, 4, 8), strict=False))


async def test_an_experiment_is_removed_once_its_turn_has_ended_and_left_to_others_at_once(schedule, target, other):
    target.go_on.clear()
    schedule.start()
    await target.pushing.wait()
    removing = asyncio.create_task(schedule.remove("fares"))
    await asyncio.sleep(5 * OFTEN.total_seconds())
    assert not removing.done()
    target.go_on.set()
    await removing
    reads = target.reads
    assert (len(target.pushed), await other.hold("fares", "another daemon", HOUR)) == (1, True)
    await asyncio.sleep(5 * OFTEN.total_seconds())
    assert target.reads == reads
    await schedule.stop()


async def test_an_experiment_is_replaced_between_two_turns_and_the_lease_is_kept(schedule, target, other):
    target.go_on.clear()
    schedule.start()
    await target.pushing.wait()
    another = Target()
    replacing = asyncio.create_task(schedule.replace(replace(EXPERIMENT, digest="1" * 16), another))
    await asyncio.sleep(5 * OFTEN.total_seconds())
    assert (replacing.done(), another.reads) == (False, 0)
    target.go_on.set()
    await replacing
    reads = target.reads
    await until(lambda: another.pushed)
    assert (target.reads, len(target.pushed)) == (reads, 1)
    assert not await other.hold("fares", "another daemon", HOUR)
    await schedule.stop()


async def test_an_order_for_an_experiment_that_was_removed_wakes_nobody(schedule, store, target):
    schedule.start()
    await until(lambda: target.pushed)
    await schedule.remove("fares")
    await store.give("fares", Order("o1", "rollback", "anna", "because", datetime.now(UTC)))
    reads = target.reads
    schedule.wake("fares")
    await asyncio.sleep(5 * OFTEN.total_seconds())
    assert target.reads == reads
    await schedule.stop()


async def test_an_order_given_while_an_experiment_is_replaced_is_taken_by_what_replaces_it(schedule, store, target):
    target.go_on.clear()
    schedule.start()
    await target.pushing.wait()
    another = Target()
    replacing = asyncio.create_task(schedule.replace(replace(EXPERIMENT, digest="1" * 16), another))
    await asyncio.sleep(0)
    await store.give("fares", Order("o1", "rollback", "anna", "because", datetime.now(UTC)))
    schedule.wake("fares")
    target.go_on.set()
    await replacing
    await until(lambda: another.pushed)
    await schedule.stop()
    assert another.pushed[0].shares == {"A": 1.0, "B": 0.0}
    assert len(target.pushed) == 1


async def test_metering_ends_with_its_experiment(metered):
    metering, target = metered
    metering.start()
    await until(lambda: target.asked > 1)
    await metering.remove("fares")
    asked = target.asked
    await asyncio.sleep(5 * OFTEN.total_seconds())
    assert target.asked == asked
    assert metering._scheduler.get_jobs() == []
    await metering.stop()


async def test_an_experiment_that_was_removed_may_return(schedule, target):
    schedule.start()
    await until(lambda: target.pushed)
    await schedule.remove("fares")
    await schedule.remove("fares")
    returned = Target()
    schedule.add(EXPERIMENT, returned)
    await until(lambda: returned.pushed)
    await schedule.stop()


def test_the_time_between_two_calls_doubles_up_to_minutes_and_is_what_it_was_after_the_first_that_is_let_in():
    noon, quarter = datetime(2026, 11, 20, 12, tzinfo=UTC), timedelta(seconds=15)
    backoff, waits = Backoff(quarter), []
    assert backoff.free(noon)
    for _ in range(6):
        backoff.told(TargetThrottled("Rate exceeded"), noon)
        waits.append(next(n for n in range(100) if backoff.free(noon + n * quarter)))
    assert waits == [2, 4, 8, 16, 16, 16]
    backoff.told(TargetUnavailable("no answer"), noon)
    assert backoff.free(noon)
    backoff.told(TargetThrottled("Rate exceeded"), noon)
    assert (backoff.free(noon + quarter), backoff.free(noon + 2 * quarter)) == (False, True)
