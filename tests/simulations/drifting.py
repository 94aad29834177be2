"""Two variants for two weeks of 1000 requests an hour, through the simulator: one policy file and one world a case."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from simulations.goals import Rows

from banditctl.config import load
from banditctl.core.units import read_duration
from banditctl.simulator.reading import read_span
from banditctl.simulator.running import Loop
from banditctl.simulator.scenario import Scenario, scenario

# Seeds a chunk: about half a minute.
SEEDS = 25

POLICY = """\
target: {{kind: sagemaker, endpoint: drift}}
variants: [a, b]
reward: {reward}
policy: {{kind: thompson}}
evidence: {{{evidence}}}
limits: {{floor: 1%, step: 100%, deadband: 0%}}
schedule: {{every: 1h, at_least: 1h, burn_in: {burn_in}}}
"""
AT_ONCE = "{kind: bernoulli, default: null, window: 1h}"
WITHIN_TWO_DAYS = "{kind: bernoulli, window: 48h}"


@dataclass(frozen=True)
class Case:
    """One way to learn in one world; b earns `better` more than the 5% of a."""

    name: str
    world: str = "stationary"
    better: float = 0.1
    evidence: str = "estimator: stratified, discount: 1"
    reward: str = AT_ONCE
    burn_in: int = 6000
    delays: dict[str, str] = field(default_factory=dict)

    def scenario(self) -> Scenario:
        text = POLICY.format(reward=self.reward, evidence=self.evidence, burn_in=self.burn_in)
        with TemporaryDirectory() as folder:
            path = Path(folder) / "drift.yaml"
            path.write_text(text)
            experiment = load(path).experiment
        rates = {"a": 0.05, "b": 0.05 * (1 + self.better)}
        delays = {name: read_duration(delay) for name, delay in self.delays.items()}
        horizon, at_once = read_duration("2w"), read_span("", "0")
        return scenario(experiment, self.world, rates, delays, 1000.0, horizon, at_once, seed=0)


@dataclass(frozen=True)
class Played:
    """What is kept of all runs of a case, in columns."""

    regret: np.ndarray
    wrong: np.ndarray
    """Whether P(best) above 95% was ever a variant's that is not the best, after the first day."""
    end: np.ndarray
    """b's share at the end."""

    @property
    def mean(self) -> float:
        return float(self.regret.mean())

    def __str__(self) -> str:
        error = self.regret.std(ddof=1) / len(self.regret) ** 0.5
        return f"{self.mean:.0f} ± {error:.1f}, p95 {np.quantile(self.regret, 0.95):.0f}"


def drift(cases: Sequence[Case], chunk: int) -> Rows:
    """The next seeds of one of the cases, which take turns: the seeds of a chunk are the same for each."""
    block, case = divmod(chunk, len(cases))
    scenario = cases[case].scenario()
    return [[cases[case].name, *_run(scenario, block * SEEDS + number)] for number in range(SEEDS)]


def _run(scenario: Scenario, seed: int) -> list:
    loop = Loop(scenario, np.random.default_rng(seed))
    asyncio.run(loop.play())
    run = loop.watch.summary(seed, thompson=0.0)
    return [round(run.regret, 6), run.wrong, run.shares[-1][1]]


def by_case(rows: Rows) -> dict[str, Played]:
    names = dict.fromkeys(row[0] for row in rows)
    return {
        name: Played(*map(np.array, zip(*(row[1:] for row in rows if row[0] == name), strict=True))) for name in names
    }
