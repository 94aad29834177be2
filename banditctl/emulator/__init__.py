"""A local SageMaker over the real wire protocol, so that unmodified boto3 and the `aws` CLI drive it.

It keeps the endpoint's clock as AWS does: a change of weights takes a while, shows as `Updating`, and
until it is over the old split is served and no other change is let in. What goes wrong at AWS goes wrong
here where it is asked for: in a `Scenario`, or through the API under /_emulator. A member or an operation
that isn't emulated is refused by name, never dropped in silence. Signatures are not checked: any
credentials will do, so bind it to an address that only you can reach.
"""

import random
from collections.abc import Callable
from datetime import datetime
from functools import partial

from starlette.applications import Starlette
from starlette.routing import Route

from banditctl.emulator.account import Account
from banditctl.emulator.answers import Answers, echo, read_answers
from banditctl.emulator.autoscaler import every_minute
from banditctl.emulator.clock import Clock
from banditctl.emulator.control_plane import ControlPlane
from banditctl.emulator.diary import Diary
from banditctl.emulator.furnishing import furnish
from banditctl.emulator.local_api import LocalApi
from banditctl.emulator.reading import read_scenario
from banditctl.emulator.runtime import Runtime
from banditctl.emulator.scenario import Scenario
from banditctl.emulator.wire import worded_as_aws

# What stands in ARNs; nothing depends on them.
REGION, ACCOUNT = "us-east-1", "123456789012"

__all__ = ["Answers", "Scenario", "emulator", "read_answers", "read_scenario"]


def emulator(
    scenario: Scenario, *, source: Callable[[], datetime], lots: random.Random, answers: Answers | None
) -> Starlette:
    """An account behind all of the emulator's doors, as one ASGI app.

    `source` tells aware UTC time, from which the clock goes on; a stepped one stays where it is. `lots` pick
    the variant of each request. Without `answers` containers echo.
    """
    started = source()
    clock = Clock(source if scenario.clock == "real" else lambda: started)
    account = Account(region=REGION, number=ACCOUNT, clock=clock, lots=lots, world=scenario)
    diary = Diary(account)
    account.agenda.enter(clock(), partial(every_minute, account))
    furnish(account, diary, scenario)
    control = ControlPlane(account)
    runtime = Runtime(account, lots, echo if answers is None else answers)
    return Starlette(
        routes=[
            Route("/endpoints/{name}/invocations", worded_as_aws(runtime.invoke_endpoint), methods=["POST"]),
            Route("/", worded_as_aws(control.perform), methods=["POST"]),
            *LocalApi(account, diary).routes(),
        ]
    )
