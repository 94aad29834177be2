"""Every policy there is, found by walking the package, is held to the same laws."""

from dataclasses import replace

import pytest
from contracts.kinds import check_kind, kind_class, kinds
from core.builders import beliefs, names, normals, record
from hypothesis import assume, given, settings, strategies as st

from banditctl.core import policies, rewards
from banditctl.core.belief import Independent
from banditctl.core.policies import Record
from banditctl.core.posterior.beta import Beta

KINDS = kinds(policies)

goals = st.sampled_from(["maximize", "minimize"])
sizes = st.floats(0, 6).map(lambda digits: 10**digits)
batches = st.floats(0, 5).map(lambda digits: 10**digits)
pairs = st.lists(st.tuples(sizes, sizes), min_size=2, max_size=10)
means = st.lists(st.tuples(st.floats(-100, 100), st.floats(1e-3, 100)), min_size=2, max_size=10)
parts = st.floats(0, 1)


def counted(rows, goal="maximize", batch=1000.0):
    """The belief after a - 1 successes and b - 1 failures of each variant, and the record of them."""
    belief = beliefs(*rows, goal=goal)
    return belief, record(belief, [a + b - 2 for a, b in rows], batch)


def measured(rows, goal, batch):
    """The belief in mean rewards of any size, each as narrow as some number of trials makes it."""
    belief = normals(*rows, goal=goal)
    return belief, record(belief, [deviation**-2 for _, deviation in rows], batch)


rates = st.builds(counted, pairs, goals, batches)
amounts = st.builds(measured, means, goals, batches)


@pytest.fixture(params=KINDS, scope="module")
def policy(request):
    return kind_class(policies, request.param)()


def situations(policy):
    """Whatever a policy can be asked about: rates, and mean rewards of any size if it takes them."""
    return rates if policy.rewards else rates | amounts


@pytest.mark.parametrize("kind", KINDS)
def test_a_file_of_policies_holds_one_that_is_named_as_the_file_and_cannot_change(kind):
    check_kind(policies, kind)


def test_its_options_left_out_fit_any_variants_and_it_takes_rewards_that_exist(policy):
    assert policy.contradictions(names(2)) == policy.contradictions(names(10)) == []
    assert set(policy.rewards or ()) <= set(kinds(rewards))


laws = settings(max_examples=60, deadline=None)


@laws
@given(data=st.data())
def test_a_policy_shares_out_all_traffic_among_all_variants(policy, data):
    belief, known = data.draw(situations(policy))
    shares = policy.propose(belief, known).shares
    assert tuple(shares) == belief.variants
    assert sum(shares.values()) == pytest.approx(1, abs=1e-12)
    assert all(share >= 0 for share in shares.values())


@laws
@given(data=st.data())
def test_a_policy_answers_the_same_twice(policy, data):
    belief, known = data.draw(situations(policy))
    afresh = Independent(belief.variants, belief.posterior, belief.goal)
    again = Record(known.trials.copy(), known.gains.copy(), known.batch)
    assert policy.propose(belief, known) == policy.propose(belief, known) == type(policy)().propose(afresh, again)


@laws
@given(rows=pairs, goal=goals, batch=batches, random=st.randoms(use_true_random=False))
def test_a_policy_does_not_care_about_the_order_of_variants(policy, rows, goal, batch, random):
    order = random.sample(range(len(rows)), len(rows))
    belief, known = counted(rows, goal, batch)
    posterior = Beta(belief.posterior.a[order], belief.posterior.b[order])
    shuffled = Independent(tuple(belief.variants[k] for k in order), posterior, goal)
    reordered = replace(known, trials=known.trials[order], gains=known.gains[order])
    asked = policy.propose(belief, known).shares
    # Those that fill a batch up to a level find it by halving, and what they add up depends a little on the order.
    assert policy.propose(shuffled, reordered).shares == pytest.approx(asked, abs=1e-11)


@laws
@given(rows=pairs, goal=goals, batch=batches)
def test_a_policy_treats_equals_equally(policy, rows, goal, batch):
    shares = list(policy.propose(*counted([rows[0], *rows], goal, batch)).shares.values())
    assert shares[0] == pytest.approx(shares[1], abs=1e-12)


@pytest.mark.parametrize("number", [2, 3, 7, 10])
def test_a_policy_splits_evenly_between_variants_of_which_nothing_is_known(policy, number):
    shares = policy.propose(*counted([(1, 1)] * number, batch=1.0)).shares
    assert shares == pytest.approx(dict.fromkeys(names(number), 1 / number), abs=1e-12)


def leaps(policy, *situations):
    """Whether top_two goes over from all challengers to the closest one: the best is as good as certain."""
    return policy.kind == "top_two" and any(sum(sorted(belief.best)[:-1]) < 1e-11 for belief, _ in situations)


# More successes in the same trials: where they come with trials of their own, there is less left to find out.
@laws
@given(rows=pairs, part=parts, batch=batches)
def test_a_policy_never_takes_share_from_a_variant_for_succeeding_more_often(policy, rows, part, batch):
    (a, b), *others = rows
    more = part * (b - 1)
    fewer, further = (counted([row, *others], batch=batch) for row in ((a, b), (a + more, b - more)))
    assume(not leaps(policy, fewer, further))
    assert policy.propose(*further)["v00"] >= policy.propose(*fewer)["v00"] - 1e-9


@laws
@given(rows=pairs, part=parts, batch=batches)
def test_nor_gives_it_more_for_failing_more_often(policy, rows, part, batch):
    (a, b), *others = rows
    more = part * (a - 1)
    fewer, further = (counted([row, *others], batch=batch) for row in ((a, b), (a - more, b + more)))
    assume(not leaps(policy, fewer, further))
    assert policy.propose(*further)["v00"] <= policy.propose(*fewer)["v00"] + 1e-9


@laws
@given(rows=pairs, batch=batches)
def test_a_policy_that_minimizes_failures_asks_for_what_maximizing_successes_does(policy, rows, batch):
    mirrored = [(b, a) for a, b in rows]
    costs = policy.propose(*counted(mirrored, "minimize", batch))
    gains = policy.propose(*counted(rows, "maximize", batch))
    leaders = sorted((a / (a + b) for a, b in rows), reverse=True)
    if leaders[0] - leaders[1] > 1e-9:
        assert costs.shares == pytest.approx(gains.shares, abs=1e-6)


def test_a_policy_gives_a_variant_that_is_best_beyond_doubt_no_less_than_another(policy):
    shares = policy.propose(*counted([(500, 9500), (5000, 5000), (600, 9400)])).shares
    assert shares["v01"] == pytest.approx(max(shares.values()), abs=1e-12)
