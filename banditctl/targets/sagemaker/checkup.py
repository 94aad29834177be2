"""One endpoint looked at as the daemon will: credentials, clock, each call that it makes, and what AWS tells."""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
from botocore.exceptions import BotoCoreError

from banditctl.diagnosis import Diagnoses, Diagnosis, clock, failed, ok, skipped, warning
from banditctl.targets.sagemaker.asking import BRIEF, Answer, ask
from banditctl.targets.sagemaker.cloudwatch import query
from banditctl.targets.sagemaker.description import told
from banditctl.targets.sagemaker.gauge import scalable
from banditctl.targets.sagemaker.permissions import permission, pushing
from banditctl.targets.sagemaker.reading import Obstacle, missing
from banditctl.targets.sagemaker.refusals import MISSING

_LATELY = timedelta(minutes=15)


@dataclass(frozen=True)
class _Clients:
    """boto3 makes them while running; their types have no names that could be imported here."""

    sagemaker: Any
    cloudwatch: Any
    autoscaling: Any


@dataclass(frozen=True)
class Needs:
    """What the daemon does beside moving weights: its requests are counted by CloudWatch, its instances scaled."""

    counted: bool
    scaled: bool


async def checkup(endpoint: str, region: str | None, variants: Sequence[str], needs: Needs) -> Diagnoses:
    """Every line about `endpoint`; nothing of it is changed."""
    session = boto3.Session(region_name=region)
    try:
        clients = _Clients(
            session.client("sagemaker", config=BRIEF),
            session.client("cloudwatch", config=BRIEF),
            session.client("application-autoscaling", config=BRIEF),
        )
    except (BotoCoreError, ValueError) as error:
        yield failed("region", str(error), "write target.region in the policy file, or set AWS_DEFAULT_REGION")
        yield skipped("endpoint", "AWS cannot be asked without a region")
        return
    yield ok("region", f"{session.region_name}, asked at {clients.sagemaker.meta.endpoint_url}")
    found = await asyncio.to_thread(_credentials, session)
    yield found
    if found.outcome == "failed":
        yield skipped("endpoint", "AWS cannot be asked without credentials")
        return
    async for diagnosis in _endpoint(clients, endpoint, variants, needs):
        yield diagnosis


def _credentials(session: boto3.Session) -> Diagnosis:
    """Which of boto3's providers found some; where they have to be fetched, whether they can be."""
    remedy = "configure any way that boto3 knows: a role, AWS_PROFILE, or AWS_ACCESS_KEY_ID and its secret"
    try:
        credentials = session.get_credentials()
        if credentials is None:
            return failed("credentials", "boto3 finds none", remedy)
        credentials.get_frozen_credentials()
    except BotoCoreError as error:
        return failed("credentials", str(error), remedy)
    return ok("credentials", f"found by the provider {credentials.method}")


async def _endpoint(clients: _Clients, name: str, variants: Sequence[str], needs: Needs) -> Diagnoses:
    described = await ask(clients.sagemaker.describe_endpoint, EndpointName=name)
    resource = str(described.document.get("EndpointArn") or _arn(clients, "endpoint", name))
    if described.at:
        ahead = described.at - datetime.now(UTC)
        yield clock("clock of AWS", ahead, "AWS refuses requests that were signed at another time")
    for one in _described(described, missing(name, clients.sagemaker.meta.region_name), resource):
        yield one
    if described.kind == "done":
        async for one in _told(clients, described, variants):
            yield one
    yield await pushing(clients.sagemaker, name, resource)
    yield await _traffic(clients, name, variants, needed=needs.counted)
    yield await _scaling(clients, name, variants, needed=needs.scaled)


def _described(described: Answer, absence: Obstacle, resource: str) -> Iterator[Diagnosis]:
    """The permission to look, and where nothing was seen, that the rest is not known."""
    if _missing(described):
        yield ok(_LOOK, "allowed")
        yield failed("endpoint", *absence)
        return
    yield permission(_LOOK, described, resource)
    if described.kind != "done":
        yield skipped("endpoint", "its status, kind, variants, weights and models are not known without that")


_LOOK, _CONFIG = "sagemaker:DescribeEndpoint", "sagemaker:DescribeEndpointConfig"


async def _told(clients: _Clients, described: Answer, variants: Sequence[str]) -> Diagnoses:
    name = str(described.document.get("EndpointConfigName"))
    configured = await ask(clients.sagemaker.describe_endpoint_config, EndpointConfigName=name)
    for one in _configured(configured, name, _arn(clients, "endpoint-config", "*")):
        yield one
    document = configured.document if configured.kind == "done" else None
    for one in told(described.document, document, variants):
        yield one


def _configured(configured: Answer, name: str, resource: str) -> Iterator[Diagnosis]:
    """The permission to see a configuration, which AWS lets anybody delete while it is in use."""
    if _missing(configured):
        yield ok(_CONFIG, "allowed")
        remedy = "deploy with one that stays, or a new model under an old name goes unnoticed"
        yield warning("models", f"not known: the configuration {name} was deleted", remedy)
        return
    yield permission(_CONFIG, configured, resource)


def _missing(answered: Answer) -> bool:
    return answered.kind == "refused" and MISSING in answered.said


async def _traffic(clients: _Clients, name: str, variants: Sequence[str], *, needed: bool) -> Diagnosis:
    """Whether CloudWatch may be asked, with the question it would be: requests to each variant."""
    until = datetime.now(UTC)
    answered = await ask(
        clients.cloudwatch.get_metric_data,
        MetricDataQueries=[query(name, variant, f"v{number}") for number, variant in enumerate(variants)],
        StartTime=until - _LATELY,
        EndTime=until,
    )
    for result in answered.document.get("MetricDataResults", []):
        if result.get("StatusCode") == "Forbidden":
            answered = Answer("denied", f"Forbidden: {result.get('Label')}", {})
    return permission("cloudwatch:GetMetricData", answered, "*", needed=needed)


async def _scaling(clients: _Clients, name: str, variants: Sequence[str], *, needed: bool) -> Diagnosis:
    """Which variants Application Auto Scaling sizes: it updates the endpoint too, and a push waits meanwhile."""
    action = "application-autoscaling:DescribeScalableTargets"
    answered = await ask(clients.autoscaling.describe_scalable_targets, **scalable(name, variants))
    if answered.kind != "done":
        return permission(action, answered, "*", needed=needed)
    managed = [
        f"{one['ResourceId'].rpartition('/')[2]} ({one['MinCapacity']} to {one['MaxCapacity']} instances)"
        for one in answered.document.get("ScalableTargets", [])
    ]
    if not managed:
        return ok(action, "allowed; no variant is sized by autoscaling")
    return ok(action, f"allowed; sized by autoscaling: {', '.join(managed)}: while it scales, a push waits")


def _arn(clients: _Clients, kind: str, name: str) -> str:
    """As policies must write it, in lower case; the account is not told before something was described."""
    region = clients.sagemaker.meta.region_name
    return f"arn:aws:sagemaker:{region}:ACCOUNT:{kind}/{name.lower()}"
