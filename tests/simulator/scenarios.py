"""Simulations for tests, each in a line."""

from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from banditctl.config import load
from banditctl.simulator.scenario import scenario

HOUR = timedelta(hours=1)

# A turn an hour, and every reward told at once.
POLICY = """\
target: {kind: sagemaker, endpoint: fares}
variants: [a, b]
reward: {kind: bernoulli, default: null, window: 1h}
policy: {kind: thompson}
evidence: {estimator: pooled, discount: 1}
limits: {step: 100%, deadband: 0%}
schedule: {every: 1h, at_least: 1h, burn_in: 2000}
"""


def experiment(text=POLICY, **changed):
    """Of a policy file, sections changed or added by name, each as YAML."""
    lines = {line.partition(":")[0]: line for line in text.splitlines()}
    lines |= {name: f"{name}: {section}" for name, section in changed.items()}
    with TemporaryDirectory() as folder:
        path = Path(folder) / "fares.yaml"
        path.write_text("\n".join(lines.values()))
        return load(path).experiment


def world(kind="stationary", hours=24, traffic=1000.0, rates=None, delays=None, settle=timedelta(0), seed=1, **changed):
    """A scenario of so many hours; rates and delays by variant."""
    chosen = experiment(**changed)
    return scenario(chosen, kind, rates or {}, delays or {}, traffic, hours * HOUR, settle, seed)
