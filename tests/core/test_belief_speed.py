"""A guard against beliefs that become slow; `make bench ARGS="--only beliefs"` measures how fast they are."""

from time import process_time
from timeit import repeat

import numpy as np
import pytest
from core.builders import joint

from banditctl.core.posterior.beta import Beta
from banditctl.core.posterior.gamma import Gamma
from banditctl.core.posterior.student_t import StudentT

RATES = {number: np.linspace(0.048, 0.052, number) for number in (2, 10, 50)}
FAMILIES = {
    "beta": lambda n, rate: Beta(1 + n * rate, 1 + n * (1 - rate)),
    "gamma": lambda n, rate: Gamma(1 + n * rate, 1 + n),
    "student_t": lambda n, rate: StudentT(3 + n, rate, 0.2 / np.sqrt(n + 1)),
}


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize(("number", "milliseconds"), [(2, 0.5), (10, 1.0), (50, 2.0)])
def test_a_belief_takes_no_more_than_five_times_what_it_should(family, number, milliseconds):
    posterior = FAMILIES[family](np.geomspace(1, 1e8, number), RATES[number])

    def chances_and_losses():
        belief = joint(posterior)
        return belief.best, belief.expected_loss

    best_of_many = min(repeat(chances_and_losses, timer=process_time, number=2, repeat=30)) / 2
    assert best_of_many * 1000 < 5 * milliseconds
