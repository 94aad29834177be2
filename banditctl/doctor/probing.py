"""A probe as it is announced: which endpoint, what will be done to it, how long that takes and what it costs."""

from collections.abc import Sequence
from pathlib import Path

from banditctl.config import load
from banditctl.errors import UsageError
from banditctl.targets.sagemaker import SageMaker
from banditctl.targets.sagemaker.probe import Question
from banditctl.targets.sagemaker.subject import Subject, Time


def subject(named: str, time: Time) -> Subject:
    """The endpoint of a policy file, or of that name where there is no such file.

    Raises PolicyFileError, UsageError, and TargetUnavailable where it cannot be experimented on.
    """
    file = Path(named)
    target = load(file).target if file.is_file() else SageMaker(endpoint=named)
    if not isinstance(target, SageMaker):
        raise UsageError(f"{named}: only an endpoint of SageMaker can be probed")
    return Subject(target.endpoint, target.region, time)


def announcement(found: Subject, asked: Sequence[Question]) -> str:
    """What whoever agrees agrees to."""
    weights = ", ".join(f"{name} {weight:g}" for name, weight in found.weights.items())
    return "\n".join(
        [
            f"This experiments on {found.name}, whose weights are {weights}. It will, one after the other,",
            *(f"  - {question.does}" for question in asked),
            "and then put the weights back, also after Ctrl-C.",
            "It takes about ten minutes. No instance is added and none removed, and AWS asks nothing for these calls.",
            "While the endpoint is Updating, autoscaling and deployments are refused. Stop whatever steers it first,",
            "and suspend its autoscaling: what is changed by others meanwhile may be undone.",
            f"If all fails, {found.by_hand()}",
        ]
    )
