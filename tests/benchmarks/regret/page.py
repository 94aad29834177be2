"""What was measured, as a page of the documentation."""

import os
import platform
from collections.abc import Iterable, Sequence
from importlib.metadata import version

from benchmarks.regret.contest import DEFAULT, MABWISER, OURS, PER_REQUEST, POLICIES, RIVER, SCHEDULES, Results, Sizes
from benchmarks.regret.goals import Goal, goals
from benchmarks.regret.timing import Took
from benchmarks.regret.worlds import INSTANCES, hardness

_HEAD = """# Regret

What is given up, in reward, by not sending every request to the best variant. `make regret` has written this page;
nothing on it was written by hand.

- {horizon:,} requests in each world. Means over {seeds} seeds; of the libraries over the first {libraries}, of the
  default policy with a turn every 100 over the first {fine}. Each ± its standard error, with the 95th percentile of the
  seeds in brackets.
- A reward of the n-th request of a variant is the same whoever sent it there: players differ by their choices alone.
- *banditctl* is the policy by itself: pooled counting, nothing forgotten, no floor, no step. *banditctl by default* is
  whole decisions with every option at its default: floor 1%, step 20%, burn-in, its estimator and discount, a thousand
  requests being an hour.
- Python {python} on {machine}, {cores} cores; {packages}."""

_WORLDS = "## The worlds"

_POLICIES = """## Every policy, beside other libraries

banditctl and MABWiser learn every 1000 requests, river from every one.

- `epsilon_greedy` explores 10%; *decaying* is `epsilon: 100%, decay: true`. `softmax` has a temperature of 0.01.
- MABWiser's ucb1 gives a whole batch to the highest index; ours divides it as playing request by request would.
- `top_two` is for finding out which variant is best: between two it splits evenly, and its regret is the price.
- river's exp3 knows the horizon, ours does not."""

_TURNS = """## When to learn

Thompson sampling. *Growing* is a turn after 1000 requests, then whenever they have doubled, and after 10,000 more at
most: 14 turns."""

_BARS = """## The bars

Thompson sampling without floor and step: the bars are for that. What the default policy does stands beside it. C ln T
is for T = 100,000."""

_TIMES = """## Time per decision

Thompson sampling. banditctl decides once a turn, and the endpoint routes by the shares; the libraries decide at every
request."""


def page(sizes: Sizes, results: Results, took: Iterable[Took]) -> str:
    """All of it, in Markdown."""
    sections = [_head(sizes), _WORLDS, _worlds(), _POLICIES, _policies(results), _TURNS, _turns(results)]
    sections += [_BARS, _bars(results), _TIMES, _times(took)]
    return "\n\n".join(sections) + "\n"


def _head(sizes: Sizes) -> str:
    return _HEAD.format(
        horizon=sizes.horizon,
        seeds=sizes.seeds,
        libraries=sizes.libraries,
        fine=sizes.fine,
        python=platform.python_version(),
        machine=platform.machine(),
        cores=os.cpu_count(),
        packages=", ".join(f"{name} {version(name)}" for name in ("numpy", "scipy", "mabwiser", "river")),
    )


def _worlds() -> str:
    rows = [
        [name, ", ".join(f"{rate:g}" for rate in rates), f"{hardness(rates):.4f}"] for name, rates in INSTANCES.items()
    ]
    return _table(["", "success rates", "C of Lai and Robbins"], rows)


def _policies(results: Results) -> str:
    rows = [
        [f"`{name}`", whose, *_regrets(results, whose, name)]
        for name in POLICIES
        for whose in (OURS, DEFAULT, MABWISER, RIVER)
        if (whose, name, "I1") in results
    ]
    return _table(["policy", "whose", *INSTANCES], rows)


def _turns(results: Results) -> str:
    names = {PER_REQUEST: "every request", "thompson": "every 1000"}
    names |= {name: name.removeprefix("thompson, ") for name in SCHEDULES}
    rows = [
        [shown, whose, *_regrets(results, whose, name)]
        for name, shown in names.items()
        for whose in (OURS, DEFAULT)
        if (whose, name, "I1") in results
    ]
    return _table(["turns", "whose", *INSTANCES], rows)


def _bars(results: Results) -> str:
    rows = [
        [each.name, each.what, each.instance, _bar(each), f"{each.measured:.3g}", f"{each.default:.3g}", _verdict(each)]
        for each in goals(results)
    ]
    return _table(["goal", "what", "world", "bar", "banditctl", "by default", ""], rows)


def _times(took: Iterable[Took]) -> str:
    rows = [[each.what, str(each.variants), f"{each.microseconds:,.1f}", f"{each.a_thousand:,.0f}"] for each in took]
    return _table(["", "variants", "µs a call", "µs for 1000 requests and a turn"], rows)


def _regrets(results: Results, whose: str, name: str) -> list[str]:
    found = [results[whose, name, instance] for instance in INSTANCES]
    return [f"{one.mean:.1f} ± {one.error:.1f} ({one.p95:.0f})" for one in found]


def _bar(goal: Goal) -> str:
    return f"{'≥' if goal.at_least else '≤'} {goal.bar:g}"


def _verdict(goal: Goal) -> str:
    return "met" if goal.met else "**missed**"


def _table(heading: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [heading, ["---"] * len(heading), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
