"""Policy files become experiments, or a list of everything that is wrong with them."""

from datetime import timedelta
from pathlib import Path

import pytest
from support.policy_files import LEAST, lines, write

from banditctl.config import load, load_all
from banditctl.config.kinds import kinds
from banditctl.core import policies
from banditctl.core.experiment import Experiment
from banditctl.core.limits import Limits
from banditctl.core.policies.epsilon_greedy import EpsilonGreedy
from banditctl.core.rewards.bernoulli import Bernoulli
from banditctl.core.rewards.gaussian import Gaussian
from banditctl.errors import UsageError
from banditctl.targets.sagemaker import SageMaker

POLICIES = Path(__file__).parent.parent / "policies"


def test_four_options_are_enough(folder):
    configured = load(write(folder, LEAST))
    assert configured.target == SageMaker(endpoint="flights-prod")
    assert configured.path == folder / "flights.yaml"
    assert configured.experiment == Experiment(
        name="flights",
        variants=("a", "b"),
        control="a",
        reward=Bernoulli(),
        policy=kinds(policies)["thompson"](),
        digest=configured.experiment.digest,
        options=configured.experiment.options,
    )


def test_a_folder_of_several_is_refused_where_one_is_needed(folder):
    for name in ("flights", "fares"):
        write(folder, LEAST.replace("flights-prod", f"{name}-prod"), f"{name}.yaml")
    with pytest.raises(UsageError, match=r"holds 2 experiments \(fares, flights\): name the file of one"):
        load(folder)


def test_every_option_reaches_the_experiment(folder):
    text = """\
version: 1
name: other
target: {kind: sagemaker, endpoint: flights-prod, region: us-east-1}
variants: [a, b]
control: b
reward: {kind: bernoulli, goal: minimize, window: 90s, default: null, repeat: max, prior: {successes: 2}}
metrics: {latency: {kind: gaussian, goal: minimize, window: 1m, repeat: sum}, error: {kind: bernoulli, window: 90s}}
evidence: {trials: rewards, stratum: 2d, discount: 1}
policy: {kind: epsilon_greedy, epsilon: 5%}
limits: {floor: 0.02, cap: 90%, step: 1, deadband: 0, grid: 1000}
schedule: {every: 1w, at_least: 500ms, burn_in: 7}
mode: observe
"""
    configured = load(write(folder, text))
    experiment = configured.experiment
    assert configured.target.region == "us-east-1"
    assert (experiment.name, experiment.control, experiment.mode) == ("other", "b", "observe")
    assert experiment.reward.window == timedelta(seconds=90)
    assert experiment.reward.default is None
    assert experiment.reward.prior.successes == 2
    assert experiment.metrics == {
        "latency": Gaussian(goal="minimize", window=timedelta(minutes=1), repeat="sum"),
        "error": Bernoulli(window=timedelta(seconds=90)),
    }
    assert experiment.evidence.stratum == timedelta(days=2)
    assert experiment.policy == EpsilonGreedy(epsilon=0.05)
    assert experiment.limits == Limits(floor=0.02, cap=0.9, step=1, deadband=0, grid=1000)
    assert experiment.schedule.at_least == timedelta(milliseconds=500)
    assert experiment.burn_in == 7


def test_the_digest_is_of_what_is_meant_not_of_how_it_is_written(folder):
    once = load(write(folder, LEAST)).experiment.digest
    again = load(write(folder, f"# the same\nlimits: {{floor: 0.01}}\ncontrol: a\n{LEAST}")).experiment.digest
    other = load(write(folder, f"{LEAST}limits: {{floor: 2%}}\n")).experiment.digest
    assert once == again
    assert once != other
    assert len(once) == 16


def test_the_example_says_what_the_defaults_are(folder):
    example = load(POLICIES / "flights.yaml").experiment
    least = LEAST.replace("[a, b]", "[logit-schedule, gbm-weather, gbm-weather-cal, gbm-rush]")
    least = least.replace("flights-prod", "flights-prod, region: us-east-1")
    assert load(write(folder, least)).experiment == example


def test_a_folder_stands_for_its_yaml_files_in_order(folder):
    write(folder, LEAST.replace("flights-prod", "two"), "b.yml")
    write(folder, LEAST, "a.yaml")
    write(folder, "{}", "schema.json")
    assert [one.experiment.name for one in load_all([folder, folder / "a.yaml"])] == ["a", "b"]


def test_mistakes_of_all_files_are_told_at_once(folder):
    write(folder, f"{LEAST}mod: act\n", "a.yaml")
    write(folder, "a: [", "b.yaml")
    assert lines(folder, Path("nowhere.yaml")) == [
        "nowhere.yaml: cannot be read: No such file or directory",
        "policies/a.yaml:5:1: mod: unknown option; did you mean mode?",
        "policies/b.yaml:1:5: while parsing a flow node, expected the node content, but found '<stream end>'",
    ]


def test_a_folder_without_policy_files_is_refused(folder):
    assert lines(folder) == ["policies: a folder without policy files; their names end in .yaml or .yml"]


def test_neither_a_name_nor_an_endpoint_belongs_to_two_experiments(folder):
    write(folder, LEAST, "a.yaml")
    write(folder, f"name: a\nmod: act\n{LEAST}", "b.yaml")
    write(folder, LEAST.replace("flights-prod", "flights-prod, region: us-east-1"), "c.yaml")
    assert lines(folder) == [
        "policies/b.yaml:1:7: name: already taken by policies/a.yaml",
        "policies/b.yaml:2:1: mod: unknown option; did you mean mode?",
        "policies/b.yaml:3:9: target: already taken by policies/a.yaml",
    ]
