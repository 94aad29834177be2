"""Whether an experiment can run as its policy file has it: on the terms of its evidence, at its endpoint."""

import asyncio

import structlog

from banditctl.config import Configured
from banditctl.controller import check_terms
from banditctl.core.experiment import Experiment
from banditctl.core.judgement import unsteerable
from banditctl.errors import TargetUnavailable, UsageError
from banditctl.stores import Store
from banditctl.targets import MeteredTarget, Target

# How long an endpoint is waited for, in seconds; events are worth more than an early refusal.
_PATIENCE = 2

log = structlog.get_logger("banditctl")


async def vet(one: Configured, before: Configured | None, store: Store, *, control: bool) -> MeteredTarget | None:
    """The target to steer, connected; None where this process does not `control`. `before` is the version that runs.

    Raises TermsChanged and UsageError where the experiment cannot run like this, and StoreUnavailable.
    """
    experiment = one.experiment
    check_terms(experiment, await store.ledger(experiment.name))
    if not control:
        return None
    # boto3 reads its own files for a tenth of a second.
    target = await asyncio.to_thread(one.target.connect, experiment.limits.grid)
    # What has become of the endpoint of an experiment that runs is no fault of its new version.
    known = before and (before.target, before.experiment.variants) == (one.target, experiment.variants)
    moves = before is not None and before.target != one.target
    if not known and (problem := await obstacle(experiment, target, moves=moves)):
        raise UsageError(problem)
    return target


async def obstacle(experiment: Experiment, target: Target, *, moves: bool = False) -> str | None:
    """Why the endpoint cannot be steered, and what to change; None if it can, or has yet to tell.

    An experiment that `moves` from one endpoint to another does not leave it for one that is broken or missing,
    nor for one that does not answer.
    """
    try:
        live = await asyncio.wait_for(target.read(), _PATIENCE)
    except (TargetUnavailable, TimeoutError) as error:
        told = str(error) or "no answer yet"
        if moves:
            return f"{experiment.name}: the endpoint that it is to move to does not answer: {told}"
        log.warning("starting without the endpoint", experiment=experiment.name, error=told)
        return None
    problem = unsteerable(experiment, live)
    if problem and live.state == "broken" and not moves:
        # Who deploys both at once may start this first.
        log.warning("starting without the endpoint", experiment=experiment.name, error=f"it {problem}")
        return None
    return f"{experiment.name}: the endpoint {problem}" if problem else None
