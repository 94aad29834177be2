"""A decision in a small world, explained."""

from core.builders import HOUR, NOON, counted, experiment, live

from banditctl.core.decision import decide
from banditctl.core.snapshot import Snapshot
from banditctl.explanation import Explanation, explain

B_BETTER = counted(A=(1000, 50), B=(1000, 100))
EVEN = live(A=0.5, B=0.5)


def explained(counts=B_BETTER, seen=EVEN, last=None, at=NOON + HOUR, **options) -> Explanation:
    of = experiment(**options)
    return explain(of, decide(of, Snapshot(at, counts, seen, last=last)))
