"""What would change its mind: computed from how far the belief, the trials or the clock are from where it would."""

from datetime import datetime
from math import ceil, floor
from typing import Self

from msgspec import Struct

from banditctl.core.decision import Decision
from banditctl.core.experiment import GROWTH, Experiment
from banditctl.explanation.course import Bar, Course
from banditctl.explanation.wording import clock, counted, moves, part

# An asked share within this of a probability is that probability.
_SAME = 1e-9


class Due(Struct, frozen=True):
    """When the next turn is due: at `at`, or from `early` on with that many `trials`.

    `early` and `trials` are None where no number of trials brings it forward. `soon`: at the first look that finds the
    endpoint ready.
    """

    at: datetime
    early: datetime | None
    trials: int | None
    soon: bool

    @classmethod
    def after(cls, experiment: Experiment, decision: Decision) -> Self:
        """The turn after `decision`."""
        at, schedule, number = decision.seen.at, experiment.schedule, decision.trials
        soon = decision.turn.busy
        if schedule.at_least >= schedule.every:
            return cls(at + schedule.every, None, None, soon)
        grown = floor(GROWTH * number) + 1
        needed = min(grown, experiment.burn_in) if number < experiment.burn_in else grown
        return cls(at + schedule.every, at + schedule.at_least, needed, soon)


def outlook(experiment: Experiment, decision: Decision, course: Course | None) -> str:
    """What would change its mind."""
    if decision.stuck:
        return "Nothing moves until somebody changes the endpoint or the policy file."
    if order := decision.standing.heeded:
        return f"So it stays until {experiment.name} is {'unpinned' if order.verb == 'pin' else 'resumed'}."
    if decision.trials < experiment.burn_in:
        return _burn_in(experiment, decision)
    return _shares(experiment, decision, course) if course else ""


def _shares(experiment: Experiment, decision: Decision, course: Course) -> str:
    """What would move them, or move them back."""
    if experiment.mode == "observe":
        return "Nothing is pushed until the policy file says mode: act."
    if decision.allocation is None and course.moves:
        return f"Were nothing in the way, it would move {moves(course.changes)}."
    if not course.moves:
        return _moved_by(decision, experiment, course.bar())
    if course.turns:
        name = course.foremost
        return f"As things stand, {counted(course.turns, 'more turn')} would bring {name} to {course.goal[name]:.1%}."
    return _turned(decision, experiment, course.back())


def due(decision: Decision, experiment: Experiment) -> str:
    """When it decides again."""
    following = Due.after(experiment, decision)
    soon = "as soon as the endpoint is ready" if decision.seen.live.state == "busy" else "at the next look"
    told = f"The next turn is due {f'{soon}, or ' if following.soon else ''}at {clock(following.at, decision.seen.at)}"
    if following.early and following.trials and _within_reach(experiment, decision, following.trials):
        early = clock(following.early, decision.seen.at)
        return f"{told}, or at {early} with {counted(following.trials, 'trial')} by then."
    return f"{told}."


def _within_reach(experiment: Experiment, decision: Decision, trials: int) -> bool:
    """Whether so many could be there before the turn is due anyway: at twice the pace so far, at most."""
    pace = _pace(decision)
    return not pace or trials - decision.trials <= 2 * pace * experiment.schedule.every.total_seconds()


def _burn_in(experiment: Experiment, decision: Decision) -> str:
    missing = max(1, ceil(experiment.burn_in - decision.trials))
    told = f"The policy is asked after {counted(missing, 'more trial')}"
    pace = _pace(decision)
    return f"{told}, in about {_roughly(missing / pace)} at the pace so far." if pace else f"{told}."


def _pace(decision: Decision) -> float:
    """Trials a second since the experiment began."""
    seconds = decision.seen.age.total_seconds()
    return decision.trials / seconds if seconds > 0 else 0.0


def _roughly(seconds: float) -> str:
    """A span in one unit: nobody plans by more of it."""
    for unit, size in (("days", 86400), ("hours", 3600), ("minutes", 60)):
        if seconds >= 2 * size:
            return f"{seconds / size:,.0f} {unit}"
    return f"{max(seconds, 1):,.0f} seconds"


def _moved_by(decision: Decision, experiment: Experiment, bar: Bar) -> str:
    if not (bounds := _bounds(bar)):
        return f"Shares move again once what the policy asks for is worth a step of {part(experiment.limits.deadband)}."
    return f"Shares move again once {_asked(decision, experiment, bar)} is {bounds}; now it is {part(bar.asked)}."


def _turned(decision: Decision, experiment: Experiment, bar: Bar) -> str:
    if not (bounds := _bounds(bar)):
        return ""
    return f"It would go back if {_asked(decision, experiment, bar)} were {bounds}; now it is {part(bar.asked)}."


def _bounds(bar: Bar) -> str:
    return " or ".join(f"{word} {part(value)}" for word, value in (("below", bar.below), ("above", bar.above)) if value)


def _asked(decision: Decision, experiment: Experiment, bar: Bar) -> str:
    """What a policy's proposal for a variant is called."""
    if experiment.policy.kind == "thompson" and abs(bar.asked - decision.belief[bar.variant].best) < _SAME:
        return f"the probability that {bar.variant} is best"
    return f"the share that {experiment.policy.kind} asks for {bar.variant}"
