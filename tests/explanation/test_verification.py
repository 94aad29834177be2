"""A recorded decision is made again, and what is different is told, to the last bit."""

from core.builders import HOUR, NOON, counted, experiment, live
from msgspec import structs

from banditctl.core.allocation import Allocation
from banditctl.core.decision import decide
from banditctl.core.snapshot import Snapshot
from banditctl.explanation.verification import verify
from banditctl.provenance import here

FARES = experiment()
DECISION = decide(FARES, Snapshot(NOON + HOUR, counted(A=(1000, 50), B=(1000, 100)), live(A=0.5, B=0.5)))


def test_a_decision_comes_out_again():
    found = verify(FARES, DECISION, here(), here())
    assert (found.same, found.differences, found.elsewhere) == (True, [], [])


def test_the_last_bit_of_a_number_is_a_difference_and_is_shown():
    believed = DECISION.belief["B"]
    off = structs.replace(believed, mean=believed.mean + 2**-56)
    found = verify(FARES, structs.replace(DECISION, belief={**DECISION.belief, "B": off}), here(), here())
    assert not found.same
    (one,) = found.differences
    assert (one.pointer, one.recorded, one.computed) == ("/belief/B/mean", repr(off.mean), repr(believed.mean))


def test_everything_that_differs_is_told_with_its_place():
    forged = structs.replace(DECISION, reason="Because.", verdict="hold", allocation=Allocation({"A": 0.5, "B": 0.5}))
    found = {one.pointer: one.recorded for one in verify(FARES, forged, here(), here()).differences}
    assert found == {
        "/verdict": '"hold"',
        "/allocation/shares/A": "0.5",
        "/allocation/shares/B": "0.5",
        "/reason": '"Because."',
    }


def test_what_is_there_in_one_only_is_told():
    (one,) = verify(FARES, structs.replace(DECISION, allocation=None), here(), here()).differences
    assert (one.pointer, one.recorded) == ("/allocation", "null")
    fewer = structs.replace(DECISION, belief={"B": DECISION.belief["B"]})
    (one,) = verify(FARES, fewer, here(), here()).differences
    assert (one.pointer, one.recorded) == ("/belief/A", None)


def test_under_another_policy_file_nothing_is_computed():
    found = verify(experiment(digest="1" * 16), DECISION, here(), here())
    assert (found.same, found.current, found.differences) == (False, False, [])


def test_other_versions_are_told_though_the_decision_comes_out_again():
    then = structs.replace(here(), numpy="2.0.0", platform="Darwin arm64")
    found = verify(FARES, DECISION, then, here())
    assert found.same
    assert found.elsewhere == [
        f"numpy was 2.0.0, is {here().numpy}",
        f"platform was Darwin arm64, is {here().platform}",
    ]
    assert verify(FARES, DECISION, None, here()).elsewhere == ["what it was computed with was not kept"]
