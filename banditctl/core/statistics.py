"""How many, how much in total, and the squares: all that is kept of a set of rewards."""

from msgspec import Struct


class Statistics(Struct, frozen=True):
    """Sufficient statistics of rewards; they add, in any order, and zero is `Statistics()`."""

    count: float = 0.0
    total: float = 0.0
    squares: float = 0.0

    @classmethod
    def of(cls, value: float) -> "Statistics":
        """One reward."""
        return cls(1.0, float(value), float(value) * value)

    def __add__(self, other: "Statistics") -> "Statistics":
        return Statistics(self.count + other.count, self.total + other.total, self.squares + other.squares)

    def __sub__(self, other: "Statistics") -> "Statistics":
        return self + other.scaled(-1.0)

    def scaled(self, factor: float) -> "Statistics":
        """The same rewards, each counting `factor` times."""
        return Statistics(self.count * factor, self.total * factor, self.squares * factor)

    @property
    def mean(self) -> float:
        """Mean reward; 0 where there is none."""
        return self.total / self.count if self.count else 0.0
