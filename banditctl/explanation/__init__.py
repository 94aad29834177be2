"""Why: from a recorded decision to what a colleague would say of it at the desk, and the numbers behind."""

from datetime import datetime

from msgspec import Struct

from banditctl.core.certainty import Comparison
from banditctl.core.change import Change
from banditctl.core.decision import Decision
from banditctl.core.experiment import Experiment
from banditctl.core.gain import Gain
from banditctl.core.judgement import Verdict
from banditctl.core.mismatch import Mismatch
from banditctl.core.revision import FileChange
from banditctl.core.stopping import Conclusion
from banditctl.core.turn import Departure, Turn
from banditctl.explanation.awaited import Awaited, awaited
from banditctl.explanation.course import Course, Restraint
from banditctl.explanation.outlook import Due
from banditctl.explanation.telling import tell


class BurnIn(Struct, frozen=True):
    """How many trials there are, and from how many on the policy is asked."""

    trials: float
    needed: int


class Figures(Struct, frozen=True):
    """One variant in numbers: those of the belief, and its share live, as the policy asked, and as it was decided.

    `pending` are exposures that are no trials yet. `allocated` is None where its share stays as it is.
    """

    trials: float
    pending: float
    mean: float
    interval: tuple[float, float]
    best: float
    expected_loss: float
    live: float | None
    proposed: float
    allocated: float | None


class Explanation(Struct, frozen=True):
    """One decision, told: `sentences` to read, all else to look up.

    `current` is False where the policy file has changed since: then what follows from the file of now is left out,
    and `burn_in`, `restraints`, `awaited` and `due` are None.
    """

    experiment: str
    at: datetime
    verdict: Verdict
    reason: str
    sentences: list[str]
    variants: dict[str, Figures]
    value_remaining: float | None
    stop: Conclusion | None
    leader: str | None
    rivals: dict[str, Comparison]
    mismatch: Mismatch | None
    change: Change | None
    gain: Gain | None
    departure: Departure | None
    digest: str
    file_change: FileChange | None
    current: bool
    burn_in: BurnIn | None = None
    restraints: list[Restraint] | None = None
    awaited: Awaited | None = None
    due: Due | None = None


def explain(experiment: Experiment, decision: Decision, after: Turn | None = None) -> Explanation:
    """What `decision` did and why, how sure it was, what held it back and what would change its mind.

    `after` is what was known of its turn later; left out, its push is taken to have arrived.
    """
    current, found = decision.digest == experiment.digest, decision.findings
    course = Course.of(experiment, decision) if current else None
    waiting = awaited(experiment, decision) if current else None
    return Explanation(
        experiment=decision.experiment,
        at=decision.seen.at,
        verdict=decision.verdict,
        reason=decision.reason,
        sentences=tell(experiment, decision, course, waiting, after),
        variants=_figures(decision),
        value_remaining=decision.value_remaining,
        stop=decision.stop,
        leader=found.leader,
        rivals=found.rivals,
        mismatch=found.mismatch,
        change=found.change,
        gain=found.gain,
        departure=decision.departure,
        digest=decision.digest,
        file_change=decision.seen.change,
        current=current,
        burn_in=BurnIn(decision.trials, experiment.burn_in) if current else None,
        restraints=(course.restraints(decision) if course else []) if current else None,
        awaited=waiting,
        due=Due.after(experiment, decision) if current else None,
    )


def _figures(decision: Decision) -> dict[str, Figures]:
    live, allocation = decision.seen.live.allocation, decision.allocation
    served = decision.seen.evidence.served
    return {
        name: Figures(
            trials=one.trials,
            pending=max(served(name) - one.trials, 0.0),
            mean=one.mean,
            interval=one.interval,
            best=one.best,
            expected_loss=one.expected_loss,
            live=live.shares.get(name) if live else None,
            proposed=decision.proposal[name],
            allocated=allocation[name] if allocation else None,
        )
        for name, one in decision.belief.items()
    }
