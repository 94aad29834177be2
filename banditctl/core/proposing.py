"""What a policy asks for, and what is asked for in its place while it has too little to judge by."""

from collections.abc import Collection

from banditctl.core.allocation import Allocation
from banditctl.core.belief import Belief
from banditctl.core.evidence import Evidence
from banditctl.core.experiment import Experiment
from banditctl.core.policies import Record
from banditctl.core.trials import Trials

# Trials that a variant which joins later has before the policy judges it.
_OWN_BURN_IN = 100


def newcomers(experiment: Experiment, evidence: Evidence, trials: Trials) -> frozenset[str]:
    """The variants or models that were not there from the first stratum on, and have too few trials to be judged by."""
    enough = min(_OWN_BURN_IN, experiment.burn_in / len(experiment.variants))
    columns = zip(experiment.variants, trials.shares[:1].T, trials.count.sum(axis=0), strict=True)
    late = ((name, count) for name, first, count in columns if evidence.before(name) or not first.any())
    return frozenset(name for name, count in late if count < enough)


def propose(
    experiment: Experiment, trials: Trials, belief: Belief, new: Collection[str], *, before: float
) -> Allocation:
    """What the policy asks for; an equal split during burn-in, and an equal share for a newcomer during its own.

    `new` are the newcomers, `before` is how many trials the last turn had.
    """
    equal = Allocation.equal(experiment.variants)
    if trials.count.sum() < experiment.burn_in:
        return equal
    asked = experiment.policy.propose(belief, Record.of(trials, experiment.evidence.discount, before))
    if not new:
        return asked
    judged = {name: share for name, share in asked.shares.items() if name not in new}
    whole, left = sum(judged.values()), len(judged) / len(equal.shares)
    if not whole:
        return equal
    return Allocation({name: judged[name] / whole * left if name in judged else equal[name] for name in asked.shares})
