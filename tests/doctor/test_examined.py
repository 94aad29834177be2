"""The whole of a look: policy files, store, address and endpoints, none of which hides another."""

from datetime import UTC, datetime

import pytest
from msgspec.structs import replace
from support.policy_files import LEAST, write
from support.redis_servers import free_port
from support.verbs import serving

from banditctl.config import load
from banditctl.core.evidence import Evidence
from banditctl.credentials import digest, issue
from banditctl.demo.children import NO_AWS
from banditctl.doctor import Circumstances, examined
from banditctl.stores.redis.opening import opened

FARES = LEAST.replace("flights-prod", "Fares").replace("[a, b]", "[A, B]")


async def lines(policies, **other):
    told = {"store": "memory://", "host": "127.0.0.1", "port": free_port(), "insecure": False} | other
    return [one async for one in examined(Circumstances([policies], **told))]


def found(diagnoses, check):
    (one,) = [one for one in diagnoses if one.check == check]
    return one


@pytest.fixture
def fares(folder):
    write(folder, FARES)
    return folder


async def test_all_is_looked_at_side_by_side_and_told_in_order(fares, valkey, aws, endpoint):
    told = await lines(fares, store=valkey.url)
    about = list(dict.fromkeys(one.about.partition(":")[0] for one in told))
    assert about == ["policies/flights.yaml", "redis", "127.0.0.1", "Fares"]
    assert {one.outcome for one in told if one.about != "Fares"} == {"ok"}
    assert found(told, "status").outcome == "ok"


@pytest.mark.parametrize(
    ("limits", "metrics", "scaling"),
    [
        ("{capacity: observe, capacity_rps: 9}", "warning", "warning"),
        ("{capacity: hold}", "warning", "warning"),
        ("{capacity: hold, capacity_rps: 9}", "failed", "warning"),
        ("{capacity: scale, capacity_rps: 9, instances: 4}", "failed", "failed"),
    ],
)
async def test_what_a_capacity_depends_on_must_be_allowed(fares, aws, endpoint, limits, metrics, scaling):
    for operation in ("GraniteServiceVersion20100801.GetMetricData", "AnyScaleFrontendService.DescribeScalableTargets"):
        aws.refuse(operation, "AccessDeniedException")
    write(fares, f"{FARES}limits: {limits}\n")
    told = await lines(fares)
    assert found(told, "cloudwatch:GetMetricData").outcome == metrics
    assert found(told, "application-autoscaling:DescribeScalableTargets").outcome == scaling


async def test_a_mistake_in_one_file_hides_neither_the_others_nor_the_store(fares, valkey, aws, endpoint):
    write(fares, LEAST + "mod: act\n", "faulty.yaml")
    told = await lines(fares, store=valkey.url)
    (failure,) = [one for one in told if one.outcome == "failed"]
    assert (failure.about, failure.usage) == ("policies/faulty.yaml:5:1", True)
    assert failure.detail == "mod: unknown option; did you mean mode?"
    assert found(told, "status").about == "Fares"
    assert found(told, "evidence").outcome == "ok"


async def test_a_store_that_is_down_hides_nothing_else_and_tells_no_password(fares, aws, endpoint):
    told = await lines(fares, store="redis://user:hush@127.0.0.1:1/0")
    assert (found(told, "store").outcome, found(told, "store").about) == ("failed", "redis://127.0.0.1:1/0")
    assert found(told, "status").outcome == "ok"
    assert "hush" not in str(told)


@pytest.mark.parametrize("store", ["redis:/nowhere", "redis://x:y@h:port/0"])
async def test_a_store_that_is_none_is_a_mistake_of_whoever_named_it(folder, store):
    told = await lines(folder, store=store)
    assert (found(told, "store").outcome, found(told, "store").usage) == ("failed", True)
    assert "x:y" not in str(told)


async def test_an_embedded_store_is_looked_at_without_being_made(folder):
    told = await lines(folder, store="embedded:new")
    assert found(told, "store").detail.startswith("new is not there yet")
    assert [one.name for one in folder.parent.iterdir()] == ["policies"]


async def test_an_embedded_store_is_looked_at_beside_the_daemon_that_has_it(folder, embedded_session):
    told = await lines(folder, store=embedded_session)
    assert found(told, "store").detail == "answers"
    assert "everysec" in found(told, "persistence").detail


async def test_memory_is_a_warning(folder):
    assert found(await lines(folder), "store").outcome == "warning"


async def test_evidence_that_was_gathered_on_other_terms_is_told(fares, valkey):
    configured = load(fares / "flights.yaml").experiment
    async with opened(valkey.url) as store:
        ledger = await store.ledger(configured.name)
        assert ledger.evidence == Evidence()
        await store.save(configured.name, ledger, replace(ledger, terms=configured.terms))
    write(fares, FARES.replace("kind: bernoulli", "kind: gaussian"))
    told = found(await lines(fares, store=valkey.url), "evidence")
    assert (told.outcome, told.usage) == ("failed", True)
    assert "give the experiment a new name" in told.detail


async def test_listening_to_other_machines_needs_a_key(folder, valkey):
    told = await lines(folder, store=valkey.url, host="0.0.0.0")
    assert found(told, "keys").outcome == "failed"
    assert "banditctl keys new" in found(told, "keys").remedy
    key, credential = issue("shop", ["ingest"], datetime.now(UTC))
    async with opened(valkey.url) as store:
        await store.credentials.grant(digest(key), credential)
    assert found(await lines(folder, store=valkey.url, host="0.0.0.0"), "keys").outcome == "ok"


async def test_listening_to_other_machines_without_keys_is_a_warning_when_it_was_meant(folder, valkey):
    told = await lines(folder, store=valkey.url, host="0.0.0.0", insecure=True)
    assert (found(told, "keys").outcome, found(told, "openness").outcome) == ("ok", "warning")


async def test_a_port_that_something_else_has_is_told(folder, served):
    told = found(await lines(folder, port=int(served.rpartition(":")[2])), "port")
    assert (told.outcome, "name another" in told.remedy) == ("failed", True)


async def test_a_port_that_a_daemon_has_is_well_while_that_is_ready(fares, tmp_path, valkey):
    running = ["run", "policies", "--port", "0", "--store", valkey.url]
    with serving(running, tmp_path / "daemon.log", **NO_AWS, AWS_ENDPOINT_URL="http://127.0.0.1:1") as daemon:
        told = found(await lines(fares, store=valkey.url, port=int(daemon.address.rpartition(":")[2])), "port")
    assert (told.outcome, "is ready" in told.detail) == ("ok", True), told
