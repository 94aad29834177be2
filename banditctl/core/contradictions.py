"""What cannot work together in one policy file: every combination that no single option could refuse by itself."""

from collections.abc import Iterator

from banditctl.core.event import REWARD
from banditctl.core.experiment import Experiment
from banditctl.core.posterior import Affine
from banditctl.core.rewards import RewardModel
from banditctl.core.statistics import Statistics
from banditctl.core.units import write_duration

# The path of an option, and a sentence on what is wrong with it.
Problem = tuple[tuple[str, ...], str]


def contradictions(experiment: Experiment) -> Iterator[Problem]:
    """Every combination that cannot work."""
    variants, control, schedule = experiment.variants, experiment.control, experiment.schedule
    if len(set(variants)) < len(variants):
        yield ("variants",), "each variant is named once"
    if control not in variants:
        yield ("control",), _unknown(experiment)
    if schedule.at_least > schedule.every:
        yield ("schedule", "at_least"), "must not be longer than every"
    yield from _under("evidence", "delays", found=_delays(experiment))
    yield from _uncountable(experiment)
    yield from _under("limits", found=_named(experiment.limits.contradictions(len(variants))))
    yield from _under("limits", found=_capacity(experiment))
    yield from _under("reward", found=_named(experiment.reward.contradictions()))
    yield from _under("reward", found=_mispricings(experiment))
    yield from _under("policy", found=_named(experiment.policy.contradictions(variants)))
    yield from _demands(experiment)
    for name, metric in experiment.metrics.items():
        yield from _under("metrics", name, found=_misfits(experiment, name, metric))


def _under(*path: str, found: Iterator[Problem]) -> Iterator[Problem]:
    return (((*path, *trail), sentence) for trail, sentence in found)


def _named(found: list[tuple[str, str]]) -> Iterator[Problem]:
    return (((option,), sentence) for option, sentence in found)


def _unknown(experiment: Experiment) -> str:
    return f"unknown variant; known are {', '.join(experiment.variants)}"


def _delays(experiment: Experiment) -> Iterator[Problem]:
    delays, variants = experiment.evidence.delays, experiment.variants
    for name in sorted(delays.keys() - set(variants)):
        yield (name,), _unknown(experiment)
    if delays and (missing := [name for name in variants if name not in delays]):
        yield (), f"name all variants or none, so that they are compared alike; missing are {', '.join(missing)}"
    if delays and experiment.awaited is None:
        yield (), "nothing is waited for where rewards are the trials or the default is null; leave it out"


def _uncountable(experiment: Experiment) -> Iterator[Problem]:
    """What cannot be told where nobody says which request a reward belongs to."""
    if not experiment.metered:
        return
    if experiment.reward.default is None:
        yield (
            ("reward", "default"),
            "must not be null with trials: invocations: of rewards alone, how many requests there were does not matter",
        )
    for name, metric in experiment.rewards.items():
        if metric.repeat != "first":
            path = ("reward",) if name == REWARD else ("metrics", name)
            yield (
                (*path, "repeat"),
                "with trials: invocations nobody tells which rewards are of one request; leave it out",
            )


def _capacity(experiment: Experiment) -> Iterator[Problem]:
    limits, variants = experiment.limits, experiment.variants
    scaling, rates = limits.capacity == "scale", limits.capacity_rps
    if scaling and rates is None:
        yield ("capacity",), "needs capacity_rps: how many requests a second one instance takes"
    if scaling and limits.instances is None:
        yield ("capacity",), "needs instances: the most that may be asked for, a variant"
    if limits.instances is not None and not scaling:
        yield ("instances",), "is how far capacity: scale may go; with any other nothing is asked for"
    if isinstance(rates, dict):
        for name in sorted(rates.keys() - set(variants)):
            yield ("capacity_rps", name), _unknown(experiment)
        if missing := [name for name in variants if name not in rates]:
            yield ("capacity_rps",), f"name all variants, or write one number for all; missing are {', '.join(missing)}"


def _mispricings(experiment: Experiment) -> Iterator[Problem]:
    reward = experiment.reward
    for variant in reward.costs:
        if variant not in experiment.variants:
            yield ("costs", variant), _unknown(experiment)
    if reward.value != 1 and not reward.costs:
        yield ("value",), "weighs rewards against costs; without costs it changes nothing"
    pooled = experiment.evidence.estimator == "pooled"
    if reward.costs and pooled and not isinstance(reward.posterior([Statistics()]), Affine):
        yield ("costs",), f"{reward.kind} rewards have costs with the stratified estimator only"


def _demands(experiment: Experiment) -> Iterator[Problem]:
    """What the policy needs other options to be."""
    policy, reward, estimator = experiment.policy, experiment.reward.kind, experiment.evidence.estimator
    if policy.rewards and reward not in policy.rewards:
        yield ("reward", "kind"), f"must be {' or '.join(policy.rewards)} for {policy.kind}, not {reward}"
    if policy.estimators and estimator not in policy.estimators:
        sentence = f"must be {' or '.join(policy.estimators)} for {policy.kind}, not {estimator}"
        yield ("evidence", "estimator"), sentence


def _misfits(experiment: Experiment, name: str, metric: RewardModel) -> Iterator[Problem]:
    if name == REWARD:
        yield (), "is what traffic moves by; its options stand under reward itself"
    if metric.window > experiment.reward.window:
        window = write_duration(experiment.reward.window)
        yield ("window",), f"ids are remembered for the reward's window; write {window} or less"
    if metric.costs or metric.value != 1:
        yield ("costs" if metric.costs else "value",), "moves no traffic here; it belongs under reward"
    yield from _named(metric.contradictions())
