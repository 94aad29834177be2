"""What drifting rates cost, and rewards that are late: two weeks of 1000 requests an hour."""

from collections.abc import Callable, Sequence
from functools import partial

import numpy as np
from simulations.drifting import SEEDS, WITHIN_TWO_DAYS, Case, Played, by_case, drift
from simulations.goals import Figure, Goal, Rows, at_least, at_most
from simulations.ramping import SEEDS as RAMPS, ramp

COMMON = "1000 requests and a turn an hour, an equal split for 6 h, floor 1%"
BETTER = f"b earns 10% more than a's 5%; {COMMON}, discount 1"

Sum = Callable[[dict[str, Played]], Sequence[Figure]]


def estimator(name: str, discount: float = 1, more: str = "") -> str:
    return f"estimator: {name}, discount: {discount}{more}"


DAY = [Case("stratified", "day", evidence=estimator("stratified"))]
FLAT = [Case(name, evidence=estimator(name)) for name in ("stratified", "pooled")]
SWAP = [
    Case(f"{world} at {discount}", world, better, estimator("stratified", discount))
    for discount in (0.99, 0.995)
    for world, better in (("swap", 0.2), ("stationary", 0.1))
]
TREND = Case("trend", "trend", 0.0, estimator("stratified"))

DELAYS = {"none": {"a": "0s", "b": "0s"}, "6 h": {"a": "6h", "b": "6h"}, "2 h, 12 h": {"a": "2h", "b": "12h"}}


def late(name: str, *, given: bool, world: str = "day", better: float = 0.1) -> Case:
    delays = DELAYS[name]
    known = f", delays: {{a: {delays['a']}, b: {delays['b']}}}" if given else ""
    how = "given" if given else "estimated"
    evidence = estimator("stratified", more=known)
    return Case(f"{name} {how}", world, better, evidence, WITHIN_TWO_DAYS, delays=delays)


LATE = [
    Case("no delay", "day", evidence=estimator("stratified")),
    *(late(name, given=given) for name in ("6 h", "2 h, 12 h") for given in (True, False)),
]
AA = [late("2 h, 12 h", given=given, world="aa", better=0.0) for given in (True, False)]


def _day(played: dict[str, Played]) -> Sequence[Figure]:
    found = played["stratified"]
    return [
        Figure("regret", str(found)),
        at_most("mean regret", found.mean, 110),
        at_most("p95 of regret", float(np.quantile(found.regret, 0.95)), 260),
        at_most("ever sure of the worse variant", float(found.wrong.mean()), 0.03),
        at_most("seeds that end above 90% on the worse variant", float((found.end < 0.1).sum()), 0),
    ]


def _flat(played: dict[str, Played]) -> Sequence[Figure]:
    told = [Figure(f"regret, {name}", str(found)) for name, found in played.items()]
    return [*told, at_most("stratified over pooled", played["stratified"].mean / played["pooled"].mean, 1.25)]


def _swap(played: dict[str, Played]) -> Sequence[Figure]:
    bars = {"swap at 0.99": 460, "stationary at 0.99": 165, "swap at 0.995": 620, "stationary at 0.995": 135}
    told = [Figure(f"regret, {name}", str(found)) for name, found in played.items()]
    return [*told, *(at_most(f"mean regret, {name}", played[name].mean, bar) for name, bar in bars.items())]


def _late(played: dict[str, Played]) -> Sequence[Figure]:
    told = [Figure(f"regret, {name}", str(found)) for name, found in played.items()]
    at_once = played.pop("no delay").mean
    for name, found in played.items():
        given = name.endswith("given")
        told.append(at_most(f"{name}, over no delay", found.mean / at_once, 1.25 if given else 3.5))
        if given:
            told.append(at_most(f"{name}, ever sure of the worse variant", float(found.wrong.mean()), 0.05))
    return told


def _aa(played: dict[str, Played]) -> Sequence[Figure]:
    given, estimated = played.values()
    return [
        at_least("b's share at the end, delays given", float(given.end.mean()), 0.4),
        at_most("b's share at the end, delays given", float(given.end.mean()), 0.6),
        Figure("b's share at the end, delays estimated", f"{estimated.end.mean():.4g}"),
        Figure("seeds that end above 90% on either, delays given", f"{np.mean(abs(given.end - 0.5) > 0.4):.4g}"),
    ]


def _ramp(rows: Rows) -> Sequence[Figure]:
    effect, best = np.array(rows).T
    inside = (best > 0.025) & (best < 0.975)
    return [
        at_most("bias, in bp", abs(1e4 * float(effect.mean())), 1),
        Figure("root mean square error, in bp", f"{1e4 * np.sqrt(np.mean(effect**2)):.4g}"),
        at_least("coverage of the 95% interval", float(inside.mean()), 0.93),
        at_most("coverage of the 95% interval", float(inside.mean()), 0.97),
    ]


def _drift(name: str, cases: Sequence[Case], seeds: int, sum_up: Sum, setting: str) -> Goal:
    chunks = len(cases) * seeds // SEEDS
    return Goal(name, f"{setting}; {seeds} seeds", chunks, partial(drift, cases), partial(_by_case, sum_up))


def _by_case(sum_up: Sum, rows: Rows) -> Sequence[Figure]:
    return sum_up(by_case(rows))


GOALS = [
    _drift("day cycle", DAY, 1000, _day, f"{BETTER}, day cycle of 40%"),
    _drift("flat rates", FLAT, 500, _flat, BETTER),
    _drift("swap", SWAP, 200, _swap, f"b earns 20% more than a, then a than b; stationary 10%; {COMMON}"),
    _drift("late rewards", LATE, 200, _late, f"{BETTER}, day cycle of 40%, window 48 h"),
    _drift("late rewards of equal variants", AA, 200, _aa, f"both earn 5%; {COMMON}, discount 1, window 48 h"),
    Goal(
        "ramp of equal variants",
        "b's share grows from 10% to 90%, whatever it earns; rates from 3% to 7%; 1000 requests an hour; 1000 seeds",
        1000 // RAMPS,
        partial(ramp, TREND),
        _ramp,
    ),
]
