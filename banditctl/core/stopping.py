"""When it is time to stop: a winner that is proved, or too little left to be gained. Two things, never one."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, Literal

from annotated_types import Gt, Lt

from banditctl.core.belief import Belief
from banditctl.core.certainty import Comparison
from banditctl.core.units import Duration, Share

Conclusion = Literal["winner", "low value remaining"]

# Neither impossible nor certain.
Part = Annotated[Share, Gt(0), Lt(1)]


@dataclass(frozen=True)
class Stop:
    """When an experiment has said what it can."""

    value_remaining: Share = 0.01
    """Low value remaining: no other variant is better by more than this part of the leader's mean reward."""
    confidence: Part = 0.95
    """How probable that must be; also of the intervals shown for each variant."""
    after: Duration = timedelta(days=2)
    """How long the experiment must have run before that is said."""
    alpha: Part = 0.05
    """Winner: the probability that equal variants are ever told apart, however often one looks."""
    lift: Part = 0.1
    """The least effect worth finding, as a part of the mean reward; larger ones are found sooner."""
    then: Literal["recommend"] = "recommend"
    """What follows: it is said with each decision; traffic goes on moving by the policy."""

    def conclusion(
        self, belief: Belief, rivals: Mapping[str, Comparison], value_remaining: float | None, age: timedelta
    ) -> Conclusion | None:
        """What an experiment of this age comes to; None if nothing yet.

        The leader is the winner if it beats each rival: whichever was best by itself would have to be told apart from
        it by mistake, for which alpha / (K - 1) is allowed.
        """
        others = len(belief.variants) - 1
        beaten = [one.e_value >= others / self.alpha and belief.direction * one.effect > 0 for one in rivals.values()]
        if len(beaten) == others and all(beaten):
            return "winner"
        little = value_remaining is not None and 1 - value_remaining >= self.confidence
        return "low value remaining" if little and age >= self.after else None
