"""Turns on an endpoint that others change too, and whose answers get lost: the real store, the real wire."""

import asyncio
from datetime import timedelta

import pytest
from msgspec.structs import replace
from support.emulated import UPDATING
from support.turns import LOOK, MINUTE, TURN, fares

from banditctl.controller import steer
from banditctl.core.decision import decide
from banditctl.core.limits import Limits
from banditctl.errors import StoreUnavailable, TargetUnavailable


async def last(books):
    return (await books.ledger("fares")).last


async def test_what_is_to_be_pushed_is_kept_before_the_push(look, books, counted):
    def seen():
        raise TargetUnavailable("the daemon was killed here")

    counted.before = seen
    with pytest.raises(TargetUnavailable):
        await look()
    kept = await last(books)
    assert kept.unfinished
    assert (kept.claim.allocation.shares, kept.claim.before.shares) == ({"A": 0.55, "B": 0.45}, {"A": 0.75, "B": 0.25})
    assert await look(after=LOOK) is None
    lost = await look(after=MINUTE)
    assert lost.departure.kind == "lost"
    assert lost.reason.startswith("Move B from 25.0% to 45.0%; the last push did not arrive; ")


@pytest.mark.parametrize("looks_meanwhile", [True, False])
async def test_a_push_whose_answer_was_lost_is_not_made_again(look, books, counted, looks_meanwhile):
    counted.after = TargetUnavailable("no answer in time")
    with pytest.raises(TargetUnavailable):
        await look()
    if looks_meanwhile:
        assert await look(after=LOOK) is None
        assert not (await last(books)).unfinished
    assert await look(after=UPDATING) is None
    assert not (await last(books)).unfinished
    strata = (await books.ledger("fares")).evidence.strata
    assert [(one.settled, one.shares["A"]) for one in strata] == [(False, 0.55), (True, 0.55)]
    following = await look(after=TURN)
    assert (following.departure, counted.pushes) == (None, 2)


@pytest.mark.parametrize("applied", [True, False])
async def test_no_request_is_held_to_shares_of_which_nobody_knew_whether_they_were_in_force(
    look, report_all, books, counted, clock, applied
):
    def killed():
        raise TargetUnavailable("the daemon was killed here")

    await look()
    await look(after=UPDATING)
    if applied:
        counted.after = TargetUnavailable("no answer in time")
    else:
        counted.before = killed
    with pytest.raises(TargetUnavailable):
        await look(after=TURN)
    clock.move(2 * LOOK)
    await report_all("meanwhile", A=100, B=100)
    clock.move(UPDATING)
    await look()
    settled = [one for one in (await books.ledger("fares")).evidence.strata if one.settled]
    assert sum(one[name].exposed for one in settled for name in "AB") == 0


async def test_who_was_first_makes_a_push_wait_and_it_is_decided_afresh_from_theirs(look, counted, foreign, books):
    counted.before = lambda: foreign(8, 2)
    refused = await look()
    assert (refused.verdict, (await last(books)).busy) == ("move", True)
    assert await look(after=LOOK) is None
    again = await look(after=UPDATING)
    assert again.reason.startswith("Hold: looking again, for one answer may be out of date; somebody else moved A from")
    afresh = await look(after=LOOK)
    # From the 75% that were in force, not from the 80% of somebody else.
    assert afresh.reason.startswith("Move B from 20.0% to 45.0%; somebody else moved A from 75.0% to 80.0%; warming up")
    assert counted.pushes == 2


async def test_our_own_push_that_was_refused_because_an_earlier_attempt_came_through_was_made(look, counted, books):
    await look()
    made = await books.ledger("fares")
    refused = replace(made.last, busy=True, unfinished=True)
    await books.save("fares", made, replace(made, last=refused))
    assert await look(after=LOOK) is None
    assert (await last(books)) == made.last
    assert await look(after=UPDATING) is None
    assert counted.pushes == 1


@pytest.mark.parametrize(
    ("on_drift", "live", "said"),
    [
        ("reassert", 0.5, "Move A from 10.0% to 50.0%; somebody else moved B from 45.0% to 90.0%"),
        ("adopt", 0.7, "Move A from 10.0% to 30.0%; somebody else moved B from 45.0% to 90.0%"),
        ("pause", 0.9, "Hold: paused until somebody acts; somebody else moved B from 45.0% to 90.0%"),
    ],
)
async def test_somebody_elses_weights_are_put_back_adopted_or_waited_with(
    look, counted, foreign, clock, books, on_drift, live, said
):
    experiment = fares(on_drift=on_drift)
    first = await look(experiment)
    assert first.allocation.shares == {"A": 0.55, "B": 0.45}
    clock.move(UPDATING)
    await look(experiment)
    foreign(1, 9)
    await look(experiment, after=LOOK)
    clock.move(UPDATING)
    await look(experiment)
    decision = await look(experiment, after=TURN)
    assert decision.reason.startswith(said)
    await look(experiment, after=UPDATING)
    assert (await counted.read()).allocation["B"] == live
    assert [decide(experiment, one.seen) == one for one in await books.decisions("fares", 9)] == [True] * 2


async def test_a_push_that_was_undone_is_noticed_and_made_again(look, counted, foreign, clock):
    await look()
    await look(after=UPDATING)
    foreign(75, 25)
    await look(after=UPDATING + LOOK)
    decision = await look(after=TURN)
    assert decision.departure.kind == "undone"
    assert decision.reason.startswith("Move B from 25.0% to 45.0%; the last push was undone; ")


async def test_a_foreign_change_dates_from_when_it_was_made(look, foreign, clock, books):
    await look()
    await look(after=UPDATING)
    clock.move(timedelta(seconds=3))
    changed = clock()
    foreign(1, 9)
    await look(after=LOOK)
    assert (await books.ledger("fares")).evidence.strata[-1].since == changed


async def test_what_changes_nothing_on_the_grid_is_not_pushed(look, counted, foreign, clock):
    exact = fares(limits=Limits(floor=0.05, step=1, deadband=0))
    foreign(4999.9, 5000.1)
    clock.move(UPDATING)
    decision = await look(exact)
    assert decision.reason.startswith("Hold: the next step is within the dead-band")
    assert counted.pushes == 0


async def test_what_could_not_be_told_is_found_again(look, counted, foreign, clock, books):
    async def untold(_):
        raise StoreUnavailable("no answer")

    await look()
    clock.move(UPDATING)
    await look()
    foreign(1, 9)
    clock.move(UPDATING + TURN)
    told = []
    with pytest.raises(StoreUnavailable):
        await steer(fares(), books, counted, clock(), untold)
    clock.move(LOOK)
    await steer(fares(), books, counted, clock(), lambda decision: asyncio.sleep(0, told.append(decision)))
    assert [one.departure.kind for one in told] == ["shares"]
