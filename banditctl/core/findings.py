"""What can be said beside the belief: how sure the leader's lead is, and what looks wrong."""

from bisect import bisect_right
from collections.abc import Callable, Sequence
from datetime import datetime
from itertools import takewhile

import numpy as np
from msgspec import Struct
from msgspec.structs import replace

from banditctl.core import mismatch, sequences
from banditctl.core.belief import Belief
from banditctl.core.certainty import Aim, Comparison, compare
from banditctl.core.change import Change, change
from banditctl.core.event import CLOCK_SKEW
from banditctl.core.evidence import Evidence
from banditctl.core.experiment import Experiment
from banditctl.core.gain import Gain, gain
from banditctl.core.mismatch import Mismatch, judge
from banditctl.core.past import Past
from banditctl.core.trials import Trials


class Findings(Struct, frozen=True):
    """The leader beside each rival that it was compared with, the alarms, and what moving has brought.

    None before there is anything to tell.
    """

    leader: str | None = None
    rivals: dict[str, Comparison] = {}
    mismatch: Mismatch | None = None
    change: Change | None = None
    gain: Gain | None = None


def advance(experiment: Experiment, evidence: Evidence, trials: Trials, at: datetime) -> Past:
    """The past of `evidence` after what has become final by `at`; `trials` are those of its strata, in their order.

    Each stratum is read once, in order, and those in transition are passed over. Rewards are read when the window has
    closed. Exposures need no window: they are reported at once, and are awaited for as long as clocks may differ.
    Those that the target counts have been read minute by minute.
    """
    past, ends = evidence.past, evidence.ends
    ripe = _next(ends, past.through, lambda row: bool(trials.ripe[row]))
    closed = _next(ends, past.counted, lambda row: ends[row] + CLOCK_SKEW <= at)
    if settled := [row for row in ripe if trials.settled[row]]:
        past = sequences.read(past, trials, settled, experiment.stop.lift, binary=experiment.reward.binary)
    # What came before the first stratum began is in it too, and had other shares perhaps.
    settled = [row for row in closed if trials.settled[row] and row > 0]
    if settled and experiment.evidence.trials == "exposures":
        rows = ((trials.exposed[row], trials.shares[row]) for row in settled)
        past = replace(past, routed=mismatch.read(past.routed, trials.variants, rows))
    through, counted = (ends[rows[-1]] if rows else None for rows in (ripe, closed))
    return replace(past, through=through or past.through, counted=counted or past.counted)


def _next(ends: Sequence[datetime], through: datetime | None, final: Callable[[int], bool]) -> list[int]:
    """The rows of the strata that ended after `through`, up to the first that is not final."""
    first = 0 if through is None else bisect_right(ends, through)
    return list(takewhile(final, range(first, len(ends))))


def find(experiment: Experiment, past: Past, trials: Trials, belief: Belief) -> Findings:
    """What `past` and `trials` say of the belief that was drawn from them."""
    stop, reward, leader = experiment.stop, experiment.reward, belief.variants[belief.leader]
    costs = reward.worth(belief.variants, np.zeros(len(belief.variants)))
    return Findings(
        leader=leader,
        rivals=compare(
            past, belief.variants, leader, Aim(stop.lift, stop.alpha, reward.binary), reward.value, costs.tolist()
        ),
        mismatch=judge(past.routed, belief.variants, experiment.mismatch.block),
        change=change(trials, belief.leader, experiment.evidence.discount),
        gain=gain(trials, belief),
    )
