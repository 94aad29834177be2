"""Notices on their way: to each receiver, at least once, and none in the way of another."""

from datetime import timedelta

import pytest
from core.builders import HOUR, MINUTE, SECOND
from support.emulated import MovedClock
from support.noticed import AT, examples

from banditctl.core.notices import Notice, Occurrences
from banditctl.errors import StoreUnavailable
from banditctl.metrics import Metrics
from banditctl.notify.posting import Answer
from banditctl.notify.receivers import Slack
from banditctl.notify.sending import Sender
from banditctl.stores.redis import open_store

URLS = ("https://one.example.com/abc", "https://two.example.com/abc")
NOTICES = [Notice.of("flights", found, AT + number * MINUTE) for number, found in enumerate(examples().values())]
TAKEN, REFUSED = Answer(True, "200"), Answer(False, "500")


@pytest.fixture
async def outbox():
    opened = open_store("memory://")
    yield opened
    await opened.close()


class World:
    """A sender on a clock that is moved; `posts` are (url, sentence) by turn, `answers` by URL, else all are taken."""

    def __init__(self, outbox):
        self.outbox = outbox
        self.clock = MovedClock()
        self.clock.now = AT + HOUR
        self.metrics = Metrics()
        self.posts = []
        self.answers = {}
        self.held, self.left = {"flights"}, set()
        self.start()

    def start(self):
        """A sender that knows nothing of what another one tried."""
        receivers = [Slack(url) for url in URLS]
        held, left = (lambda: self.held), (lambda: self.left)
        self.sender = Sender(self.outbox, receivers, self.post, self.metrics, self.clock, held, left)

    async def post(self, letter):
        self.posts.append((letter.url, letter.body))
        answers = self.answers.get(letter.url)
        return answers.pop(0) if answers else TAKEN

    async def turn(self, after=2 * SECOND):
        """Who was posted what, as the places of receiver and notice."""
        self.clock.move(after)
        self.posts.clear()
        await self.sender.send()
        return sorted((URLS.index(url), self.place(body)) for url, body in self.posts)

    def place(self, body):
        (place,) = [n for n, notice in enumerate(NOTICES) if Slack("").letter(notice, AT).body == body]
        return place

    async def announce(self, count):
        await self.outbox.announce("flights", Occurrences(), NOTICES[:count])

    def told(self):
        lines = self.metrics.text().decode().splitlines()
        kept = (line.removeprefix("banditctl_notices_") for line in lines if line.startswith("banditctl_notices_"))
        return {name.replace('experiment="flights"', ""): float(value) for name, value in (one.split() for one in kept)}


@pytest.fixture
async def world(outbox):
    return World(outbox)


async def test_each_receiver_gets_each_notice_once_the_oldest_first(world):
    await world.announce(2)
    assert [await world.turn() for _ in range(4)] == [[(0, 0), (1, 0)], [(0, 1), (1, 1)], [], []]
    assert await world.outbox.waiting(["flights"]) == []


async def test_a_receiver_that_fails_holds_up_nobody_and_gets_it_later_and_later(world):
    world.answers[URLS[0]] = [REFUSED] * 3
    await world.announce(1)
    assert await world.turn() == [(0, 0), (1, 0)]
    tried = [n for n in range(1, 60) if await world.turn(SECOND)]
    assert tried == [5, 5 + 10, 5 + 10 + 20]
    assert world.told()['total{,outcome="failed"}'] == 3


async def test_one_notice_that_is_refused_holds_up_no_other(world):
    world.answers[URLS[0]] = [REFUSED]
    await world.announce(2)
    assert [await world.turn() for _ in range(4)] == [[(0, 0), (1, 0)], [(0, 1), (1, 1)], [], [(0, 0)]]


async def test_the_pauses_end_at_a_quarter_of_an_hour(world):
    world.answers[URLS[0]] = [REFUSED] * 50
    await world.announce(1)
    tried = [minute for minute in range(240) if (0, 0) in await world.turn(MINUTE)]
    assert [later - sooner for sooner, later in zip(tried[-5:], tried[-4:], strict=False)] == [15] * 4


async def test_who_asks_to_be_left_alone_is(world):
    world.answers[URLS[0]] = [Answer(False, "429", timedelta(seconds=60))]
    await world.announce(1)
    await world.turn()
    assert [n for n in range(1, 100) if await world.turn(SECOND)] == [60]


async def test_after_a_day_it_is_given_up_and_said(world, capsys):
    world.answers[URLS[0]] = [REFUSED] * 200
    await world.announce(1)
    for _ in range(24):
        await world.turn(HOUR)
    assert await world.outbox.waiting(["flights"]) == []
    told = world.told()
    assert (told['total{,outcome="sent"}'], told['total{,outcome="abandoned"}']) == (1, 1)
    printed = capsys.readouterr().out
    assert "notice given up" in printed
    assert "https://one.example.com" in printed
    assert "abc" not in printed
    assert printed.count("not taken") == 1


async def test_how_many_wait_and_for_how_long_is_told(world):
    world.answers[URLS[0]] = [REFUSED]
    await world.announce(2)
    await world.turn()
    assert world.told() == {
        "waiting{}": 2,
        "lag_seconds{}": 3602,
        "lag_limit_seconds{}": 600,
        'total{,outcome="sent"}': 1,
        'total{,outcome="failed"}': 1,
    }
    for _ in range(3):
        await world.turn(MINUTE)
    assert (world.told()["waiting{}"], world.told()["lag_seconds{}"]) == (0, 0)


async def test_what_was_posted_but_not_kept_is_posted_again_by_the_next_daemon_and_not_by_this_one(world, monkeypatch):
    async def lost(*_):
        raise StoreUnavailable("no answer")

    await world.announce(1)
    with monkeypatch.context() as while_redis_is_away:
        while_redis_is_away.setattr(world.outbox, "delivered", lost)
        with pytest.raises(StoreUnavailable):
            await world.turn()
        with pytest.raises(StoreUnavailable):
            await world.turn()
        assert world.posts == []
    world.start()
    assert await world.turn() == [(0, 0), (1, 0)]
    assert await world.turn() == []


async def test_what_others_control_is_not_ours_to_send(world):
    await world.outbox.announce("fares", Occurrences(), [Notice.of("fares", examples()["winner"], AT)])
    assert await world.turn() == []


async def test_what_waits_of_an_experiment_that_ended_is_still_sent_and_then_told_of_no_more(world, capsys):
    world.answers[URLS[0]] = [REFUSED]
    await world.announce(1)
    assert await world.turn() == [(0, 0), (1, 0)]
    world.held, world.left = set(), {"flights"}
    assert [await world.turn() for _ in range(3)] == [[], [], [(0, 0)]]
    assert world.told()["waiting{}"] == 1
    assert await world.turn() == []
    assert await world.outbox.waiting(["flights"]) == []
    assert world.told() == {}
    said = "experiment ended, its notice is still sent while this daemon runs"
    assert capsys.readouterr().out.count(said) == 1
