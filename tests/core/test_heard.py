"""A decision counts nothing as matured that an event which still waits to be learned may change."""

import pytest
from core.builders import HOUR, MINUTE, NOON, experiment, live, stratum

from banditctl.core.decision import decide
from banditctl.core.evidence import Evidence
from banditctl.core.rewards.bernoulli import Bernoulli
from banditctl.core.snapshot import Snapshot

FARES = experiment(reward=Bernoulli(window=HOUR, default=0.0))
TWO_HOURS = Evidence(
    (
        stratum(NOON, NOON + HOUR, A=(600, 60, 6), B=(600, 60, 6)),
        stratum(NOON + HOUR, NOON + 2 * HOUR, A=(900, 90, 9), B=(900, 90, 9)),
        stratum(NOON + 2 * HOUR),
    )
)
LATER = NOON + 5 * HOUR


def decided(heard, at=LATER):
    return decide(FARES, Snapshot(at, TWO_HOURS, live(A=0.5, B=0.5), heard))


@pytest.mark.parametrize(
    ("heard", "trials"),
    [
        (NOON + 2 * HOUR - MINUTE, 0),
        (NOON + 2 * HOUR, 1200),
        (NOON + 3 * HOUR - MINUTE, 1200),
        (NOON + 3 * HOUR, 3000),
        (None, 3000),
    ],
)
def test_nothing_matures_beyond_the_oldest_event_that_waits(heard, trials):
    assert decided(heard).trials == trials


def test_what_is_believed_is_what_was_believed_when_the_oldest_waiting_event_came():
    then = NOON + 2 * HOUR + MINUTE
    assert decided(then).belief == decided(None, at=then).belief
    assert decided(then).belief != decided(None).belief


def test_an_intake_whose_clock_is_ahead_lets_nothing_mature_sooner():
    then = NOON + 2 * HOUR + MINUTE
    assert decided(LATER, at=then).belief == decided(None, at=then).belief
