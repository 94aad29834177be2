"""Every policy there is, found by walking the package, is held to the same laws."""

import pytest
from contracts.kinds import check_kind, kind_class, kinds
from core.builders import beliefs, names, normals
from hypothesis import given, settings, strategies as st

from banditctl.core import policies
from banditctl.core.belief import Independent
from banditctl.core.posterior.beta import Beta

KINDS = kinds(policies)

goals = st.sampled_from(["maximize", "minimize"])
sizes = st.floats(0, 6).map(lambda digits: 10**digits)
pairs = st.lists(st.tuples(sizes, sizes), min_size=2, max_size=10)
means = st.lists(st.tuples(st.floats(-100, 100), st.floats(1e-3, 100)), min_size=2, max_size=10)
joint = st.builds(lambda rows, goal: beliefs(*rows, goal=goal), pairs, goals) | st.builds(
    lambda rows, goal: normals(*rows, goal=goal), means, goals
)


@pytest.fixture(params=KINDS, scope="module")
def policy(request):
    return kind_class(policies, request.param)()


@pytest.mark.parametrize("kind", KINDS)
def test_a_file_of_policies_holds_one_that_is_named_as_the_file_and_cannot_change(kind):
    check_kind(policies, kind)


laws = settings(max_examples=60, deadline=None)


@laws
@given(belief=joint)
def test_a_policy_shares_out_all_traffic_among_all_variants(policy, belief):
    shares = policy.propose(belief).shares
    assert tuple(shares) == belief.variants
    assert sum(shares.values()) == pytest.approx(1, abs=1e-12)
    assert all(share >= 0 for share in shares.values())


@laws
@given(belief=joint)
def test_a_policy_answers_the_same_twice(policy, belief):
    afresh = Independent(belief.variants, belief.posterior, belief.goal)
    assert policy.propose(belief) == policy.propose(belief) == policy.propose(afresh) == type(policy)().propose(afresh)


@laws
@given(rows=pairs, goal=goals, random=st.randoms(use_true_random=False))
def test_a_policy_does_not_care_about_the_order_of_variants(policy, rows, goal, random):
    order = random.sample(range(len(rows)), len(rows))
    belief = beliefs(*rows, goal=goal)
    shuffled = Independent(
        tuple(belief.variants[k] for k in order), Beta(belief.posterior.a[order], belief.posterior.b[order]), goal
    )
    assert policy.propose(shuffled).shares == pytest.approx(policy.propose(belief).shares, abs=1e-12)


@laws
@given(rows=pairs, goal=goals)
def test_a_policy_treats_equals_equally(policy, rows, goal):
    shares = list(policy.propose(beliefs(rows[0], *rows, goal=goal)).shares.values())
    assert shares[0] == pytest.approx(shares[1], abs=1e-12)


@pytest.mark.parametrize("number", [2, 3, 7, 10])
def test_a_policy_splits_evenly_between_variants_of_which_nothing_is_known(policy, number):
    shares = policy.propose(beliefs(*[(1, 1)] * number)).shares
    assert shares == pytest.approx(dict.fromkeys(names(number), 1 / number), abs=1e-12)


@laws
@given(rows=pairs, successes=sizes)
def test_a_policy_never_takes_share_from_a_variant_for_succeeding_more(policy, rows, successes):
    (a, b), *others = rows
    before = policy.propose(beliefs((a, b), *others))
    after = policy.propose(beliefs((a + successes, b), *others))
    assert after["v00"] >= before["v00"] - 1e-12


@laws
@given(rows=pairs, failures=sizes)
def test_nor_gives_it_more_for_failing_more(policy, rows, failures):
    (a, b), *others = rows
    before = policy.propose(beliefs((a, b), *others))
    after = policy.propose(beliefs((a, b + failures), *others))
    assert after["v00"] <= before["v00"] + 1e-12


@laws
@given(rows=pairs)
def test_a_policy_that_minimizes_failures_asks_for_what_maximizing_successes_does(policy, rows):
    mirrored = [(b, a) for a, b in rows]
    costs, gains = policy.propose(beliefs(*mirrored, goal="minimize")), policy.propose(beliefs(*rows))
    leaders = sorted((a / (a + b) for a, b in rows), reverse=True)
    if leaders[0] - leaders[1] > 1e-9:
        assert costs.shares == pytest.approx(gains.shares, abs=1e-11)


def test_a_policy_gives_most_to_what_is_best_beyond_doubt(policy):
    shares = policy.propose(beliefs((500, 9500), (5000, 5000), (600, 9400))).shares
    assert max(shares, key=shares.get) == "v01"
