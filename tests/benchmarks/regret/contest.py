"""Everyone at play in every world, a few worlds at a time in each of two processes."""

from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from functools import partial

import numpy as np
from benchmarks.regret import peers
from benchmarks.regret.players import Schedule, even, growing, play, play_as_it_comes, play_per_request
from benchmarks.regret.worlds import HORIZON, INSTANCES, World

from banditctl.core.policies.epsilon_greedy import EpsilonGreedy
from banditctl.core.policies.exp3 import Exp3
from banditctl.core.policies.fixed import Fixed
from banditctl.core.policies.kl_ucb import KlUcb
from banditctl.core.policies.softmax import Softmax
from banditctl.core.policies.thompson import Thompson
from banditctl.core.policies.top_two import TopTwo
from banditctl.core.policies.ucb1 import Ucb1

_PROCESSES = 2
_WORLDS_AT_ONCE = 10

OURS, DEFAULT, MABWISER, RIVER = "banditctl", "banditctl by default", "MABWiser", "river"

POLICIES = {
    "thompson": Thompson(),
    "top_two": TopTwo(),
    "kl_ucb": KlUcb(),
    "ucb1": Ucb1(),
    "epsilon_greedy": EpsilonGreedy(),
    "epsilon_greedy, decaying": EpsilonGreedy(epsilon=1.0, decay=True),
    "softmax": Softmax(),
    "exp3": Exp3(),
    "fixed": Fixed(),
}

PER_REQUEST = "thompson, every request"
FINE = "thompson, every 100"

# Beside a turn after every thousand requests, which everybody has who is not said to have another.
SCHEDULES = {
    FINE: even(100),
    "thompson, every 10000": even(10_000),
    "thompson, growing": growing,
}


@dataclass(frozen=True)
class Sizes:
    """How many seeds, how many for the libraries, how many for whole decisions from a thousand strata; how long."""

    seeds: int
    libraries: int
    fine: int
    horizon: int = HORIZON


@dataclass(frozen=True)
class Regrets:
    """What one player gave up, world by world."""

    of: tuple[float, ...]

    @property
    def mean(self) -> float:
        return float(np.mean(self.of))

    @property
    def error(self) -> float:
        """Standard error of the mean."""
        return float(np.std(self.of, ddof=1) / np.sqrt(len(self.of)))

    @property
    def p95(self) -> float:
        return float(np.percentile(self.of, 95))

    def first(self, number: int) -> "Regrets":
        return Regrets(self.of[:number])


Key = tuple[str, str, str]
"""Whose it is, what it plays, and the instance."""

Results = dict[Key, Regrets]
Players = dict[tuple[str, str], Callable[[World], float]]


def our_players() -> Players:
    """Our policies, and the default one as it decides at these turns."""
    pooled = {(OURS, name): partial(play, policy, schedule=even(1000)) for name, policy in POLICIES.items()}
    turns = {(OURS, name): partial(play, Thompson(), schedule=schedule) for name, schedule in SCHEDULES.items()}
    usual = {name: schedule for name, schedule in SCHEDULES.items() if name != FINE} | {"thompson": even(1000)}
    return pooled | turns | {(DEFAULT, name): _by_default(schedule) for name, schedule in usual.items()}


def fine_players() -> Players:
    """The default policy with a stratum for every hundred requests."""
    return {(DEFAULT, FINE): _by_default(SCHEDULES[FINE])}


def library_players() -> Players:
    """The libraries' policies."""
    mabwiser = {(MABWISER, name): partial(peers.play_mabwiser, name) for name in peers.MABWISER}
    return mabwiser | {(RIVER, name): partial(peers.play_river, name) for name in peers.RIVER}


def _by_default(schedule: Schedule) -> Callable[[World], float]:
    return partial(play_as_it_comes, Thompson(), schedule=schedule)


def run(sizes: Sizes) -> Iterator[tuple[float, Results]]:
    """Play everything; after each part, the part of all that is done and what is known by then."""
    jobs = list(_jobs(sizes))
    found: dict[Key, dict[int, float]] = {}
    with ProcessPoolExecutor(_PROCESSES) as pool:
        running = [pool.submit(part, instance, seeds, sizes.horizon) for part, instance, seeds in jobs]
        for done, future in enumerate(as_completed(running), start=1):
            for key, regrets in future.result().items():
                found.setdefault(key, {}).update(regrets)
            yield done / len(jobs), {key: _in_order(regrets) for key, regrets in found.items()}


def _jobs(sizes: Sizes) -> Iterator[tuple[Callable[..., dict[Key, dict[int, float]]], str, range]]:
    for part, seeds in ((_fine, sizes.fine), (_libraries, sizes.libraries), (_ours, sizes.seeds)):
        for start in range(0, seeds, _WORLDS_AT_ONCE):
            for instance in reversed(INSTANCES):
                yield part, instance, range(start, min(start + _WORLDS_AT_ONCE, seeds))


def _ours(instance: str, seeds: range, horizon: int) -> dict[Key, dict[int, float]]:
    worlds = _worlds(instance, seeds, horizon)
    per_request = dict(zip(seeds, play_per_request(worlds), strict=True))
    return _played(our_players(), instance, worlds) | {(OURS, PER_REQUEST, instance): per_request}


def _fine(instance: str, seeds: range, horizon: int) -> dict[Key, dict[int, float]]:
    return _played(fine_players(), instance, _worlds(instance, seeds, horizon))


def _libraries(instance: str, seeds: range, horizon: int) -> dict[Key, dict[int, float]]:
    return _played(library_players(), instance, _worlds(instance, seeds, horizon))


def _worlds(instance: str, seeds: range, horizon: int) -> list[World]:
    return [World(INSTANCES[instance], seed, horizon) for seed in seeds]


def _played(players: Players, instance: str, worlds: list[World]) -> dict[Key, dict[int, float]]:
    return {(*name, instance): {world.seed: player(world) for world in worlds} for name, player in players.items()}


def _in_order(regrets: dict[int, float]) -> Regrets:
    return Regrets(tuple(regret for _, regret in sorted(regrets.items())))
