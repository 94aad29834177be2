"""What sequences have read so far: sums that go on from turn to turn, so that each stratum is read once."""

from collections.abc import Collection
from datetime import datetime
from math import exp, sqrt

from msgspec import Struct
from msgspec.structs import replace

from banditctl.core.statistics import Statistics

# Trials whose level sets the scale of what is looked for; they are no evidence themselves.
_FIRST = 1000

# Beyond its exponential JSON knows no number.
_LARGEST = 700.0


class Recent(Struct, frozen=True, array_like=True):
    """One variant's latest trials and their rewards, each stratum counting a little less than the one after it.

    `within` is the sum of squared deviations from the mean of their stratum, `freedom` how many of them are free.
    """

    count: float = 0.0
    total: float = 0.0
    within: float = 0.0
    freedom: float = 0.0


class Pair(Struct, frozen=True, array_like=True):
    """What strata have said of the second variant's mean reward less the first's.

    `score / information` is the difference, `1 / information` its variance; `log_wealth` is what bets against
    equal success rates have made of 1.
    """

    information: float = 0.0
    score: float = 0.0
    log_wealth: float = 0.0


class Routed(Struct, frozen=True, array_like=True):
    """One variant's requests: how many came, how many its shares promised, the log wealth of each bet on more or less.

    The bets are those of `banditctl.core.mismatch`.
    """

    exposed: float = 0.0
    expected: float = 0.0
    bets: tuple[float, ...] = ()


class Past(Struct, frozen=True, omit_defaults=True):
    """All that is carried on, by the names of variants: who left and returns goes on where it was.

    Rewards have been read of strata that ended by `through`, exposures of those that ended by `counted`. `first`
    are the trials that set the scale; `pairs` are by both names, the lesser one first.
    """

    through: datetime | None = None
    counted: datetime | None = None
    first: Statistics = Statistics()
    recent: dict[str, Recent] = {}
    pairs: dict[str, dict[str, Pair]] = {}
    routed: dict[str, Routed] = {}

    @property
    def scale(self) -> float | None:
        """The size of a mean reward, at least its standard error; None until the first trials have told it.

        It was settled before anything was compared, and is never moved: an effect that is looked for after a look
        at the data would be no fair bet.
        """
        return scale_of(self.first)

    def without(self, variants: Collection[str]) -> "Past":
        """The same past, but that nothing was read of the rewards of `variants`.

        How requests were routed to them and the scale that was settled hold on.
        """
        recent = {name: one for name, one in self.recent.items() if name not in variants}
        pairs = {
            first: {second: pair for second, pair in others.items() if second not in variants}
            for first, others in self.pairs.items()
            if first not in variants
        }
        return replace(self, recent=recent, pairs=pairs)


def scale_of(first: Statistics) -> float | None:
    """The size of a mean reward as these trials tell it; None where they are too few, or all alike."""
    if first.count < _FIRST:
        return None
    variance = first.squares / first.count - first.mean**2
    return max(abs(first.mean), sqrt(variance / first.count)) if variance > 0 else None


def wealth(logged: float) -> float:
    """What bets have made of 1, from its logarithm; as much as can be written down at most."""
    return exp(min(logged, _LARGEST))
