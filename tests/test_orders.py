"""Orders on an emulated endpoint: the real store, the real wire, turn by turn."""

import pytest
from support.emulated import UPDATING
from support.turns import LOOK, MINUTE, TURN, fares

from banditctl.core.decision import decide
from banditctl.core.limits import Limits
from banditctl.core.standing import Order
from banditctl.errors import TargetUnavailable

NARROW = {"limits": Limits(floor=0.05, cap=0.9, step=0.1, deadband=0.1)}


@pytest.fixture
def give(books, clock):
    async def send(verb, **details):
        return await books.give("fares", Order(f"{verb} at {clock()}", verb, "anna", "I say so", clock(), **details))

    return send


@pytest.fixture
def in_force(clock, counted):
    """The shares in force once the endpoint has settled."""

    async def after():
        clock.move(UPDATING)
        return (await counted.read()).allocation.shares

    return after


async def held(books):
    return [one.verb for one in (await books.ledger("fares")).standing.orders]


async def test_a_rollback_is_made_at_the_next_look_past_every_limit_and_stays(look, give, in_force, books):
    await look(fares(**NARROW))
    await in_force()
    assert await look(fares(**NARROW)) is None
    await give("rollback")
    decision = await look(fares(**NARROW))
    assert decision.reason.startswith("Move A from 65.0% to 100.0%: rolled back to A by anna: I say so; ")
    assert await in_force() == {"A": 1.0, "B": 0.0}
    stays = await look(fares(**NARROW), after=TURN)
    assert stays.reason.startswith("Hold: rolled back to A by anna: I say so; ")
    await give("resume")
    assert (await look(fares(**NARROW))).reason.startswith("Move B from 0.0% to 10.0%; resumed by anna: I say so; ")


async def test_two_orders_in_a_row_are_taken_in_order(look, give, books, in_force):
    await give("promote", variant="B")
    await give("pause")
    promoted, paused, nothing = [await look(after=LOOK) for _ in range(3)]
    assert promoted.reason.startswith("Move B from 25.0% to 45.0%; B is promoted by anna: I say so; ")
    assert paused.reason.startswith("Hold: the endpoint is Updating, it is changing; paused by anna: I say so; ")
    assert nothing is None
    assert await held(books) == ["pause"]
    assert [one.order.verb for one in await books.decisions("fares", 9)] == ["pause", "promote"]
    assert await in_force() == {"A": 0.55, "B": 0.45}
    assert (await look(after=TURN)).reason.startswith("Hold: paused by anna")


async def test_an_order_is_taken_once(look, give, books):
    given = await give("pause")
    await look()
    assert given.taken((await books.ledger("fares")).ordered)
    await give("pause")
    assert await look(after=LOOK) is None


async def test_ordered_while_the_endpoint_is_busy_it_is_carried_out_as_soon_as_it_is_ready(
    look, give, in_force, counted
):
    await look()
    await give("pin", shares={"A": 0.123, "B": 0.877})
    waiting = await look(after=LOOK)
    assert (waiting.verdict, waiting.order.verb) == ("hold", "pin")
    assert await look(after=LOOK) is None
    assert await in_force() == {"A": 0.55, "B": 0.45}
    made = await look()
    assert (made.verdict, made.order) == ("move", None)
    assert await in_force() == {"A": 0.123, "B": 0.877}


async def test_a_rollback_whose_push_fails_is_made_at_the_next_look(look, give, counted, in_force, books):
    await look()
    await in_force()
    await give("rollback")

    def failing():
        raise TargetUnavailable("AWS said no")

    counted.before = failing
    with pytest.raises(TargetUnavailable):
        await look()
    assert (await books.ledger("fares")).last.failure == "AWS said no"
    assert (await look(after=LOOK)).verdict == "move"
    assert (await books.ledger("fares")).last.answered
    assert (await books.ledger("fares")).last.failure == ""
    assert await in_force() == {"A": 1.0, "B": 0.0}


async def test_what_is_paused_keeps_learning_and_what_it_would_cost_is_known(look, give, report_all, books):
    await look()
    await give("pause")
    await look(after=UPDATING)
    await report_all("r", A=30, B=90)
    paused = await look(after=TURN)
    assert paused.reason == "Hold: paused by anna: I say so; B is best with probability 100.0% after 600 trials."
    assert paused.proposal["B"] > 0.99


async def test_somebody_else_who_changes_what_is_pinned_finds_it_put_back(look, give, foreign, in_force):
    await give("pin", shares={"A": 0.5, "B": 0.5})
    await look()
    await in_force()
    await look()
    foreign(9, 1)
    await in_force()
    await look()
    decision = await look(after=TURN)
    assert decision.reason.startswith(
        "Move B from 10.0% to 50.0%: pinned by anna: I say so; somebody else moved A from"
    )
    assert await in_force() == {"A": 0.5, "B": 0.5}


async def test_orders_are_recorded_where_nothing_is_pushed(look, give, counted, books):
    watching = fares(mode="observe")
    await give("rollback")
    decision = await look(watching)
    assert decision.reason.startswith("Observe only: would move A from 75.0% to 100.0%: rolled back to A by anna")
    assert counted.pushes == 0
    assert await held(books) == ["rollback"]


async def test_every_decision_on_orders_can_be_made_again_bit_for_bit(look, give, books, report_all, in_force):
    await look()
    for verb, details in (
        ("pause", {}),
        ("pin", {"shares": {"A": 0.4, "B": 0.6}}),
        ("rollback", {}),
        ("promote", {"variant": "B"}),
        ("unpin", {}),
        ("resume", {}),
    ):
        await report_all(verb, A=30, B=60)
        await give(verb, **details)
        await in_force()
        await look()
    decisions = await books.decisions("fares", 9)
    assert [one.order and one.order.verb for one in decisions] == [
        "resume",
        "unpin",
        "promote",
        "rollback",
        "pin",
        "pause",
        None,
    ]
    assert [one.refusal is None for one in decisions] == [True, True, False, True, True, True, True]
    assert [decide(fares(), one.seen) for one in decisions] == decisions
    assert not await held(books)


async def test_requests_that_still_come_for_a_variant_without_a_share_are_no_mismatch(look, give, report_all, in_force):
    await look()
    await give("rollback")
    await in_force()
    await look()
    await in_force()
    await look()
    await report_all("a", A=90)
    await report_all("b", B=1)
    for _ in range(3):
        await look(after=20 * TURN)
    decision = await look(after=TURN + MINUTE)
    assert decision.reason.startswith("Hold: rolled back to A by anna")
