"""A policy file that changes between two turns: the real store, the real wire."""

from support.emulated import UPDATING
from support.turns import LOOK, MINUTE, TURN, fares

from banditctl.core.decision import decide
from banditctl.core.limits import Limits
from banditctl.core.revision import FileChange, Revision

WRITTEN = {"limits.step": "0.2", "target.endpoint": '"Fares"'}


def written(digest="a", step=0.2, **options):
    """An experiment by a policy file with this digest, step, and other options."""
    told = WRITTEN | {"limits.step": str(step)} | options
    return fares(digest=digest, limits=Limits(floor=0.05, step=step), options=told)


def test_what_is_other_is_named_by_its_path():
    before = Revision("a", {"limits.step": "0.2", "mode": '"act"', "policy.mix": "0.02"})
    now = Revision("b", {"limits.step": "0.1", "mode": '"act"', "policy.beta": "0.5"})
    assert now.since(before) == FileChange("a", ("limits.step", "policy.beta", "policy.mix"))
    assert now.since(now) is now.since(None) is None


async def test_a_change_is_decided_on_after_at_least_and_told_once(look, books):
    assert "policy file" not in (await look(written())).reason
    assert await look(written("b", step=0.1), after=LOOK) is None
    decision = await look(written("b", step=0.1), after=MINUTE)
    assert decision.seen.change == FileChange("a", ("limits.step",))
    assert "; the policy file has another limits.step; warming up" in decision.reason
    assert decide(written("b", step=0.1), decision.seen) == decision
    assert (await books.decisions("fares", 1))[0] == decision
    assert await look(written("b", step=0.1), after=MINUTE) is None
    assert (await look(written("b", step=0.1), after=TURN)).seen.change is None


async def test_many_options_are_counted_beyond_the_first(look):
    await look(written())
    options = {f"option.{letter}": "1" for letter in "abcdefg"}
    decision = await look(written("b", **options), after=MINUTE)
    assert "has another option.a, option.b, option.c, option.d, option.e and 2 more; " in decision.reason


async def test_what_was_kept_before_revisions_were_is_no_change(look, books):
    await look(written())
    ledger = await books.ledger("fares")
    await books.save("fares", ledger, type(ledger)(evidence=ledger.evidence, last=ledger.last))
    assert (await look(written("b"), after=TURN)).seen.change is None


async def test_another_endpoint_is_not_one_that_somebody_moved(look, foreign, clock):
    assert (await look(written())).verdict == "move"
    await look(written(), after=UPDATING)
    foreign(9, 1)
    there = written("b", **{"target.endpoint": '"Fares-2"'})
    clock.move(UPDATING)
    decision = await look(there)
    assert decision.departure is None
    assert decision.reason.startswith("Move B from 10.0% to 30.0%; the policy file has another target.endpoint; ")
