"""Whatever is decided can be told: in sentences that say something, each of which ends."""

from datetime import timedelta

from core.builders import HOUR, MINUTE, NOON, experiment, live, ones
from hypothesis import given, settings, strategies as st

from banditctl.core.allocation import Allocation
from banditctl.core.decision import decide
from banditctl.core.evidence import Cell, Evidence, EvidenceOptions, Model, Stratum
from banditctl.core.experiment import Schedule
from banditctl.core.limits import Limits
from banditctl.core.policies.exp3 import Exp3
from banditctl.core.policies.fixed import Fixed
from banditctl.core.policies.thompson import Thompson
from banditctl.core.policies.ucb1 import Ucb1
from banditctl.core.rewards.bernoulli import Bernoulli
from banditctl.core.rewards.gaussian import Gaussian
from banditctl.core.snapshot import Snapshot
from banditctl.core.standing import LASTING, Order, Standing
from banditctl.core.turn import Claim, Turn
from banditctl.explanation import explain
from banditctl.explanation.verification import verify
from banditctl.provenance import here

VARIANTS = ("A", "B", "C")
POOLED = EvidenceOptions(estimator="pooled")
STRATIFIED = st.sampled_from([EvidenceOptions(), EvidenceOptions(trials="rewards"), EvidenceOptions(discount=1.0)])


@st.composite
def allocations(draw, names=VARIANTS):
    amounts = draw(st.lists(st.integers(0, 100), min_size=len(names), max_size=len(names)).filter(any))
    return Allocation.proportional(dict(zip(names, map(float, amounts), strict=True)))


@st.composite
def experiments(draw):
    goal = draw(st.sampled_from(["maximize", "minimize"]))
    policy = draw(st.sampled_from([Thompson(), Fixed(), Ucb1(), Exp3()]))
    floor, cap = draw(st.sampled_from([(0.0, 1.0), (0.01, 0.5), (0.05, 1.0), (0.33, 0.35)]))
    model = draw(st.sampled_from([Bernoulli(goal=goal), Bernoulli(goal=goal, default=None), Gaussian(goal=goal)]))
    return experiment(
        variants=VARIANTS,
        policy=policy,
        reward=model,
        evidence=draw(STRATIFIED) if policy.estimators is None else POOLED,
        limits=Limits(floor=floor, cap=cap, step=draw(st.sampled_from([0.05, 0.2, 1.0])), deadband=0.01),
        schedule=Schedule(every=draw(st.sampled_from([MINUTE, HOUR, timedelta(days=3)])), at_least=MINUTE),
        mode=draw(st.sampled_from(["observe", "act"])),
        on_drift=draw(st.sampled_from(["reassert", "adopt", "pause"])),
    )


@st.composite
def cells(draw):
    exposed = draw(st.integers(0, 10) | st.integers(0, 100_000))
    rewarded = draw(st.integers(0, exposed))
    total = draw(st.integers(0, rewarded))
    return Cell(float(exposed), ones(rewarded, total), (rewarded,))


@st.composite
def evidences(draw):
    many, models = draw(st.integers(0, 5)), {}
    strata = [
        Stratum(
            since=NOON + number * HOUR,
            shares=draw(allocations()).shares,
            settled=draw(st.booleans()),
            until=NOON + (number + 1) * HOUR if number < many - 1 else None,
            variants={name: draw(cells()) for name in draw(st.sets(st.sampled_from(VARIANTS)))},
        )
        for number in range(many)
    ]
    if draw(st.booleans()):
        models = {"A": Model("two", draw(st.sampled_from([None, NOON + HOUR])))}
    return Evidence(tuple(strata), models=models)


@st.composite
def orders(draw):
    verb = draw(st.sampled_from(["pause", "resume", "pin", "unpin", "promote", "rollback"]))
    variant = draw(st.sampled_from([*VARIANTS, "D"])) if verb == "promote" else None
    shares = draw(allocations()).shares if verb == "pin" else None
    return Order("an id", verb, "anna", draw(st.sampled_from(["because", "So be it."])), NOON, variant, shares)


@st.composite
def snapshots(draw):
    state, status = draw(st.sampled_from([("ready", "InService"), ("busy", "Updating"), ("broken", "Failed")]))
    found = draw(allocations() | allocations(("A", "B")) | st.none())
    claim = Claim(draw(allocations()), draw(st.sampled_from(["", "c1"])), draw(st.none() | allocations()))
    turn = Turn(NOON, draw(st.floats(0, 1e6)), unfinished=draw(st.booleans()), claim=claim)
    at = NOON + draw(st.integers(0, 20)) * HOUR
    heard = draw(st.sampled_from([None, at - MINUTE]))
    seen = live(state, status, **(found.shares if found else {}))
    standing = Standing(tuple(one for one in draw(st.lists(orders(), max_size=2)) if one.verb in LASTING))
    return Snapshot(at, draw(evidences()), seen, heard, turn, standing, draw(st.none() | orders()))


@given(experiments(), snapshots())
@settings(max_examples=150, deadline=None)
def test_any_decision_can_be_told_and_comes_out_again(of, seen):
    decision = decide(of, seen)
    for now in (of, experiment(variants=VARIANTS, digest="another")):
        found = explain(now, decision)
        assert 3 <= len(found.sentences) <= 8
        for sentence in found.sentences:
            assert sentence[0].isupper()
            assert sentence.endswith(".")
            assert not any(word in sentence for word in ("nan", "None", "inf", "unknown", "  ", " .", "..", "()"))
    assert verify(of, decision, here(), here()).same
