"""What is remembered between turns of what became of them."""

import pytest
from core.builders import MINUTE
from support.emulated import MovedClock

from banditctl.errors import ChangeDenied, StandBy, StoreUnavailable, TargetUnavailable
from banditctl.metrics import Metrics
from banditctl.notify.noticing import Noticing
from banditctl.reporting import Reporting
from banditctl.stores import Received
from banditctl.stores.redis import open_store

DENIED = ChangeDenied("AWS: not authorized to scale")


class Heard:
    """A report of looks at one experiment, a minute after the other, and what people are told of them."""

    def __init__(self, outbox):
        self.outbox = outbox
        self.clock = MovedClock()
        self.metrics = Metrics()
        self.noticing = Noticing(outbox)
        self.reporting = Reporting(self.metrics, self.clock, self.noticing)

    def looks(self, *failures):
        for failure in failures:
            self.clock.move(MINUTE)
            self.reporting.ended("fares", "steer", failure)

    async def told(self):
        await self.noticing.watched("fares", Received(), self.clock())
        return [one.notice.sentence.partition(" UTC: ")[2] for one in await self.outbox.waiting(["fares"])]


@pytest.fixture
async def heard():
    opened = open_store("memory://")
    yield Heard(opened)
    await opened.close()


async def test_looks_that_succeed_between_two_changes_that_are_denied_are_no_success(heard):
    heard.looks(DENIED, *[None] * 15, DENIED)
    assert await heard.told() == [str(DENIED)]


async def test_a_change_that_went_through_is_one(heard):
    heard.looks(DENIED)
    heard.reporting.steered("fares")
    heard.looks(*[None] * 15, DENIED)
    assert await heard.told() == []


async def test_of_an_experiment_that_is_gone_nothing_is_known_any_more(heard, capsys):
    heard.looks(TargetUnavailable("no answer"), *[DENIED] * 20)
    heard.reporting.forget("fares")
    assert await heard.told() == []
    heard.looks(None)
    assert b'banditctl_alarm{alarm="credentials",experiment="fares"} 0.0' in heard.metrics.text()
    assert "turn succeeds again" not in capsys.readouterr().out


def test_who_stands_by_says_so_once_of_all_turns_and_once_that_it_took_over(heard, capsys):
    standby = StandBy("another daemon controls fares")
    for failure in (standby, standby, None, None):
        for turn in ("steer", "learn", "watch"):
            heard.reporting.ended("fares", turn, failure)
    stands, controls = capsys.readouterr().out.splitlines()
    assert "[info     ] standing by" in stands
    assert "[info     ] controlling the experiment now" in controls


def test_who_loses_the_store_while_it_stands_by_stands_by_as_before(heard, capsys):
    for failure in (StandBy("another daemon"), StoreUnavailable("Redis: no answer"), StandBy("another daemon")):
        heard.reporting.ended("fares", "learn", failure)
    printed = capsys.readouterr().out
    assert [printed.count(said) for said in ("standing by", "turn failed", "turn succeeds again")] == [1, 1, 1]
