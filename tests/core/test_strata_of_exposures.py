"""A reward cannot be counted in the stratum of its arrival: nothing in the core lets anybody say so."""

import inspect
from importlib import import_module
from pkgutil import walk_packages
from typing import get_args, get_type_hints

from core.builders import HOUR, MINUTE, NOON, exposure, reward, stratum
from hypothesis import given, strategies as st

from banditctl import core
from banditctl.core.attribution import Rule, Rules, Tally, attribute
from banditctl.core.event import Event, Reward
from banditctl.core.evidence import Credit, Evidence, Stratum

STRATA = Evidence(tuple(stratum(NOON + k * HOUR, None if k == 5 else NOON + (k + 1) * HOUR) for k in range(6)))
RULES = Rules({"reward": Rule(3 * HOUR, "first")}, "exposures", memory=4 * HOUR)


def functions():
    """Every function and method of the core, by its qualified name, with the types of its parameters."""
    for found in walk_packages(core.__path__, "banditctl.core."):
        module = import_module(found.name)
        own = [each for _, each in inspect.getmembers(module) if getattr(each, "__module__", "") == module.__name__]
        classes = [each for each in own if inspect.isclass(each)]
        for function in [*own, *(member for one in classes for member in vars(one).values())]:
            if inspect.isfunction(function):
                yield function.__qualname__, get_type_hints(function)


def mentions(annotation, kinds):
    return annotation in kinds or any(mentions(part, kinds) for part in get_args(annotation))


def takers(*kinds):
    """The functions that are given a value of one of `kinds`."""
    return {
        name
        for name, hints in functions()
        if any(mentions(hint, kinds) for parameter, hint in hints.items() if parameter != "return")
    }


def test_what_takes_a_reward_takes_no_stratum_with_it():
    taking = takers(Reward, Event)
    assert "attribute" in taking
    assert taking & takers(Stratum, Credit) == set()


def test_a_reward_has_no_field_that_names_a_stratum():
    assert set(Reward.__struct_fields__) == {"id", "value", "at", "exposure", "variant", "metric"}


def test_only_attribution_metering_and_folding_make_credits():
    made = {
        module.name
        for module in walk_packages(core.__path__, "banditctl.core.")
        if "Credit(" in inspect.getsource(import_module(module.name)).replace("class Credit(", "")
    }
    assert made == {"banditctl.core.attribution", "banditctl.core.evidence", "banditctl.core.metering"}


minutes = st.integers(0, 180)


@given(served=minutes, after=minutes, late=minutes, first=st.booleans())
def test_whenever_it_comes_and_is_received_it_counts_where_its_exposure_does(served, after, late, first):
    at = NOON + served * MINUTE
    told = [
        (at, exposure("x", at=at)),
        (at + (after + late) * MINUTE, reward("r", at=at + after * MINUTE, inference_id="x")),
    ]
    learned = attribute(STRATA, Tally(), {}, told if first else told[::-1], RULES).evidence
    counted = [(one["A"].exposed, one["A"].rewarded.count) for one in learned.strata]
    assert counted == [(1.0, 1.0) if k == served // 60 else (0.0, 0.0) for k in range(6)]
