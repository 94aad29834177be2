"""Every rollout there is, found by walking the package, is held to the same laws."""

import pytest
from contracts.kinds import check_kind, kind_class, kinds
from core.builders import names
from hypothesis import given, settings, strategies as st

from banditctl.core import rollouts
from banditctl.core.allocation import Allocation

KINDS = kinds(rollouts)

proposals = st.lists(st.floats(1e-6, 1), min_size=2, max_size=10).map(
    lambda amounts: Allocation.proportional(dict(zip(names(len(amounts)), amounts, strict=True)))
)


@pytest.fixture(params=KINDS, scope="module")
def rollout(request):
    return kind_class(rollouts, request.param)()


@pytest.mark.parametrize("kind", KINDS)
def test_a_file_of_rollouts_holds_one_that_is_named_as_the_file_and_cannot_change(kind):
    check_kind(rollouts, kind)


@settings(max_examples=30, deadline=None)
@given(proposal=proposals)
def test_a_rollout_grants_all_traffic_to_the_variants_of_the_proposal_and_the_same_twice(rollout, proposal):
    granted = rollout.grant(proposal)
    assert set(granted.shares) == set(proposal.shares)
    assert sum(granted.shares.values()) == pytest.approx(1, abs=1e-9)
    assert rollout.grant(proposal) == granted


@settings(max_examples=30, deadline=None)
@given(proposal=proposals)
def test_a_rollout_does_not_care_about_the_order_of_variants(rollout, proposal):
    backwards = Allocation(dict(reversed(proposal.shares.items())))
    assert rollout.grant(backwards) == rollout.grant(proposal)
