"""The sentence of a decision: what was done, who ordered it, what is new, what it rests on, and what looks wrong."""

from collections.abc import Mapping

from banditctl.core.belief import Belief
from banditctl.core.experiment import Experiment
from banditctl.core.findings import Findings
from banditctl.core.revision import FileChange
from banditctl.core.standing import Order
from banditctl.core.stopping import Conclusion
from banditctl.core.turn import Departure
from banditctl.core.wording import apart, more


def sentence(done: str, ordered: str, news: str, ground: str, remarks: str) -> str:
    """All of it; `ordered`, `news` and `remarks` are empty, or begin as what goes on does."""
    return f"{done}{ordered}{news}; {ground}{remarks}."


def ordered(experiment: Experiment, order: Order | None, refusal: str | None) -> str:
    """What became of an order that is not the one heeded now."""
    if order is None:
        return ""
    if refusal:
        return f"; {order.who} was refused to {order.verb}: {refusal}"
    return f"; {order.said(experiment.control)}" if order.verb in {"resume", "unpin"} else ""


def news(change: FileChange | None, departure: Departure | None, renewed: Mapping[str, str]) -> str:
    """What somebody has done since the last turn, as far as is known; `renewed` are the variants with another model."""
    said = f"; the policy file has another {change.named}" if change else ""
    said += f"; {departure.detail}" if departure else ""
    return said + "".join(f"; {name} runs {model} now and is learned afresh" for name, model in renewed.items())


def ground(experiment: Experiment, belief: Belief, trials: float, *, split: bool) -> str:
    """What it rests on; `split` if burn-in splits traffic equally."""
    if trials < experiment.burn_in:
        equally = " with an equal split" if split else ""
        return f"warming up{equally}, {trials:,.0f} of {experiment.burn_in:,} trials"
    best = f"{belief.variants[belief.leader]} is best with probability {belief.best[belief.leader]:.1%}"
    return f"{best} after {trials:,.0f} trials"


def remarks(stop: Conclusion | None, findings: Findings) -> str:
    """What else there is to tell: that it is time to stop, and what looks wrong."""
    said = f": {stop}" if stop else ""
    if (split := findings.mismatch) and split.alarm:
        said += f"; {split.variant} gets {apart(split.deviation)} than its share"
    if (change := findings.change) and change.alert:
        said += f"; lately {change.rival} earns {more(change.z)} beside the leader than before"
    return said
