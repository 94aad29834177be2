"""A local SageMaker over the real wire protocol, so that unmodified boto3 and the `aws` CLI drive it.

It keeps the endpoint's clock as AWS does: a change of weights takes a while, shows as `Updating`, and
until it is over the old split is served and no other change is let in. A member or an operation that
isn't emulated is refused by name, never dropped in silence. Signatures are not checked: any credentials
will do, so bind it to an address that only you can reach.
"""

import random
from collections.abc import Callable
from datetime import datetime, timedelta

from starlette.applications import Starlette
from starlette.routing import Route

from banditctl.emulator.account import Account
from banditctl.emulator.answers import Answers, echo, read_answers
from banditctl.emulator.runtime import Runtime
from banditctl.emulator.wire import ControlPlane, worded_as_aws

# What stands in ARNs; nothing depends on them.
REGION, ACCOUNT = "us-east-1", "123456789012"

__all__ = ["Answers", "emulator", "read_answers"]


def emulator(
    *,
    clock: Callable[[], datetime],
    lots: random.Random,
    creating: timedelta,
    updating: timedelta,
    answers: Answers | None,
) -> Starlette:
    """An empty account behind both of SageMaker's doors, as one ASGI app.

    `clock` tells aware UTC time; `lots` picks the variant of each request. An endpoint is `Creating` for
    `creating`, and `Updating` for `updating` after each change. Without `answers` containers echo.
    """
    resources = Account(region=REGION, number=ACCOUNT, clock=clock, creating=creating, updating=updating)
    control = ControlPlane(resources)
    runtime = Runtime(resources, lots, echo if answers is None else answers)
    return Starlette(
        routes=[
            Route("/endpoints/{name}/invocations", worded_as_aws(runtime.invoke_endpoint), methods=["POST"]),
            Route("/", worded_as_aws(control.perform), methods=["POST"]),
        ]
    )
