"""What becomes a notice, and what is a passing trouble."""

import pytest
from core.builders import MINUTE, NOON
from msgspec.structs import replace
from support.noticed import DECISIONS, decided

from banditctl.errors import StandBy, StoreUnavailable, TargetUnavailable
from banditctl.notify.noticing import Noticing
from banditctl.stores import Received
from banditctl.stores.redis import RedisStore, open_store

AWS, REDIS = TargetUnavailable("AWS said no"), StoreUnavailable("no answer")


@pytest.fixture
async def outbox():
    opened = open_store("memory://")
    yield opened
    await opened.close()


@pytest.fixture
def noticing(outbox):
    return Noticing(outbox)


async def told(outbox):
    return [one.notice.kind for one in await outbox.waiting(["flights"])]


def later(decision, minutes):
    return replace(decision, seen=replace(decision.seen, at=decision.seen.at + minutes * MINUTE))


async def test_what_decisions_find_again_and_again_is_told_once(noticing, outbox):
    for minutes in range(3):
        await noticing.decided(later(DECISIONS["winner"], minutes))
    await noticing.decided(later(decided(), 5))
    assert await told(outbox) == ["winner"]


def restarted(outbox):
    """As another daemon knows it, or the same after a restart."""
    return Noticing(RedisStore(outbox._redis))


@pytest.mark.parametrize("kind", DECISIONS)
async def test_after_a_restart_none_of_it_is_told_again(noticing, outbox, kind):
    await noticing.decided(DECISIONS[kind])
    await restarted(outbox).decided(later(DECISIONS[kind], 1))
    assert await told(outbox) == [kind]


async def test_nor_is_what_goes_on_failing_or_waiting(noticing, outbox):
    for hearing, since in ((noticing, 0), (restarted(outbox), 30)):
        for minutes in (since, since + 1, since + 20):
            hearing.looked("flights", AWS, NOON + minutes * MINUTE)
            await hearing.watched("flights", Received(oldest=NOON), NOON + minutes * MINUTE)
    assert sorted(await told(outbox)) == ["learning_stalled", "push_failing"]


# Each row: minutes, then what failed of a look, what became of a push, or what is to be told by then.
@pytest.mark.parametrize(
    "story",
    [
        [(0, AWS), (14, AWS), (14, []), (15, AWS), (15, ["push_failing"]), (16, AWS), (16, ["push_failing"])],
        [(0, AWS), (14, None), (15, AWS), (20, []), (31, AWS), (31, ["push_failing"])],
        [(0, AWS), (10, REDIS), (15, AWS), (15, ["push_failing"])],
        [(0, REDIS), (20, REDIS), (20, [])],
        [(0, AWS), (10, StandBy("another daemon")), (15, AWS), (15, [])],
        [(0, "failed"), (0, AWS), (1, None), (30, []), (30, "failed"), (30, AWS), (30, ["push_failing"])],
        [(0, "failed"), (5, "accepted"), (16, "failed"), (16, [])],
        [(0, "failed"), (5, "busy"), (16, "failed"), (16, ["push_failing"])],
        [(0, "busy"), (16, "busy"), (16, [])],
    ],
)
async def test_a_failure_is_told_once_it_has_lasted_for_a_quarter_of_an_hour(noticing, outbox, story):
    for minutes, what in story:
        at = NOON + minutes * MINUTE
        if isinstance(what, list):
            await noticing.watched("flights", Received(), at)
            assert (minutes, await told(outbox)) == (minutes, what)
        elif isinstance(what, str):
            noticing.pushed("flights", what, at)
        else:
            noticing.looked("flights", what, at)


# Each row: what a daemon tried before it crashed, by minutes; in the end the sentences that people were told.
@pytest.mark.parametrize(
    ("lives", "since"),
    [
        ([(0, AWS), (8, AWS), (16, AWS)], ["12:00"]),
        ([(0, AWS), (8, "failed"), (16, AWS), (17, AWS)], ["12:00"]),
        ([(0, "failed"), (8, "failed"), (16, "failed")], ["12:00"]),
        ([(0, AWS), (8, None), (16, AWS)], []),
        ([(0, "failed"), (8, "accepted"), (16, "failed")], []),
        ([(0, AWS), (8, StandBy("another daemon")), (16, AWS)], ["12:00"]),
        ([(0, AWS), (60, AWS), (70, AWS)], []),
        ([(0, AWS), (60, AWS), (75, AWS)], ["13:00"]),
    ],
)
async def test_a_quarter_of_an_hour_is_counted_through_restarts(outbox, lives, since):
    for minutes, what in lives:
        hearing, at = restarted(outbox), NOON + minutes * MINUTE
        if isinstance(what, str):
            hearing.pushed("flights", what, at)
            hearing.looked("flights", None if what == "accepted" else AWS, at)
        else:
            hearing.looked("flights", what, at)
        await hearing.watched("flights", Received(), at)
    sentences = [one.notice.sentence for one in await outbox.waiting(["flights"])]
    assert sentences == [f"Nothing has got through to the endpoint since {one} UTC: AWS said no" for one in since]


async def test_what_failed_is_said_and_since_when(noticing, outbox):
    for minutes in (0, 20):
        noticing.looked("flights", AWS, NOON + minutes * MINUTE)
    await noticing.watched("flights", Received(), NOON + 20 * MINUTE)
    (one,) = await outbox.waiting(["flights"])
    assert one.notice.sentence == "Nothing has got through to the endpoint since 12:00 UTC: AWS said no"


async def test_learning_has_stalled_once_an_event_has_waited_for_three_minutes(noticing, outbox):
    for minutes, kinds in ((2, []), (3, ["learning_stalled"]), (4, ["learning_stalled"])):
        await noticing.watched("flights", Received(oldest=NOON), NOON + minutes * MINUTE)
        assert await told(outbox) == kinds


async def test_it_has_also_where_no_minute_was_counted_for_70_minutes(noticing, outbox):
    for minutes, kinds in ((69, []), (70, ["learning_stalled"]), (71, ["learning_stalled"])):
        await noticing.watched("flights", Received(), NOON + minutes * MINUTE, metered=NOON)
        assert await told(outbox) == kinds
    await noticing.watched("flights", Received(oldest=NOON), NOON + 72 * MINUTE, metered=NOON)
    assert await told(outbox) == ["learning_stalled"] * 2


async def test_each_experiment_is_known_by_itself(noticing, outbox):
    for minutes in (0, 20):
        noticing.looked("fares", AWS, NOON + minutes * MINUTE)
    await noticing.watched("flights", Received(), NOON + 20 * MINUTE)
    assert await told(outbox) == []
    noticing.forget("fares")
    await noticing.watched("fares", Received(), NOON + 20 * MINUTE)
    assert await outbox.waiting(["fares"]) == []
