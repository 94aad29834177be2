"""A policy file on recorded requests: what it would have earned, exactly where every variant's reward is known."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from banditctl.core.experiment import Experiment
from banditctl.replay.full import rerun
from banditctl.replay.logged import watch
from banditctl.replay.recording import Row
from banditctl.replay.running import Document
from banditctl.simulator.ends import check_reported


async def replay(experiment: Experiment, rows: Sequence[Row], seed: int, progress: Callable[[int], None]) -> Document:
    """What there is to tell; `progress` hears how many rows are done. The same seed gives the same answer.
    Raises UsageError where requests are not reported.

    The policy file acts, whatever mode it has been given for the real endpoint.
    """
    check_reported(experiment)
    experiment = replace(experiment, mode="act")
    if rows[0].variant is None:
        return await rerun(experiment, rows, seed, progress)
    return await watch(experiment, rows, progress)
