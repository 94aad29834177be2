"""What else a colleague would not leave out: what others did, what looks wrong, what is proved, what is awaited."""

from collections.abc import Iterator

from banditctl.core.decision import Decision
from banditctl.core.experiment import Experiment
from banditctl.core.turn import Departure
from banditctl.core.wording import apart, more
from banditctl.explanation.awaited import Awaited
from banditctl.explanation.wording import between, counted, listed, number, part

# Below this part of all exposures what is pending is no news.
_WORTH_TELLING = 0.05


def remarks(decision: Decision, experiment: Experiment, waiting: Awaited | None) -> Iterator[str]:
    """One sentence each, the most important first."""
    if decision.seen.change:
        yield f"The policy file has another {decision.seen.change.named} than at the turn before."
    if decision.departure:
        yield _departure(decision.departure, experiment)
    if decision.seen.renewed:
        models = listed(f"{name} now runs {model}" for name, model in decision.seen.renewed.items())
        yield f"{models}, and is learned afresh."
    if (split := decision.findings.mismatch) and split.alarm:
        much = f"{apart(split.deviation)} than its share"
        yield f"Requests do not go by the shares: {split.variant} got {much}, so compare with care."
    if (change := decision.findings.change) and change.alert:
        yield f"Lately {change.rival} earns {more(change.z)} beside the leader than it did before."
    if lead := _lead(decision, experiment):
        yield lead
    if waiting and waiting.exposed and (told := _awaited(decision, waiting)):
        yield told


_CONSEQUENCE = {
    "reassert": "what was decided is put back",
    "adopt": "it goes on from there",
    "pause": "it waits until somebody acts",
}


def _departure(departure: Departure, experiment: Experiment) -> str:
    match departure.kind:
        case "lost":
            return "The last push did not arrive, so this was decided afresh."
        case "undone":
            return "The last push was undone: it was rolled back, or somebody put back the shares from before."
        case "variants":
            return f"Since the last turn {departure.detail}."
        case _:
            consequence = f"with on_drift: {experiment.on_drift} {_CONSEQUENCE[experiment.on_drift]}"
            return f"Since the last turn {departure.detail}; {consequence}."


def _lead(decision: Decision, experiment: Experiment) -> str:
    """Whether the lead over the nearest rival is proved."""
    if decision.stop == "winner":
        return f"{decision.findings.leader} is proved the winner: it is time to stop."
    if decision.stop:
        return "There is little left to gain from any other variant: it is time to stop."
    rivals = decision.findings.rivals
    if not rivals:
        return ""
    name = min(rivals, key=lambda rival: rivals[rival].e_value)
    one, bar = rivals[name], (len(decision.belief) - 1) / experiment.stop.alpha
    lead = f"{decision.findings.leader} and {name} differ by {number(one.effect)} a request ({between(one.interval)})"
    if one.e_value >= bar:
        return f"{lead}, which is proved."
    return f"{lead}, which is not proved: the e-value is {number(one.e_value)}, and {number(bar)} would prove it."


def _awaited(decision: Decision, waiting: Awaited) -> str:
    """How many exposures wait for their reward, and what is made of them meanwhile."""
    pending = waiting.exposed - waiting.counted
    if pending < _WORTH_TELLING * (decision.trials + pending):
        return ""
    told = f"For {counted(pending, 'request')} a reward may still come, and they do not count yet"
    if not waiting.correction:
        return f"{told}."
    known = part(waiting.counted / waiting.exposed)
    return f"{told}; of all whose window is open {known} count already, by how long rewards take."
