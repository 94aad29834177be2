"""Who serves requests: variants with what they have, and new ones on their way in."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Self

from banditctl.emulator.deployment_configs import DeploymentConfig
from banditctl.emulator.shapes import ProductionVariant


@dataclass(frozen=True)
class Setting:
    """What a variant runs with: its relative weight and its number of instances, 0 if it is serverless."""

    weight: float
    instance_count: int


@dataclass(frozen=True)
class Variant:
    """A variant with what it has now and what it has been asked to have."""

    configured: ProductionVariant
    """As its endpoint configuration has it."""
    current: Setting
    desired: Setting

    @classmethod
    def new(cls, configured: ProductionVariant) -> Self:
        """With all that it is configured to have."""
        setting = Setting(configured.initial_variant_weight, configured.initial_instance_count or 0)
        return cls(configured, current=setting, desired=setting)

    @property
    def name(self) -> str:
        return self.configured.variant_name

    @property
    def share(self) -> float:
        """Which part of it is there."""
        count = self.desired.instance_count
        return self.current.instance_count / count if count else float(self.current == self.desired)


@dataclass(frozen=True)
class Deployment:
    """A new endpoint configuration on its way in."""

    config_name: str
    variants: tuple[Variant, ...]
    """The new ones; what they have now is what takes requests by now."""
    config: DeploymentConfig
    since: datetime
    stage_since: datetime
    lasting: timedelta
    """How long its instances take from being asked for to taking requests."""
    instance_count: int = 0
    """How many it has, those that are only starting included."""
    stage: str = "Creating"
    """AWS's word for each variant's part in it."""
    baking: str = ""
    """How long its instances are watched in this stage, and by which member; empty if they are not."""

    @property
    def rolling(self) -> bool:
        """Whether old instances go in between."""
        return self.config.rolling_update_policy is not None

    @property
    def alarms(self) -> frozenset[str]:
        """The names of the alarms that would roll it back now."""
        return self.config.alarms if self.baking else frozenset()

    @property
    def complete(self) -> bool:
        """Whether all requests are for the new variants."""
        return all(variant.current == variant.desired for variant in self.variants)
