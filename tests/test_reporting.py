"""What is remembered between turns of what became of them."""

import pytest
from core.builders import MINUTE
from support.emulated import MovedClock

from banditctl.errors import ChangeDenied, TargetUnavailable
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
