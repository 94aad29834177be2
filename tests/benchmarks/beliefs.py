"""How long a belief takes: the chances and expected losses of all variants, from one posterior of each family."""

from collections.abc import Callable, Iterator
from timeit import repeat

import numpy as np
from benchmarks.report import Figure, Target
from benchmarks.servers import MEASURED, pinned

from banditctl.core.belief import Independent
from banditctl.core.posterior import Posterior
from banditctl.core.posterior.beta import Beta
from banditctl.core.posterior.gamma import Gamma
from banditctl.core.posterior.student_t import StudentT
from banditctl.core.units import Array

# By number of variants, in milliseconds.
_MOST = {2: 0.5, 10: 1.0, 50: 2.0}
_CALLS = 20

_FAMILIES: dict[str, Callable[[Array, Array], Posterior]] = {
    "Beta": lambda n, rate: Beta(1 + n * rate, 1 + n * (1 - rate)),
    "Gamma": lambda n, rate: Gamma(1 + n * rate, 1 + n),
    "Student-t": lambda n, rate: StudentT(3 + n, rate, np.sqrt(rate / (n + 3))),
}


def timings(rounds: int) -> Iterator[Figure]:
    """Near ties: nothing seen, alike observations, and from 1 to 1e8 of them side by side."""
    for family, posterior in _FAMILIES.items():
        for number, most in _MOST.items():
            rate = np.linspace(0.048, 0.052, number)
            seen = {"none": rate * 0, "1e5 each": 1e5 + rate * 0, "1 to 1e8": np.geomspace(1, 1e8, number)}
            for observations, n in seen.items():
                load = f"{family}, {number} variants, {observations}"
                times = _milliseconds(posterior(n, rate), number, rounds)
                yield Figure("", load, "ms/belief", times, target=Target(at_most=most))


def _milliseconds(posterior: Posterior, number: int, rounds: int) -> list[float]:
    """The best of some repetitions in each round, on one core."""
    variants = tuple(f"v{one}" for one in range(number))

    def chances_and_losses() -> None:
        belief = Independent(variants, posterior)
        assert belief.best.size == belief.expected_loss.size == number

    with pinned(MEASURED):
        return [1e3 * min(repeat(chances_and_losses, number=_CALLS, repeat=5)) / _CALLS for _ in range(rounds)]
