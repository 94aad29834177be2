"""The page on deciding works one example, and each of its numbers is what the code gives."""

import re
from dataclasses import replace
from datetime import timedelta
from math import sqrt

import pytest
from msgspec import structs
from scipy.special import ndtr
from support.pages import PAGES
from support.policy_files import write
from typer.testing import CliRunner

from banditctl import counts
from banditctl.cli import app
from banditctl.config import load
from banditctl.core.allocation import Allocation, Live
from banditctl.core.decision import believe, decide, matured_trials
from banditctl.core.evidence import Cell
from banditctl.core.limits import Limits
from banditctl.core.maturity import mature
from banditctl.core.proposing import newcomers
from banditctl.core.snapshot import Snapshot

PAGE = PAGES["docs/deciding.md"]
HOUR = timedelta(hours=1)


def fenced(language, heading):
    """The blocks in `language` below a heading."""
    _, _, after = PAGE.partition(f"\n## {heading}\n")
    return re.findall(rf"^```{language}\n(.*?)^```$", after.partition("\n## ")[0], re.MULTILINE | re.DOTALL)


def words(block):
    return [line.split() for line in block.splitlines()]


def same(heading, number, *lines):
    """Whether the block with this number below a heading is these lines, but for how they are spaced."""
    assert words(fenced("text", heading)[number]) == words("\n".join(lines))


@pytest.fixture
def example(tmp_path, monkeypatch):
    """The experiment of the page, in the working directory, and what is read of its counts."""
    monkeypatch.chdir(tmp_path)
    ((policy,), (text,)) = fenced("yaml", "The example"), fenced("json", "The example")
    (tmp_path / "counts.json").write_text(text)
    experiment = load(write(tmp_path, policy, "churn.yaml")).experiment
    return experiment, counts.read(text, "counts.json", experiment)


@pytest.fixture
def decision(example):
    experiment, told = example
    return decide(experiment, Snapshot(told.at, told.evidence, Live("as written", "ready", told.live), told.heard))


class Worked:
    """The formulas of the page, computed on the example by hand."""

    def __init__(self, experiment, told):
        trials = matured_trials(experiment, told.evidence, told.at)
        self.n, self.s = trials.count, trials.total
        self.w = experiment.evidence.discount**trials.elapsed
        fading = (23 / 24) ** (trials.elapsed[0] - trials.elapsed[1])
        together = [
            (self.n[0].sum(), self.s[0].sum()),
            (self.n[1].sum() + fading * self.n[0].sum(), self.s[1].sum() + fading * self.s[0].sum()),
        ]
        self.q = [(total + 0.5) / (count + 1) for count, total in together]
        self.noise = [q * (1 - q) for q in self.q]
        self.d = [self.s[t, 1] / self.n[t, 1] - self.s[t, 0] / self.n[t, 0] for t in range(2)]
        self.h = [self.w[t] * self.n[t].prod() / (self.n[t].sum() * self.noise[t]) for t in range(2)]
        self.prior = 1 / (2 * self.noise[1])
        self.precision = sum(self.h) + self.prior
        self.mean = sum(h * d for h, d in zip(self.h, self.d, strict=True)) / self.precision
        self.deviation = 1 / sqrt(self.precision)
        self.best = float(ndtr(self.mean / self.deviation))


@pytest.fixture
def worked(example):
    return Worked(*example)


def test_the_command_prints_what_the_page_shows(example):
    (line,) = fenced("sh", "The example")[0].splitlines()
    done = CliRunner().invoke(app, line.split()[1:])
    assert done.exit_code == 0
    printed = [row for row in words(done.stdout) if row and not set(row[0]) <= {"─"}]
    assert printed == words(fenced("text", "The example")[0])


def test_what_it_sees_is_the_snapshot(decision):
    live = ", ".join(f"{name} {share:.1%}" for name, share in decision.seen.live.allocation.shares.items())
    same("1. Snapshot", 0, f"at {decision.seen.at:%Y-%m-%dT%H:%M:%SZ}", f"live {live}")


def test_trials_mature_as_the_page_says(example, worked):
    experiment, told = example
    rows = [
        f"stratum {t + 1} {one.until:%H:%M} {one.until + experiment.reward.window:%H:%M} "
        f"{worked.n[t, 0]:,.0f}, {worked.s[t, 0]:.0f} {worked.n[t, 1]:,.0f}, {worked.s[t, 1]:.0f}"
        for t, one in enumerate(told.evidence.strata)
    ]
    late = replace(experiment.maturity(told.at.replace(hour=15)), delays=dict.fromkeys(experiment.variants, 2 * HOUR))
    from_code = mature(told.evidence, experiment.variants, late).count[1, 0]
    same(
        "2. Trials that have matured",
        0,
        "until window closed current n, S candidate n, S",
        *rows,
        f"at 15:00: {worked.n[1, 0]:,.0f} · {from_code / worked.n[1, 0]:.4f} = {from_code:,.1f}",
    )


def test_strata_are_compared_as_the_page_says(worked):
    rows = [
        f"stratum {t + 1} {w:.5f} {q:.5f} {noise:.5f} {d:.4f} {h:,.1f}"
        for t, (w, q, noise, d, h) in enumerate(zip(worked.w, worked.q, worked.noise, worked.d, worked.h, strict=True))
    ]
    same("3. Compared within strata", 0, "w q σ² d h", *rows)


def test_added_up_the_counts_say_the_opposite(example, worked):
    experiment, told = example
    n, s = worked.n.sum(axis=0), worked.s.sum(axis=0)
    rows = [f"{name} {s[k]:.0f} of {n[k]:,.0f} = {s[k] / n[k]:.2%}" for k, name in enumerate(experiment.variants)]
    same("3. Compared within strata", 1, *rows)
    pooled = replace(experiment, evidence=replace(experiment.evidence, estimator="pooled"))
    best = believe(pooled, matured_trials(pooled, told.evidence, told.at)).best[1]
    assert f"candidate is best with a probability of {best:.1%}." in " ".join(PAGE.split())


def test_the_posterior_is_that_of_the_formulas(decision, worked):
    current, candidate = decision.belief.values()
    assert candidate.mean - current.mean == pytest.approx(worked.mean, rel=1e-9)
    assert candidate.best == pytest.approx(worked.best, rel=1e-9)
    parts = f"{worked.h[0]:,.1f} + {worked.h[1]:,.1f} + {worked.prior:.1f}"
    same(
        "4. Posterior",
        0,
        f"H = {parts} = {worked.precision:,.1f}",
        f"D = {worked.mean:.6f}",
        f"s = {worked.deviation:.6f}",
    )
    same(
        "5. P(best)",
        0,
        f"D / s = {worked.mean / worked.deviation:.4f}",
        f"P(candidate) = {candidate.best:.5f}",
        f"P(current) = {current.best:.5f}",
    )


def test_the_proposal_is_the_one_of_the_page(example, decision):
    experiment, _ = example
    proposal = ", ".join(f"{name} {share:.5f}" for name, share in decision.proposal.shares.items())
    same(
        "6. Proposal",
        0,
        f"burn-in {decision.trials:,.0f} trials are at least max(1,000, 100 · 2) = {experiment.burn_in:,}",
        "newcomers none: both were there in the first stratum",
        f"proposal {proposal}",
    )


def test_the_limits_step_as_the_page_says(example, decision):
    limits, live, asked = example[0].limits, decision.seen.live.allocation, decision.proposal
    floored = {name: limits.floor + (1 - 2 * limits.floor) * share for name, share in asked.shares.items()}
    same(
        "8. Floor and cap",
        0,
        *(f"{name} 0.01 + (1 - 2 · 0.01) · {asked[name]:.5f} = {floored[name]:.5f}" for name in reversed(floored)),
    )
    change = live.distance(Allocation(floored))
    part = min(1, limits.step / change)
    following = live["candidate"] + part * (floored["candidate"] - live["candidate"])
    same(
        "9. Step",
        0,
        f"largest change {floored['candidate']:.5f} - {live['candidate']:.5f} = {change:.5f}",
        f"part {limits.step:g} / {change:.5f} = {part:.5f}",
        f"candidate {live['candidate']:.5f} + {part:.5f} · {change:.5f} = {following:.5f}",
    )
    assert limits.apply(live, asked)["candidate"] == pytest.approx(following, abs=0.5 / limits.grid)


def test_the_weights_are_those_of_the_page(example, decision):
    limits, live = example[0].limits, decision.seen.live.allocation
    weights = ", ".join(f"{name} {share * limits.grid:,.0f}" for name, share in decision.allocation.shares.items())
    thirds = Limits().on_grid(Allocation.equal(("a", "b", "c")))
    three = ", ".join(f"{share * limits.grid:,.0f}" for share in thirds.shares.values())
    same("10. Grid", 0, weights, f"three equal shares would be {three}")
    change = live.distance(decision.allocation)
    same("11. Dead-band", 0, f"{change:.5f} is at least {limits.deadband:g}: not within the dead-band")
    assert not limits.negligible(live, decision.allocation)


def test_the_verdict_is_the_one_of_the_page(decision):
    same("13. Verdict", 0, decision.verdict, decision.reason)


def test_a_newcomer_is_one_until_it_has_as_many_trials_as_the_page_says(example):
    experiment, told = example

    def candidate_is_new(number):
        first, second = told.evidence.strata
        alone = structs.replace(first, shares={"current": 1.0}, variants={"current": first["current"]})
        joined = structs.replace(second, variants={**second.variants, "candidate": Cell(exposed=number)})
        evidence = structs.replace(told.evidence, strata=(alone, joined))
        return "candidate" in newcomers(experiment, evidence, matured_trials(experiment, evidence, told.at))

    assert [candidate_is_new(number) for number in (99, 100)] == [True, False]


def test_no_number_in_the_text_goes_unnoticed():
    """Those of a block are compared above; one that is written elsewhere, or in another block, is to be added here."""
    assert PAGE.count("```text\n") == 13
    prose = re.sub(r"^```[^`]*^```$|^ {4}.*$|^#.*$|\]\(.*?\)", "", PAGE, flags=re.MULTILINE)
    found = re.findall(r"\d[\d./:,]*\d%?|\d%?", prose)
    assert found == ["15:00", "2", "23/24", "19.0%", "1", "2", "100", "100%"]


def test_the_cap_and_the_limits_that_are_worked_with_are_the_defaults(example):
    assert example[0].limits == Limits()
    assert (Limits().floor, Limits().cap, Limits().step, Limits().deadband) == (0.01, 1.0, 0.2, 0.01)
