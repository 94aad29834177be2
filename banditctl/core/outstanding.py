"""What was decided or ordered and is not carried out yet, and why."""

from typing import Literal

from msgspec import Struct

from banditctl.core.allocation import Live
from banditctl.core.experiment import Experiment
from banditctl.core.judgement import demanded, unsteerable
from banditctl.core.standing import Standing
from banditctl.core.turn import Turn


class Outstanding(Struct, frozen=True):
    """Why shares are not as they were decided or ordered, as far as anybody knows.

    The push `failed`, or it was `asked` of the endpoint, which has not answered; or the endpoint is not ready, and is
    being `waited` for.
    """

    state: Literal["failed", "asked", "waited"]
    detail: str


_AGAIN = "it is tried again at every look"
_AFRESH = "it is decided afresh"


def outstanding(experiment: Experiment, turn: Turn | None, standing: Standing, live: Live | None) -> Outstanding | None:
    """What is left to be done after `turn`; `live` is what the endpoint said then. None where nothing is."""
    if turn and turn.unfinished:
        return _unfinished(turn, _AGAIN if standing.urgent else _AFRESH)
    heeded = standing.heeded if experiment.mode == "act" else None
    if live is None or heeded is None or heeded.fault(experiment.variants) or live.state == "ready":
        return None
    wanted = demanded(experiment, heeded)
    coming = live.desired or live.allocation
    if wanted is None or (coming and coming.matches(wanted)):
        return None
    return Outstanding("waited", _awaited(experiment, live))


def _unfinished(turn: Turn, following: str) -> Outstanding:
    if turn.failure:
        return Outstanding("failed", f"{turn.failure}; {following}")
    if turn.busy:
        return Outstanding("waited", f"somebody else is changing the endpoint; {following}")
    return Outstanding("asked", "the endpoint has not answered yet")


def _awaited(experiment: Experiment, live: Live) -> str:
    if live.state == "busy":
        return f"the endpoint is {live.status}; it is done as soon as that is ready"
    return f"the endpoint {unsteerable(experiment, live) or f'is {live.status}'}; only a person can mend that"
