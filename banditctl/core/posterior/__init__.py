"""Beliefs about mean rewards: one file a family, each holding all variants at once as arrays."""

from typing import Protocol, Self, runtime_checkable

from banditctl.core.units import Array


class Posterior(Protocol):
    """Independent beliefs about K mean rewards, smooth and unimodal in a coordinate z.

    Arrays have shape (K,), or (K, m) for m points of each variant. Densities are relative to the mode
    and never normalised by a closed form: with 1e8 observations its rounding alone is 1e-8.
    """

    @property
    def mean(self) -> Array:
        """Mean reward, in units of reward."""
        ...

    @property
    def deviation(self) -> Array:
        """Standard deviation of the belief about it, in units of reward."""
        ...

    @property
    def mode(self) -> Array:
        """Where the density in z is highest."""
        ...

    @property
    def scale(self) -> Array:
        """How wide the density in z is there: one standard deviation of its normal approximation."""
        ...

    def log_density(self, distance: Array) -> Array:
        """Log density at `mode + distance`, relative to the mode."""
        ...

    def reach(self, log_mass: float) -> tuple[Array, Array]:
        """Distances below and above the mode outside which no more than `exp(log_mass)` lies on a side."""
        ...

    def tails(self, z: Array) -> tuple[Array, Array]:
        """Probabilities below and above the coordinates `z`, each to full relative precision."""
        ...

    def reward(self, z: Array) -> Array:
        """The mean reward at coordinate `z`."""
        ...

    def coordinate(self, reward: Array) -> Array:
        """The coordinate of a mean reward; infinite where no such mean reward is possible."""
        ...

    def interval(self, level: float) -> tuple[Array, Array]:
        """The central interval that holds the mean reward with probability `level`."""
        ...

    def take(self, variant: int) -> Self:
        """The belief about one variant alone, with K = 1."""
        ...


@runtime_checkable
class Affine(Protocol):
    """Beliefs of a family that is still the same when rewards are scaled and shifted."""

    def affine(self, factor: float, shift: Array) -> Posterior:
        """The belief about `factor` (> 0) times each mean reward plus its `shift` (K,)."""
        ...
