"""A real server on a free port for the whole run, with a fresh emulator behind it for each test."""

import random
import socket
import subprocess
import sys
import threading
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import boto3
import pytest
import uvicorn
from botocore.config import Config

from banditctl.emulator import Scenario, emulator

AWS = Path(sys.executable).with_name("aws")

CREATING = timedelta(minutes=5)
UPDATING = timedelta(seconds=60)


class MovedClock:
    """A clock that stands still until it is moved."""

    def __init__(self):
        self.now = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)

    def __call__(self):
        return self.now

    def move(self, by):
        self.now += by


class Stage:
    """An ASGI app that plays whichever emulator the test has put on."""

    def __init__(self, url):
        self.url = url
        self.app = None

    async def __call__(self, scope, receive, send):
        await self.app(scope, receive, send)


@contextmanager
def built():
    """A stage of its own."""
    listener = socket.create_server(("127.0.0.1", 0))  # clients queue here until uvicorn is up
    played = Stage(f"http://127.0.0.1:{listener.getsockname()[1]}")
    server = uvicorn.Server(uvicorn.Config(played, lifespan="off", ws="none", log_level="warning"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    try:
        yield played
    finally:
        server.should_exit = True
        thread.join()


@pytest.fixture(scope="session")
def stage():
    with built() as played:
        yield played


def client_of(stage, service):
    # The refusals under test are the server's: the client's own validation, retries and proxies are off.
    unhelpful = Config(parameter_validation=False, retries={"total_max_attempts": 1}, proxies={})
    return boto3.client(
        service,
        endpoint_url=stage.url,
        region_name="us-east-1",
        aws_access_key_id="local",
        aws_secret_access_key="local",  # noqa: S106 - nothing checks it
        config=unhelpful,
    )


@pytest.fixture(scope="session")
def sagemaker_client(stage):
    client = client_of(stage, "sagemaker")
    yield client
    client.close()


@pytest.fixture(scope="session")
def runtime_client(stage):
    client = client_of(stage, "sagemaker-runtime")
    yield client
    client.close()


@pytest.fixture(scope="session")
def cloudwatch_client(stage):
    client = client_of(stage, "cloudwatch")
    yield client
    client.close()


@pytest.fixture(scope="session")
def autoscaling_client(stage):
    client = client_of(stage, "application-autoscaling")
    yield client
    client.close()


@pytest.fixture
def clock():
    return MovedClock()


@pytest.fixture
def recorded():
    """The recorded answers of the test's containers; by default there are none and they echo."""


@pytest.fixture
def scenario():
    """The world of the test's emulator; by default an empty one in which nothing goes wrong."""
    return Scenario(creating=CREATING, updating=UPDATING)


@pytest.fixture
def served(stage, clock, recorded, scenario):
    """The address of this test's own, empty account."""
    lots = random.Random(20260301)
    stage.app = emulator(scenario, source=clock, lots=lots, answers=recorded)
    return stage.url


@pytest.fixture
def sagemaker(served, sagemaker_client):
    return sagemaker_client


@pytest.fixture
def runtime(served, runtime_client):
    return runtime_client


def variant(name, model="Prices", count=1, weight=1):
    """A variant as a configuration has it."""
    return {
        "VariantName": name,
        "ModelName": model,
        "InstanceType": "ml.m7i.large",
        "InitialInstanceCount": count,
        "InitialVariantWeight": weight,
    }


# Members of configurations that make endpoints of other kinds.
SHADOW = {
    "ProductionVariants": [variant("A")],
    "ShadowProductionVariants": [variant("S", weight=0.5)],
}
SERVERLESS = {
    "ProductionVariants": [
        {
            "VariantName": "A",
            "ModelName": "Prices",
            "ServerlessConfig": {"MaxConcurrency": 5, "MemorySizeInMB": 2048},
        }
    ]
}


def make(sagemaker, members):
    """Makes `Fares` of such members, still Creating."""
    sagemaker.create_model(ModelName="Prices", PrimaryContainer={"Image": "prices:1"})
    sagemaker.create_endpoint_config(EndpointConfigName="Kind", **members)
    sagemaker.create_endpoint(EndpointName="Fares", EndpointConfigName="Kind")


def deploy(sagemaker, config, **models):
    """Makes a configuration of A and B, whose model is Prices where it is not named; the models are made as well."""
    for model in models.values():
        sagemaker.create_model(ModelName=model, PrimaryContainer={"Image": "prices:2"})
    variants = [variant(name, model) for name, model in ({"A": "Prices", "B": "Prices"} | models).items()]
    sagemaker.create_endpoint_config(EndpointConfigName=config, ProductionVariants=variants)


@pytest.fixture
def cloudwatch(served, cloudwatch_client):
    return cloudwatch_client


@pytest.fixture
def autoscaling(served, autoscaling_client):
    return autoscaling_client


@pytest.fixture
def aws_command(served, tmp_path):
    """The `aws` command as users have it."""
    environment = {
        "AWS_ACCESS_KEY_ID": "local",
        "AWS_SECRET_ACCESS_KEY": "local",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ENDPOINT_URL": served,
        "AWS_CONFIG_FILE": str(tmp_path / "no-config"),
        "HOME": str(tmp_path),
    }

    def run(*arguments):
        command = [AWS, "--output", "json", *arguments]
        return subprocess.run(command, env=environment, cwd=tmp_path, capture_output=True, text=True, check=False)

    return run


@pytest.fixture
def creating_endpoint(sagemaker):
    """`Fares`, still Creating: variant A with weight 3 on two instances, B with weight 1 on one."""
    sagemaker.create_model(ModelName="Prices", PrimaryContainer={"Image": "prices:1"})
    variants = [variant("A", count=2, weight=3), variant("B")]
    sagemaker.create_endpoint_config(EndpointConfigName="Split", ProductionVariants=variants)
    sagemaker.create_endpoint(EndpointName="Fares", EndpointConfigName="Split")
    return "Fares"


@pytest.fixture
def endpoint(creating_endpoint, clock):
    """`Fares`, InService."""
    clock.move(CREATING)
    return creating_endpoint
