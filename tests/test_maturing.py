"""Rewards that came in time but wait to be learned are not taken for rewards that never came."""

import pytest
from core.builders import HOUR, MINUTE, NOON, experiment, exposure, live, reward

from banditctl.api.answers import Waiting
from banditctl.api.views import experiment_view
from banditctl.controller import learn, steer
from banditctl.core.decision import decide
from banditctl.core.experiment import Schedule
from banditctl.core.rewards.bernoulli import Bernoulli

PACE = Schedule(every=5 * MINUTE, at_least=MINUTE, burn_in=0)
FARES = experiment(reward=Bernoulli(window=HOUR, default=0.0), schedule=PACE, mode="observe")
FIRST, SECOND = NOON + MINUTE, NOON + HOUR + 45 * MINUTE
CAME, LATER = NOON + 2 * HOUR + 30 * MINUTE, NOON + 4 * HOUR


class Still:
    """A target whose shares stay as they are."""

    async def read(self):
        return live(A=0.5, B=0.5)


@pytest.fixture
async def behind(store):
    """Exposures of two hours, all learned; the rewards of the second came in time, and wait."""
    await steer(FARES, store, Still(), NOON)
    await store.append("fares", exposures("first", FIRST) + rewards("first", FIRST), FIRST, FARES.memory)
    await learn(FARES, store, FIRST)
    await steer(FARES, store, Still(), NOON + HOUR)
    await store.append("fares", exposures("second", SECOND), SECOND, FARES.memory)
    await learn(FARES, store, SECOND)
    await steer(FARES, store, Still(), NOON + 2 * HOUR)
    await store.append("fares", rewards("second", CAME), CAME, FARES.memory)
    return store


def exposures(hour, at):
    return [exposure(f"{hour} {variant}{number}", variant, at) for variant in "AB" for number in range(50)]


def rewards(hour, at):
    """Every second request of A is worth something, and every request of B."""
    return [
        reward(f"{hour} {variant}{number}", float(variant == "B" or number % 2), at, f"{hour} {variant}{number}")
        for variant in "AB"
        for number in range(50)
    ]


def trials(belief):
    return {name: believed.trials for name, believed in belief.items()}


async def test_nothing_matures_beyond_the_oldest_event_that_waits_and_all_does_once_it_is_learned(behind):
    decision = await steer(FARES, behind, Still(), LATER)
    assert decision.seen.heard == CAME
    assert trials(decision.belief) == {"A": 50, "B": 50}
    assert decision.belief["B"].mean > 0.9

    await learn(FARES, behind, LATER)
    decision = await steer(FARES, behind, Still(), LATER + 5 * MINUTE)
    assert decision.seen.heard is None
    assert trials(decision.belief) == {"A": 100, "B": 100}
    assert decision.belief["B"].mean > 0.9


async def test_a_decision_made_while_events_waited_can_be_made_again_bit_for_bit(behind):
    made = await steer(FARES, behind, Still(), LATER)
    await learn(FARES, behind, LATER)
    (recorded,) = await behind.decisions("fares", 1)
    assert recorded == made
    assert decide(FARES, recorded.seen) == recorded


async def test_no_turn_comes_sooner_for_trials_that_have_not_matured(behind):
    due_by_growth_alone = LATER - PACE.every + 2 * PACE.at_least
    assert await steer(FARES, behind, Still(), due_by_growth_alone)
    assert await steer(FARES, behind, Still(), due_by_growth_alone + 2 * PACE.at_least) is None


async def test_what_is_shown_matures_no_sooner_either(behind):
    async def shown():
        ledger, received = await behind.ledger("fares"), await behind.received("fares")
        return experiment_view(FARES, ledger, received, None, LATER)

    view = await shown()
    assert trials(view.belief) == {"A": 50, "B": 50}
    assert view.pending == {"A": 50, "B": 50}
    assert view.waiting == Waiting(100, (LATER - CAME).total_seconds())

    await learn(FARES, behind, LATER)
    assert trials((await shown()).belief) == {"A": 100, "B": 100}
