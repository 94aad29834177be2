"""Every mistake in a policy file is a line that says where it is and what to change."""

import pytest
from support.policy_files import LEAST, lines, write

from banditctl.config import load

KNOWN = (
    "name, variants, reward, policy, control, metrics, evidence, limits, schedule, stop, mismatch, rollout, mode, "
    "on_drift, version, target"
)
POLICIES = "epsilon_greedy, exp3, fixed, kl_ucb, softmax, thompson, top_two, ucb1"


def test_everything_that_is_wrong_is_told_at_once(folder):
    text = """\
version: 2
name: my flights
target: {kind: sagemaker, endpoint: flights-prod}
variants: [a, b]
control: c
reward:
  kind: bernoulli
  window: 6
  window: 7h
policy:
  kind: thomson
limits:
  flor: 1%
  step: 150%
guard: {after: 2d}
"""
    assert lines(write(folder, text)) == [
        "1:10: version: must be 1, not 2",
        '2:7: name: must be 1 to 63 letters, digits, dots, dashes or underscores, not "my flights"',
        "5:10: control: unknown variant; known are a, b",
        "8:11: reward.window: a duration is a number and a unit: 500ms, 90s, 5m, 6h, 2d or 1w, not 6",
        "9:3: reward.window: repeated; line 8 has it already",
        f"11:9: policy.kind: unknown kind thomson; did you mean thompson? known are {POLICIES}",
        "13:3: limits.flor: unknown option; did you mean floor?",
        '14:9: limits.step: must be at most 1, not "150%"',
        f"15:1: guard: unknown option; known are {KNOWN}",
    ]


def test_combinations_are_judged_even_if_other_options_are_wrong(folder):
    text = (
        LEAST.replace("kind: bernoulli", "kind: bernoulli, repeat: sum")
        + """\
control: c
limits: {flor: 1%, floor: 60%}
mode: perhaps
schedule: {every: often, at_least: 1h}
name: 7
"""
    )
    assert lines(write(folder, text)) == [
        "3:35: reward.repeat: a sum of bernoulli rewards can exceed 1; write first or max",
        "5:10: control: unknown variant; known are a, b",
        "6:10: limits.flor: unknown option; did you mean floor?",
        "6:27: limits.floor: 2 variants at a floor of 60.00% are more than everything",
        '7:7: mode: must be observe or act, not "perhaps"',
        '8:19: schedule.every: a duration is a number and a unit: 500ms, 90s, 5m, 6h, 2d or 1w, not "often"',
        "9:7: name: must be text, not 7",
    ]


def test_an_unknown_kind_hides_nothing_that_is_wrong_whichever_kind_was_meant(folder):
    text = (
        LEAST.replace("{kind: bernoulli}", "{kind: bernouli, window: 6x, colour: red}")
        + "limits: {floor: 60%, step: 0}\n"
    )
    assert [line.split(";")[0] for line in lines(write(folder, text))] == [
        "3:16: reward.kind: unknown kind bernouli",
        '3:34: reward.window: a duration is a number and a unit: 500ms, 90s, 5m, 6h, 2d or 1w, not "6x"',
        "3:38: reward.colour: unknown option",
        "5:17: limits.floor: 2 variants at a floor of 60.00% are more than everything",
        "5:28: limits.step: with a step of 0 nothing can ever move",
    ]


def test_a_section_that_is_missing_hides_nothing_that_is_wrong_elsewhere(folder):
    text = LEAST.replace("policy: {kind: thompson}\n", "") + "limits: {floor: 60%}\n"
    assert [line.split(": ", 1)[1] for line in lines(write(folder, text))] == [
        "policy: required",
        "limits.floor: 2 variants at a floor of 60.00% are more than everything",
    ]


def test_a_contradiction_of_defaults_is_told_at_the_option_above(folder):
    assert lines(write(folder, f"{LEAST}schedule:\n  every: 1m\n")) == [
        "5:1: schedule.at_least: must not be longer than every"
    ]


@pytest.mark.parametrize(
    ("option", "line"),
    [
        ("metrics: []", "metrics: must be a mapping of options, not []"),
        ("metrics: {latency: {}}", "metrics.latency.kind: required; known are bernoulli, gaussian, poisson"),
        ("metrics: {latency: {kind: gausian}}", "metrics.latency.kind: unknown kind gausian; did you mean gaussian?"),
        ("metrics: {latency: gaussian}", 'metrics.latency: must be a mapping of options, not "gaussian"'),
        (
            "metrics: {latency: {kind: gaussian, windw: 1m}}",
            "metrics.latency.windw: unknown option; did you mean window?",
        ),
        (
            "metrics: {latency: {kind: gaussian, window: 6}}",
            "metrics.latency.window: a duration is a number and a unit",
        ),
        ("metrics: {error: {kind: bernoulli, repeat: sum}}", "metrics.error.repeat: a sum of bernoulli rewards can"),
        (
            "metrics: {latency: {kind: gaussian, window: 7h}}",
            "metrics.latency.window: ids are remembered for the reward's window; write 6h or less",
        ),
        (
            "metrics: {reward: {kind: gaussian}}",
            "metrics.reward: is what traffic moves by; its options stand under reward itself",
        ),
        (
            'metrics: {"a\\nb": {kind: gaussian}}',
            "metrics.'a\\nb': must be 1 to 63 letters, digits, dots, dashes or underscores, not \"a\\nb\"",
        ),
        (
            "metrics: {p 99: {kind: gaussian}}",
            'metrics.p 99: must be 1 to 63 letters, digits, dots, dashes or underscores, not "p 99"',
        ),
        (
            "metrics: {calls: {kind: poisson, prior: {rate: 0.01}}}",
            "metrics.calls.prior.rate: must be at least 0.1, not 0.01",
        ),
        (
            "metrics: {latency: {kind: gaussian, costs: {a: 1}}}",
            "metrics.latency.costs: moves no traffic here; it belongs under reward",
        ),
        ("guardrails: []", "guardrails: unknown option; known are name,"),
        ("on_drift: ignore", 'on_drift: must be reassert, adopt or pause, not "ignore"'),
        ("digest: abc", "digest: unknown option; known are name,"),
        ("limits: {ceiling: 1}", "limits.ceiling: unknown option; known are floor,"),
        ("evidence: {estimator: best}", 'evidence.estimator: must be stratified or pooled, not "best"'),
        ("evidence: {delays: {a: 1h, b: 0s}}", 'evidence.delays.b: must be more than 0 seconds, not "0s"'),
        ("evidence: {delays: {a: 1h, b: 2}}", "evidence.delays.b: a duration is a number and a unit:"),
        ("evidence: {trials: requests}", 'evidence.trials: must be exposures, rewards or invocations, not "requests"'),
        (
            "evidence: {trials: invocations}\nmetrics: {calls: {kind: poisson, repeat: sum}}",
            "metrics.calls.repeat: with trials: invocations nobody tells which rewards are of one request;",
        ),
        ("rollout: {kind: canary}", "rollout.kind: unknown kind canary; known are continuous"),
        ("rollout: {}", "rollout.kind: required; known are continuous"),
        ("rollout: continuous", 'rollout: must be a mapping of options, not "continuous"'),
        ("rollout: {kind: [1]}", "rollout.kind: unknown kind [1]; known are continuous"),
        ("rollout: {kind: continuous, pace: 1}", "rollout.pace: unknown option; known are kind"),
        ("limits:", "limits: must be a mapping of options, not null"),
        ("limits: {grid: 1e3}", "limits.grid: must be a whole number, not 1000.0"),
        ("limits: {grid: yes}", 'limits.grid: must be a whole number, not "yes"'),
        ("limits: {grid: true}", "limits.grid: must be a whole number, not true"),
        ("limits: {grid: 99}", "limits.grid: must be at least 100, not 99"),
        ("limits: {grid: 99999999}", "limits.grid: must be at most 16777215, not 99999999"),
        ("limits: {floor: '0.01'}", 'limits.floor: a share is written 1% or 0.01, not "0.01"'),
        ("limits: {floor: -1}", "limits.floor: must be at least 0, not -1"),
        ("limits: {capacity: wait}", 'limits.capacity: must be observe, hold or scale, not "wait"'),
        (
            "limits: {capacity_rps: 0}",
            "limits.capacity_rps: must be a number above 0, or one for each variant by name, not 0",
        ),
        ("limits: {capacity_rps: {}}", "limits.capacity_rps: must be a number above 0, or one for each variant"),
        ("limits: {capacity_rps: {a: 1, b: yes}}", "limits.capacity_rps: must be a number above 0, or one for each"),
        ("limits: {capacity_rps: 1e999}", "limits.capacity_rps: must be a number above 0, or one for each"),
        ("limits: {capacity_rps: {a: 1, b: 2, c: 3}}", "limits.capacity_rps.c: unknown variant; known are a, b"),
        (
            "limits: {capacity_rps: {a: 1}}",
            "limits.capacity_rps: name all variants, or write one number for all; missing are b",
        ),
        (
            "limits: {capacity: scale, instances: 4}",
            "limits.capacity: needs capacity_rps: how many requests a second one instance takes",
        ),
        (
            "limits: {capacity: scale, capacity_rps: 5}",
            "limits.capacity: needs instances: the most that may be asked for, a variant",
        ),
        ("limits: {capacity: hold, instances: 4}", "limits.instances: is how far capacity: scale may go; with any"),
        ("limits: {instances: 0}", "limits.instances: must be at least 1, not 0"),
        ("evidence: {discount: '1'}", 'evidence.discount: must be a number, not "1"'),
        ("evidence: {discount: 0}", "evidence.discount: must be more than 0, not 0"),
        ("evidence: {discount: 1e999}", "evidence.discount: must be a finite number"),
        ("evidence: {stratum: 0h}", 'evidence.stratum: must be more than 0 seconds, not "0h"'),
        ("evidence: {stratum: 53w}", 'evidence.stratum: a duration is at most 52w, not "53w"'),
        ("control: 7", "control: must be text, not 7"),
        ("mode: off", 'mode: must be observe or act, not "off"'),
        ('"a\\nb": 1', "'a\\nb': unknown option; known are name,"),
    ],
)
def test_an_option_that_cannot_be_is_refused(folder, option, line):
    (told,) = lines(write(folder, f"{LEAST}{option}\n"))
    assert told.split(": ", 1)[1].startswith(line)


@pytest.mark.parametrize(
    ("reward", "line"),
    [
        (
            "{kind: bernoulli, prior: {successes: 0.01}}",
            "3:46: reward.prior.successes: must be at least 0.1, not 0.01",
        ),
        ("{kind: poisson, default: 0.5}", "3:34: reward.default: a poisson reward is a whole number from 0; write"),
        ("{kind: gaussian, costs: {c: 1}}", "3:37: reward.costs.c: unknown variant; known are a, b"),
        ("{kind: gaussian, costs: {a: -1}}", "3:37: reward.costs.a: must be at least 0, not -1"),
        (
            "{kind: bernoulli, default: null}\nevidence: {trials: invocations}",
            "3:36: reward.default: must not be null with trials: invocations: of rewards alone, how many",
        ),
        (
            "{kind: gaussian, repeat: sum}\nevidence: {trials: invocations}",
            "3:34: reward.repeat: with trials: invocations nobody tells which rewards are of one request; leave it out",
        ),
        ("{kind: gaussian, value: 0}", "3:33: reward.value: must be more than 0, not 0"),
        ("{kind: gaussian, value: 2}", "3:33: reward.value: weighs rewards against costs; without costs it changes"),
        (
            "{kind: poisson, costs: {a: 1}}\nevidence: {estimator: pooled}",
            "3:32: reward.costs: poisson rewards have costs with the stratified estimator only",
        ),
    ],
)
def test_a_reward_that_cannot_be_is_refused(folder, reward, line):
    (told,) = lines(write(folder, LEAST.replace("{kind: bernoulli}", reward)))
    assert told.startswith(line)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("target:", "#", "2:1: target: required"),
        ("variants:", "#", "1:1: variants: required"),
        ("kind: bernoulli", "goal: minimize", "3:1: reward.kind: required; known are bernoulli, gaussian, poisson"),
        (", endpoint: flights-prod", "", "1:1: target.endpoint: required"),
        (
            "endpoint: flights-prod",
            "endpoint: ''",
            '1:37: target.endpoint: the name of an endpoint is 1 to 63 letters, digits and dashes, not ""',
        ),
        ("[a, b]", "[]", "2:11: variants: must have at least 2, not 0"),
        ("[a, b]", "[a]", "2:11: variants: must have at least 2, not 1"),
        ("[a, b]", "[a, a]", "2:11: variants: each variant is named once"),
        ("[a, b]", "a", '2:11: variants: must be a list, not "a"'),
        ("[a, b]", "[a, 1]", "2:15: variants.1: must be text, not 1"),
    ],
)
def test_what_is_needed_cannot_be_left_out_or_left_empty(folder, old, new, told):
    assert told in lines(write(folder, LEAST.replace(old, new)))


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ("fixed, shares: {a: 0.6, b: 50%}", "4:31: policy.shares: must sum to 1, not to 1.1"),
        ("fixed, shares: {a: 1}", "4:31: policy.shares: lack b; name each variant, or none for an equal split"),
        ("fixed, shares: {a: 2, b: 0}", "4:35: policy.shares.a: must be at most 1, not 2"),
        ("fixed, shares: 50%", '4:31: policy.shares: must be a mapping of options, not "50%"'),
        ("top_two, beta: 0.4", "4:31: policy.beta: must be at least 0.5, not 0.4"),
        ("softmax, temperature: 0", "4:38: policy.temperature: must be more than 0, not 0"),
        ("epsilon_greedy, decay: maybe", '4:39: policy.decay: must be true or false, not "maybe"'),
        ("softmax, alpha: 2", "4:25: policy.alpha: unknown option; known are kind, temperature"),
    ],
)
def test_an_option_that_a_policy_cannot_have_is_refused(folder, options, told):
    assert lines(write(folder, LEAST.replace("thompson", options))) == [told]


def test_an_index_policy_is_refused_where_the_reward_is_no_rate(folder):
    text = LEAST.replace("thompson", "ucb1").replace("bernoulli", "gaussian") + "evidence: {estimator: pooled}\n"
    assert lines(write(folder, text)) == ["3:16: reward.kind: must be bernoulli for ucb1, not gaussian"]


@pytest.mark.parametrize("text", ["", "just words", "- a list"])
def test_a_file_that_is_no_mapping_is_refused(folder, text):
    assert lines(write(folder, text)) == ["1:1: a policy file is a mapping of options"]


def test_a_file_name_that_is_no_name_needs_one_written(folder):
    path = write(folder, LEAST, "my flights.yaml")
    (line,) = lines(path)
    assert line.startswith(f"{path}:1:1: name: must be 1 to 63 letters")
    assert load(write(folder, f"name: mine\n{LEAST}", "my flights.yaml")).experiment.name == "mine"
