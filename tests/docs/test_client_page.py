"""The page on the client: its Python runs, and its tables are what the code has."""

import inspect
from dataclasses import fields

import pytest
from support.emulated import CREATING
from support.pages import PAGES, blocks, rows

from banditctl.client import AsyncBanditClient, BanditClient, Stats, backoff, clients, courier, transport
from banditctl.demo.children import NO_AWS

PAGE = PAGES["docs/client.md"]
BLOCKS = [block for page, block in blocks("python") if page == "docs/client.md"]


@pytest.fixture
def churn_prod(sagemaker, clock, monkeypatch, served):
    """The endpoint of the page, where boto3 looks for AWS."""
    variant = {"ModelName": "churn", "InstanceType": "ml.m5.large", "InitialInstanceCount": 1}
    variants = [variant | {"VariantName": name} for name in ("current", "candidate")]
    sagemaker.create_model(ModelName="churn", PrimaryContainer={"Image": "churn"})
    sagemaker.create_endpoint_config(EndpointConfigName="churn", ProductionVariants=variants)
    sagemaker.create_endpoint(EndpointName="churn-prod", EndpointConfigName="churn")
    clock.move(CREATING)
    for name, value in {**NO_AWS, "AWS_ENDPOINT_URL": served}.items():
        monkeypatch.setenv(name, value)


def test_its_python_reports_what_it_says(churn_prod, scripted_intake):
    code, reported = {}, []
    for block in BLOCKS:
        exec(block.replace("http://127.0.0.1:8080", scripted_intake.url), code)
        code["client"].close()
        reported.append(len(scripted_intake.events))
        scripted_intake.events.clear()
        code["client"] = BanditClient(scripted_intake.url)
    code["answer"]["Body"].read()
    code["runtime"].close()
    assert reported == [1, 1, 4, 1, 2]


@pytest.mark.parametrize("client", [BanditClient, AsyncBanditClient])
def test_every_option_is_listed_with_its_default(client):
    known = inspect.signature(client).parameters.values()
    listed = [(name, default) for name, default, _ in rows(PAGE, "## The verbs")]
    assert listed == [
        (option.name, "required" if option.default is option.empty else repr(option.default)) for option in known
    ]


def test_every_count_is_listed():
    listed = [name for name, _ in rows(PAGE.replace("`client.stats` is", "\n## Stats\n"), "## Stats")]
    assert listed == [field.name for field in fields(Stats)]


def test_the_figures_it_names_are_those_of_the_code():
    assert f"at most {courier.MOST_EVENTS} events" in PAGE
    assert f"gzipped from {transport._GZIP_FROM // 1024} KiB on" in PAGE
    assert (
        f"within {backoff._FIRST_SECONDS} s, then twice as long each time up to {backoff._LONGEST_SECONDS:g} s" in PAGE
    )
    assert f"for at most {clients.EXIT_SECONDS:g} s" in PAGE
