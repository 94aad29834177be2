"""How sure it is that the leader earns more than each rival, by proofs that hold however often one looks."""

from collections.abc import Sequence
from math import log, log1p, sqrt
from typing import NamedTuple

from msgspec import Struct

from banditctl.core.past import Pair, Past, wealth


class Comparison(Struct, frozen=True):
    """The leader beside one rival.

    `effect` is what it earns more per request, weighted by how much each stratum says, `interval` its confidence
    sequence: it holds the true one at all times at once. Where there is no difference the e-value ever reaches
    1 / alpha with a probability of at most alpha.
    """

    effect: float
    interval: tuple[float, float]
    e_value: float


class Aim(NamedTuple):
    """What is looked for: an effect of `lift` times the mean reward, and with which probability of being wrong."""

    lift: float
    alpha: float
    binary: bool


def log_mixture(pair: Pair, deviation: float) -> float:
    """The log of the e-value against no difference, one of about `deviation` being looked for."""
    grown = deviation**2 * pair.information
    return 0.5 * ((deviation * pair.score) ** 2 / (1 + grown) - log1p(grown))


def radius(pair: Pair, deviation: float, alpha: float) -> float:
    """How far from score / information the truth ever is, but for a probability of alpha."""
    grown = deviation**2 * pair.information
    return sqrt((1 + grown) * (2 * log(1 / alpha) + log1p(grown))) / (deviation * pair.information)


def compare(
    past: Past, variants: Sequence[str], leader: str, aim: Aim, value: float, shift: Sequence[float]
) -> dict[str, Comparison]:
    """The leader beside each rival of which both were read; alpha is shared among the K - 1 of them.

    A mean reward m of variant k is worth value * m + shift[k], and that is what is compared. Rewards of 0 or 1
    (`aim.binary`) have an e-value of their own, which is exact, where they are worth the same; that of others, and
    every interval, is as good as the normal distribution is for the sums.
    """
    deviation = aim.lift * value * (past.scale or 0.0)
    shifts = dict(zip(variants, shift, strict=True))
    found = {}
    for rival in (name for name in variants if name != leader):
        first, second = sorted((leader, rival))
        if pair := past.pairs.get(first, {}).get(second):
            apart = shifts[second] - shifts[first]
            worth = _worth(pair, value, apart)
            effect = worth.score / worth.information * (1 if leader == second else -1)
            reach = radius(worth, deviation, aim.alpha / (len(variants) - 1))
            evidence = pair.log_wealth if aim.binary and not apart else log_mixture(worth, deviation)
            found[rival] = Comparison(effect, (effect - reach, effect + reach), wealth(evidence))
    return found


def _worth(pair: Pair, value: float, apart: float) -> Pair:
    """The same sums as if each reward had been `value` times as large, and `apart` larger for the second variant."""
    information = pair.information / value**2
    return Pair(information, pair.score / value + information * apart)
