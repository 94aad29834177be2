"""A look comes to an end, whatever it looks at."""

import asyncio
from datetime import timedelta

import pytest

from banditctl.diagnosis import clock, ok
from banditctl.doctor.looking import Look, looked
from banditctl.errors import TargetUnavailable


async def look(ending):
    yield ok("first", "seen")
    await ending()
    yield ok("second", "seen")


async def broken(error):
    async def ending():
        raise error

    return await looked(Look("it", look(ending)))


async def test_every_line_says_what_it_is_about():
    found = await looked(Look("it", look(lambda: asyncio.sleep(0))))
    assert [(one.about, one.check) for one in found] == [("it", "first"), ("it", "second")]


async def test_a_look_that_breaks_keeps_what_it_has_seen():
    first, last = await broken(TargetUnavailable("it is gone"))
    assert (first.outcome, last.outcome, last.detail) == ("ok", "failed", "it is gone")
    _, last = await broken(KeyError("x"))
    assert (last.outcome, last.detail) == ("failed", "broke off: KeyError: 'x'")


async def test_a_look_that_hangs_is_left_in_order_and_in_time():
    left = []

    async def hangs():
        try:
            yield ok("first", "seen")
            await asyncio.Event().wait()
        finally:
            left.append(True)

    first, last = await looked(Look("it", hangs()), patience=0.05)
    assert (first.check, last.outcome) == ("first", "failed")
    assert last.detail.startswith("no end after")
    assert left


@pytest.mark.parametrize(
    ("seconds", "outcome", "said"),
    [
        (0.4, "ok", "0.4 s ahead of"),
        (-9, "ok", "9.0 s behind"),
        (-60, "warning", "60.0 s behind"),
        (300, "failed", "300.0 s ahead of this machine's; and so"),
    ],
)
def test_clocks_are_judged_by_what_comes_of_their_difference(seconds, outcome, said):
    found = clock("clock", timedelta(seconds=seconds), "and so")
    assert found.outcome == outcome
    assert said in found.detail
