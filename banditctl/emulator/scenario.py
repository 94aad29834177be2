"""What an emulator may be told when it starts: its world, what is in it, what goes wrong, and what others do."""

from dataclasses import dataclass, field
from typing import Annotated, Literal

from pydantic import Field

from banditctl.config.kinds import OneOf
from banditctl.emulator import faults, happenings
from banditctl.emulator.world import World
from banditctl.emulator.written import Instances, RelativeWeight, ResourceName

FaultOptions = Annotated[faults.Fault, OneOf(faults)]
HappeningOptions = Annotated[happenings.Happening, OneOf(happenings)]


@dataclass(frozen=True, kw_only=True)
class PlannedVariant:
    """A variant of an endpoint configuration that is there from the start."""

    model: ResourceName | None = None
    """The name of its model; left out, its own."""
    weight: RelativeWeight = 1.0
    """Its relative weight."""
    instances: Instances = 1
    """How many it runs on."""


Variants = Annotated[dict[ResourceName, PlannedVariant], Field(min_length=1, max_length=10)]


@dataclass(frozen=True, kw_only=True)
class Scenario(World):
    """A world, what is in it from the start, and what will go wrong or be done by others."""

    clock: Literal["real", "stepped"] = "real"
    """Whether time goes by itself, or only where it is advanced."""
    seed: int | None = None
    """Of all lots; left out, other ones each time."""
    configs: dict[ResourceName, Variants] = field(default_factory=dict)
    """Endpoint configurations that are there from the start, with the models of their variants."""
    endpoints: dict[ResourceName, ResourceName] = field(default_factory=dict)
    """Endpoints that are in service from the start, each with the name of its configuration."""
    faults: tuple[FaultOptions, ...] = ()
    """What goes wrong."""
    happenings: tuple[HappeningOptions, ...] = ()
    """What others do, and when."""
