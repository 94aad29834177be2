"""Turns on an endpoint that others change too, and whose answers get lost: the real store, the real wire."""

from datetime import timedelta

import pytest
from msgspec.structs import replace
from support.emulated import CREATING, UPDATING, deploy, variant

from banditctl.controller import learn, steer
from banditctl.core.decision import decide
from banditctl.core.event import EXPOSED, Exposure, Identity, Reward
from banditctl.core.experiment import Experiment, Schedule
from banditctl.core.limits import Limits
from banditctl.core.policies.thompson import Thompson
from banditctl.core.rewards.bernoulli import Bernoulli
from banditctl.errors import TargetUnavailable
from banditctl.stores.redis import open_store
from banditctl.targets.sagemaker.endpoint import Endpoint

MINUTE = timedelta(minutes=1)
LOOK, TURN = timedelta(seconds=15), 5 * MINUTE
REWARDED = Identity("reward", "reward")


def fares(**options):
    return Experiment(
        **{
            "name": "fares",
            "variants": ("A", "B"),
            "control": "A",
            "reward": Bernoulli(window=timedelta(hours=1), default=None),
            "policy": Thompson(),
            "limits": Limits(floor=0.05, step=0.2),
            "schedule": Schedule(every=TURN, at_least=MINUTE, burn_in=100),
            "digest": "0" * 16,
        }
        | options
    )


@pytest.fixture
async def store():
    opened = open_store("memory://")
    yield opened
    await opened.close()


class Counting(Endpoint):
    """An endpoint that counts what is asked of it, and whose next push may go wrong."""

    def __init__(self, client, name):
        super().__init__(client, name, 10_000)
        self.pushes = 0
        self.before = self.after = None

    async def push(self, allocation):
        self.pushes += 1
        if self.before:
            failure, self.before = self.before, None
            failure()
        await super().push(allocation)
        if self.after:
            failure, self.after = self.after, None
            raise failure


@pytest.fixture
def target(sagemaker, endpoint):
    return Counting(sagemaker, endpoint)


@pytest.fixture
def foreign(sagemaker, endpoint):
    """Somebody else, who sets the weights of A and B."""

    def push(a, b):
        weights = [{"VariantName": name, "DesiredWeight": weight} for name, weight in (("A", a), ("B", b))]
        sagemaker.update_endpoint_weights_and_capacities(EndpointName=endpoint, DesiredWeightsAndCapacities=weights)

    return push


@pytest.fixture
def look(store, target, clock):
    """One look of the daemon's; answers the decision, if one was due."""

    async def once(experiment=None, after=timedelta(0)):
        clock.move(after)
        return await steer(experiment or fares(), store, target, clock())

    return once


@pytest.fixture
def report(store, clock):
    async def send(prefix, experiment=None, **right):
        names = [(f"{prefix}{variant}{n}", variant, n < good) for variant, good in right.items() for n in range(300)]
        exposures = [Exposure(EXPOSED.of(name), variant, clock()) for name, variant, _ in names]
        rewards = [Reward(REWARDED.of(name), float(good), clock(), EXPOSED.of(name)) for name, _, good in names]
        await store.append("fares", [*exposures, *rewards], clock(), fares().memory)
        await learn(experiment or fares(), store, clock())

    return send


async def last(store):
    return (await store.ledger("fares")).last


async def test_what_is_to_be_pushed_is_kept_before_the_push(look, store, target):
    def seen():
        raise TargetUnavailable("the daemon was killed here")

    target.before = seen
    with pytest.raises(TargetUnavailable):
        await look()
    kept = await last(store)
    assert kept.unfinished
    assert (kept.claim.allocation.shares, kept.claim.before.shares) == ({"A": 0.55, "B": 0.45}, {"A": 0.75, "B": 0.25})
    lost = await look(after=MINUTE)
    assert lost.departure.kind == "lost"
    assert lost.reason.startswith("Move B from 25.0% to 45.0%; the last push did not arrive; ")


@pytest.mark.parametrize("looks_meanwhile", [True, False])
async def test_a_push_whose_answer_was_lost_is_not_made_again(look, store, target, looks_meanwhile):
    target.after = TargetUnavailable("no answer in time")
    with pytest.raises(TargetUnavailable):
        await look()
    if looks_meanwhile:
        assert await look(after=LOOK) is None
        assert not (await last(store)).unfinished
    assert await look(after=UPDATING) is None
    assert not (await last(store)).unfinished
    strata = (await store.ledger("fares")).evidence.strata
    assert [(one.settled, one.shares["A"]) for one in strata] == [(False, 0.55), (True, 0.55)]
    following = await look(after=TURN)
    assert (following.departure, target.pushes) == (None, 2)


async def test_who_was_first_makes_a_push_wait_and_it_is_decided_afresh_from_theirs(look, target, foreign, store):
    target.before = lambda: foreign(8, 2)
    refused = await look()
    assert (refused.verdict, (await last(store)).busy) == ("move", True)
    assert await look(after=LOOK) is None
    again = await look(after=UPDATING)
    assert again.reason.startswith("Hold: looking again, for one answer may be out of date; somebody else moved A from")
    afresh = await look(after=LOOK)
    # From the 75% that were in force, not from the 80% of somebody else.
    assert afresh.reason.startswith("Move B from 20.0% to 45.0%; somebody else moved A from 75.0% to 80.0%; warming up")
    assert target.pushes == 2


async def test_our_own_push_that_was_refused_because_an_earlier_attempt_came_through_was_made(look, target, store):
    await look()
    made = await store.ledger("fares")
    refused = replace(made.last, busy=True, unfinished=True)
    await store.save("fares", made, replace(made, last=refused))
    assert await look(after=LOOK) is None
    assert (await last(store)) == made.last
    assert await look(after=UPDATING) is None
    assert target.pushes == 1


@pytest.mark.parametrize(
    ("on_drift", "live", "said"),
    [
        ("reassert", 0.5, "Move A from 10.0% to 50.0%; somebody else moved B from 45.0% to 90.0%"),
        ("adopt", 0.7, "Move A from 10.0% to 30.0%; somebody else moved B from 45.0% to 90.0%"),
        ("pause", 0.9, "Hold: paused until somebody acts; somebody else moved B from 45.0% to 90.0%"),
    ],
)
async def test_somebody_elses_weights_are_put_back_adopted_or_waited_with(
    look, target, foreign, clock, store, on_drift, live, said
):
    experiment = fares(on_drift=on_drift)
    first = await look(experiment)
    assert first.allocation.shares == {"A": 0.55, "B": 0.45}
    clock.move(UPDATING)
    await look(experiment)
    foreign(1, 9)
    await look(experiment, after=LOOK)
    clock.move(UPDATING)
    await look(experiment)
    decision = await look(experiment, after=TURN)
    assert decision.reason.startswith(said)
    await look(experiment, after=UPDATING)
    assert (await target.read()).allocation["B"] == live
    assert [decide(experiment, one.seen) == one for one in await store.decisions("fares", 9)] == [True] * 2


async def test_a_push_that_was_undone_is_noticed_and_made_again(look, target, foreign, clock):
    await look()
    await look(after=UPDATING)
    foreign(75, 25)
    await look(after=UPDATING + LOOK)
    decision = await look(after=TURN)
    assert decision.departure.kind == "undone"
    assert decision.reason.startswith("Move B from 25.0% to 45.0%; the last push was undone; ")


async def test_a_foreign_change_dates_from_when_it_was_made(look, foreign, clock, store):
    await look()
    await look(after=UPDATING)
    clock.move(timedelta(seconds=3))
    changed = clock()
    foreign(1, 9)
    await look(after=LOOK)
    assert (await store.ledger("fares")).evidence.strata[-1].since == changed


async def test_what_changes_nothing_on_the_grid_is_not_pushed(look, target, foreign, clock):
    exact = fares(limits=Limits(floor=0.05, step=1, deadband=0))
    foreign(4999.9, 5000.1)
    clock.move(UPDATING)
    decision = await look(exact)
    assert decision.reason.startswith("Hold: the next step is within the dead-band")
    assert target.pushes == 0


async def redeploy(sagemaker, endpoint, clock, config, *variants):
    """The endpoint is made anew with other variants, its name being the same."""
    sagemaker.create_endpoint_config(EndpointConfigName=config, ProductionVariants=list(variants))
    sagemaker.delete_endpoint(EndpointName=endpoint)
    sagemaker.create_endpoint(EndpointName=endpoint, EndpointConfigName=config)
    clock.move(CREATING)


async def test_a_new_model_under_an_old_name_is_learned_afresh_and_the_others_go_on(
    look, report, sagemaker, endpoint, clock, store
):
    await look()
    await look(after=UPDATING)
    await report("old", A=100, B=200)
    sagemaker.create_model(ModelName="Prices-2", PrimaryContainer={"Image": "prices:2"})
    await redeploy(sagemaker, endpoint, clock, "Split-2", variant("A"), variant("B", "Prices-2"))
    decision = (
        await look(after=TURN) if (found := await look()) is None or not found.turn.busy else await look(after=LOOK)
    )
    assert decision.departure.kind == "configuration"
    assert "somebody else deployed Split-2" in decision.reason
    assert [decision.belief[name].trials for name in "AB"] == [300, 0]
    await report("new", A=100, B=10)
    clock.move(2 * TURN)
    later = await look()
    assert [later.belief[name].trials for name in "AB"] == [600, 300]
    assert later.belief["B"].mean < 0.1
    assert "afresh" not in later.reason
    kept = (await store.ledger("fares")).evidence
    assert sum(one["B"].exposed for one in kept.strata) == 600
    made = await store.decisions("fares", 9)
    assert "B runs Prices-2 now and is learned afresh" in " ".join(one.reason for one in made)
    assert [decide(fares(), one.seen) for one in made] == made


async def test_a_variant_that_joins_costs_nothing_learned(look, report, sagemaker, endpoint, clock, store):
    await look()
    await look(after=UPDATING)
    await report("old", A=100, B=200)
    await redeploy(sagemaker, endpoint, clock, "Three", variant("A"), variant("B"), variant("C"))
    holding = await look()
    assert holding.reason.startswith("Hold: the endpoint also has C; name its variants in the policy file")
    three = fares(variants=("A", "B", "C"))
    decision = await look(three, after=TURN)
    assert [decision.belief[name].trials for name in "ABC"] == [300, 300, 0]
    assert decision.verdict == "move"
    await look(three, after=UPDATING)
    await redeploy(sagemaker, endpoint, clock, "Two", variant("A"), variant("B"))
    assert (await look(three)).reason.startswith("Hold: the endpoint lacks C")
    assert [(await look(after=TURN)).belief[name].trials for name in "A"] == [300]


async def test_an_endpoint_that_is_gone_is_waited_for(look, sagemaker, endpoint, clock, store):
    await look()
    clock.move(UPDATING)
    sagemaker.delete_endpoint(EndpointName=endpoint)
    gone = await look(after=TURN)
    assert gone.reason.startswith("Hold: the endpoint is missing, only a person can mend that; ")
    assert gone.stuck
    deploy(sagemaker, "Again")
    sagemaker.create_endpoint(EndpointName=endpoint, EndpointConfigName="Again")
    clock.move(CREATING)
    await look()
    assert (await look(after=TURN)).verdict in {"move", "hold"}
    assert len((await store.ledger("fares")).evidence.models) == 2
