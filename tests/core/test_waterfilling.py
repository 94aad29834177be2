"""A batch poured over variants whose indices fall as they are asked."""

import numpy as np
import pytest
from hypothesis import given, strategies as st

from banditctl.core.waterfilling import fill

heights = st.lists(st.tuples(st.floats(0, 1), st.floats(0, 5)), min_size=2, max_size=10)


def poured(means, trials, batch):
    """Shares where an index is its mean plus one over the root of its trials, and the level each has come down to."""
    means, trials = np.array(means), np.array(trials, dtype=float)
    high = means.max() + np.sqrt(len(means) / batch)
    shares = fill(lambda level: (level - means) ** -2.0, trials, batch, means.max(), high)
    with np.errstate(divide="ignore"):
        return shares, means + (trials + batch * shares) ** -0.5


@given(heights, st.floats(0, 5))
def test_those_that_are_asked_end_level_and_nobody_else_is_higher(rows, digits):
    means, trials = [mean for mean, _ in rows], [10**size for _, size in rows]
    shares, levels = poured(means, trials, 10**digits)
    assert shares.sum() == pytest.approx(1, abs=1e-12)
    assert shares.min() >= 0
    assert levels[shares > 0] == pytest.approx(levels.max(), abs=1e-6)


@given(heights, st.floats(0, 5), st.randoms(use_true_random=False))
def test_the_order_of_variants_does_not_matter_to_the_last_bit(rows, digits, random):
    mixed = random.sample(rows, len(rows))
    found = [
        poured([mean for mean, _ in some], [10**size for _, size in some], 10**digits)[0] for some in (rows, mixed)
    ]
    assert sorted(found[0].tolist()) == sorted(found[1].tolist())


def test_what_was_never_tried_is_asked_first_and_a_large_batch_reaches_everybody():
    assert poured([0.9, 0.1], [100, 0], 0.25)[0].tolist() == [0, 1]
    assert poured([0.9, 0.1], [100, 100], 1e6)[0] == pytest.approx([1, 0], abs=1e-4)
    assert poured([0.5, 0.5, 0.5], [10, 20, 30], 60)[0] == pytest.approx([30 / 60, 20 / 60, 10 / 60])
