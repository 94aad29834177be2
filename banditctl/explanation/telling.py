"""The sentences: what it did and why, how sure it is, what held it back, what is odd, what would change its mind."""

from collections.abc import Iterator

from banditctl.core.decision import Decision
from banditctl.core.experiment import Experiment
from banditctl.core.judgement import unsteerable
from banditctl.core.turn import Turn
from banditctl.core.wording import begun
from banditctl.explanation.awaited import Awaited
from banditctl.explanation.course import Course, Restraint
from banditctl.explanation.outlook import due, outlook
from banditctl.explanation.remarks import remarks
from banditctl.explanation.wording import between, counted, listed, moves, number, part

# What a colleague says in one breath; whatever else there is stands in the numbers.
_MOST = 8

# Less than this part of the mean reward is not worth a number.
_TRIFLE = 1e-3


def tell(
    experiment: Experiment, decision: Decision, course: Course | None, waiting: Awaited | None, after: Turn | None
) -> list[str]:
    """At most eight sentences, none of them empty; of a former policy file only what the decision itself says."""
    if decision.digest != experiment.digest:
        changed = "The policy file has changed since, so what held it back and what was due then is not told here."
        story = [_done(decision, _because(decision), after), _belief(decision, experiment), changed]
        return [*story, *remarks(decision, experiment, None)][:_MOST]
    problem = unsteerable(experiment, decision.seen.live)
    done = _done(decision, f"the endpoint {problem}" if problem else _because(decision), after)
    young = decision.trials < experiment.burn_in
    belief = _burn_in(decision, experiment) if young else _belief(decision, experiment)
    first = [done, *_orders(decision, experiment), belief, *_restraints(course, decision)]
    last = [one for one in (outlook(experiment, decision, course), due(decision, experiment)) if one]
    odd = list(remarks(decision, experiment, waiting))
    return [*first, *odd[: _MOST - len(first) - len(last)], *last]


def _done(decision: Decision, obstacle: str, after: Turn | None) -> str:
    """What it did, or why not; what was pushed is done once the endpoint took it."""
    live, allocation = decision.seen.live.allocation, decision.allocation
    before, wanted = live.shares if live else {}, allocation.shares if allocation else {}
    changes = [(name, share, wanted[name]) for name, share in before.items() if wanted.get(name, share) != share]
    if not changes:
        return f"Nothing was moved: {obstacle}."
    if decision.verdict == "hold":
        return f"It only observes: otherwise it would have moved {moves(changes)}."
    if after and after.unfinished:
        why = after.failure or "nobody knows of an answer"
        return f"It was to move {moves(changes)}, and that is not known to have arrived: {why.rstrip('.')}."
    return f"It moved {moves(changes)}."


def _orders(decision: Decision, experiment: Experiment) -> Iterator[str]:
    """Who has ordered what, in whole: a reason may have any words."""
    taken, heeded = decision.order, decision.standing.heeded
    if taken and decision.refusal:
        yield f"The order of {taken.who} to {taken.verb} was refused: {decision.refusal}."
    elif taken and taken != heeded:
        yield f"It was {taken.said(experiment.control)}."
    if heeded:
        done = heeded.done(experiment.control)
        when = f"{heeded.at:%Y-%m-%d %H:%M} UTC"
        yield f"{begun(done)} by {heeded.who} at {when}: {heeded.because}."


def _because(decision: Decision) -> str:
    """The first clause of the reason, without its verdict."""
    if (heeded := decision.standing.heeded) and decision.standing.fixed and decision.seen.live.state == "ready":
        return f"an order to {heeded.verb} holds"
    clause = decision.reason.partition(";")[0].rstrip(".")
    return clause.removeprefix("Hold: ")


def _burn_in(decision: Decision, experiment: Experiment) -> str:
    told = f"{decision.trials:,.0f} of the {experiment.burn_in:,} trials of burn-in are in"
    split = "" if decision.standing.heeded else ", and until then the split is equal"
    return f"It is too early to tell who is best: {told}{split}."


def _belief(decision: Decision, experiment: Experiment) -> str:
    """What is believed, and on how much."""
    name = max(decision.belief, key=lambda variant: decision.belief[variant].best)
    one, least = decision.belief[name], experiment.reward.goal == "minimize"
    told = f"{name} {'is lowest' if least else 'earns the most'} with a probability of {part(one.best)}"
    mean = f"{number(one.mean)} a request ({between(one.interval)})"
    trifle = one.expected_loss <= _TRIFLE * abs(one.mean)
    lost = "next to nothing" if trifle else f"{number(one.expected_loss)} a request on average"
    return f"{told} after {counted(decision.trials, 'trial')}, {mean}; to stay with it for good would cost {lost}."


def _restraints(course: Course | None, decision: Decision) -> Iterator[str]:
    """What kept shares from being what the policy asks for: on the way the step, at its end floor and cap."""
    found = {one.limit: one for one in (course.restraints(decision) if course else [])}
    if step := found.get("step"):
        yield f"No share changes by more than {part(step.bound)} a turn."
    elif told := [_bound(found[limit]) for limit in ("floor", "cap") if limit in found]:
        yield f"The {' and the '.join(told)}."


def _bound(one: Restraint) -> str:
    return f"{one.limit} keeps {listed(one.variants)} at {part(one.bound)}"
