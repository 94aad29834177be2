"""The same fixtures for every double of AWS: the emulator, and moto_server, which others have written."""

from datetime import timedelta

import pytest
from sagemaker.doubles import DOUBLES, expectation, started_moto, variant
from sagemaker.moto_cannot import MOTO_CANNOT
from support.emulated import client_of
from support.seen import Seen

SERVICES = ("sagemaker", "sagemaker-runtime", "cloudwatch", "application-autoscaling")


@pytest.fixture(scope="session")
def moto(tmp_path_factory):
    with started_moto(tmp_path_factory.mktemp("moto") / "log") as moto:
        yield moto


@pytest.fixture(scope="session")
def moto_clients(moto):
    clients = {service: client_of(moto, service) for service in SERVICES}
    yield clients
    for client in clients.values():
        client.close()


@pytest.fixture(params=DOUBLES)
def double(request):
    reason = MOTO_CANNOT.get(expectation(request.node.name))
    if request.param == "moto" and reason:
        request.applymarker(pytest.mark.xfail(strict=True, reason=f"moto {reason}"))
    return request.param


@pytest.fixture
def served(double, served, moto):
    """The address of an empty account."""
    if double == "emulator":
        return served
    moto.empty()
    return moto.url


@pytest.fixture
def sagemaker(double, served, sagemaker_client, moto_clients):
    return {"emulator": sagemaker_client, "moto": moto_clients["sagemaker"]}[double]


@pytest.fixture
def runtime(double, served, runtime_client, moto_clients):
    return {"emulator": runtime_client, "moto": moto_clients["sagemaker-runtime"]}[double]


@pytest.fixture
def cloudwatch(double, served, cloudwatch_client, moto_clients):
    return {"emulator": cloudwatch_client, "moto": moto_clients["cloudwatch"]}[double]


@pytest.fixture
def autoscaling(double, served, autoscaling_client, moto_clients):
    return {"emulator": autoscaling_client, "moto": moto_clients["application-autoscaling"]}[double]


@pytest.fixture
def model(sagemaker):
    sagemaker.create_model(
        ModelName="Prices",
        PrimaryContainer={"Image": "prices:1"},
        ExecutionRoleArn="arn:aws:iam::123456789012:role/prices",
    )
    return "Prices"


@pytest.fixture
def creating_endpoint(sagemaker, model):
    """`Fares`, just created: variant A with weight 3 on two instances, B with weight 1 on one."""
    sagemaker.create_endpoint_config(
        EndpointConfigName="Split",
        ProductionVariants=[
            variant("A", InitialInstanceCount=2, InitialVariantWeight=3),
            variant("B", InitialVariantWeight=1),
        ],
    )
    sagemaker.create_endpoint(EndpointName="Fares", EndpointConfigName="Split")
    return "Fares"


@pytest.fixture
def seen(sagemaker, endpoint):
    return Seen(sagemaker)


@pytest.fixture
def settle(clock):
    """Lets every change come to its end; moto's are over at once."""
    return lambda: clock.move(timedelta(hours=1))
