"""What may stand in a policy file: the options of an Experiment, its target, and the version they are written in."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Literal, Protocol, get_type_hints

from pydantic import ConfigDict, Field, TypeAdapter, with_config

from banditctl import targets
from banditctl.config.kinds import OneOf
from banditctl.core import policies, rewards, rollouts
from banditctl.core.experiment import Experiment
from banditctl.core.rollouts.continuous import Continuous
from banditctl.core.units import Name
from banditctl.diagnosis import Diagnoses


class TargetOptions(Protocol):
    """What a policy file names under `target`."""

    @property
    def kind(self) -> str: ...
    @property
    def endpoint(self) -> str: ...

    def connect(self, grid: int) -> targets.MeteredTarget:
        """The target, whose weights sum to `grid`; raises UsageError where it cannot be."""
        ...

    def checkup(self, variants: Sequence[str], *, counted: bool, scaled: bool) -> Diagnoses:
        """Whether its traffic could be moved between `variants`, and if that must be, `counted`, and they `scaled`.

        Changes nothing.
        """
        ...


@with_config(ConfigDict(extra="forbid", strict=True, allow_inf_nan=False))
@dataclass(frozen=True, kw_only=True)
class PolicyFile(Experiment):
    """One experiment: the variants of an endpoint, what they are to earn, and how their traffic may move."""

    version: Literal[1] = 1
    """Of the form itself."""
    target: Annotated[TargetOptions, OneOf(targets)]
    """What serves the requests, and lets their split be moved."""
    control: Annotated[Name, Field(default_factory=lambda known: known["variants"][0])]
    reward: Annotated[rewards.RewardModel, OneOf(rewards)]
    metrics: dict[Name, Annotated[rewards.RewardModel, OneOf(rewards)]] = field(default_factory=dict)
    policy: Annotated[policies.Policy, OneOf(policies)]
    rollout: Annotated[rollouts.Rollout, OneOf(rollouts)] = field(default_factory=Continuous)
    digest: str = field(init=False, default="")
    options: dict[str, str] = field(init=False, default_factory=dict)


FORM: TypeAdapter[PolicyFile] = TypeAdapter(PolicyFile)

# The sections that name their kind, and the kinds of each.
KINDS: dict[str, Mapping[str, type]] = {
    section: note.kinds
    for section, hint in get_type_hints(PolicyFile, include_extras=True).items()
    for note in getattr(hint, "__metadata__", ())
    if isinstance(note, OneOf)
}
