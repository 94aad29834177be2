"""Requests, driven by the client that users have."""

import math
from collections import Counter
from datetime import timedelta

import pytest

from banditctl.emulator import Answers


def invoked(runtime, endpoint, times):
    answers = (runtime.invoke_endpoint(EndpointName=endpoint, Body=b"x") for _ in range(times))
    return Counter(answer["InvokedProductionVariant"] for answer in answers)


def refusal_of(runtime, **parameters):
    with pytest.raises(runtime.exceptions.ClientError) as refused:
        runtime.invoke_endpoint(**{"Body": b"x"} | parameters)
    return refused.value.response


def test_requests_are_split_at_random_by_the_weights(runtime, endpoint):
    times, share = 1000, 3 / 4
    # Each request is a Bernoulli trial of the share. The lots are seeded, so this cannot flicker; had they
    # been drawn afresh, four sigma would be left once in 16,000 runs.
    sigma = math.sqrt(share * (1 - share) / times)
    assert abs(invoked(runtime, endpoint, times)["A"] / times - share) < 4 * sigma


def test_the_old_split_is_served_until_the_change_is_over(seen, runtime, endpoint, clock):
    seen.push(A=1, B=0)
    clock.move(timedelta(seconds=60))
    assert invoked(runtime, endpoint, 30) == {"A": 30}
    seen.push(A=0, B=1)
    clock.move(timedelta(seconds=59))
    assert invoked(runtime, endpoint, 30) == {"A": 30}
    clock.move(timedelta(seconds=1))
    assert invoked(runtime, endpoint, 30) == {"B": 30}


def test_a_target_variant_overrides_the_weights_even_when_its_own_is_zero(seen, runtime, endpoint, clock):
    seen.push(B=0)
    clock.move(timedelta(seconds=60))
    answer = runtime.invoke_endpoint(EndpointName=endpoint, Body=b"x", TargetVariant="B", InferenceId="r-1")
    assert answer["InvokedProductionVariant"] == "B"


def test_a_container_echoes_the_body_and_its_type(runtime, endpoint):
    answer = runtime.invoke_endpoint(EndpointName=endpoint, Body=b"\x00\xff", ContentType="text/csv")
    assert (answer["Body"].read(), answer["ContentType"]) == (b"\x00\xff", "text/csv")
    untyped = runtime.invoke_endpoint(EndpointName=endpoint, Body=b"{}")
    assert (untyped["Body"].read(), untyped["ContentType"]) == (b"{}", "application/octet-stream")


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"EndpointName": "None"}, "Endpoint None of account 123456789012 not found."),
        ({"EndpointName": "fares"}, "Endpoint fares of account 123456789012 not found."),
        ({"EndpointName": "Fares", "TargetVariant": "Z"}, "Variant Z of endpoint Fares not found."),
        (
            {"EndpointName": "Fares", "InferenceId": "x" * 65},
            "InferenceId must be 1 to 64 printable characters",
        ),
    ],
    ids=["a missing endpoint", "an endpoint in another case", "an unknown variant", "a long inference id"],
)
def test_the_runtime_refuses(runtime, endpoint, parameters, message):
    response = refusal_of(runtime, **parameters)
    assert response["ResponseMetadata"]["HTTPStatusCode"] == 400
    assert response["Error"]["Code"] == "ValidationError"
    assert response["Error"]["Message"].startswith(message)


def test_an_endpoint_that_is_still_being_created_is_not_there_to_be_asked(runtime, creating_endpoint):
    error = refusal_of(runtime, EndpointName=creating_endpoint)["Error"]
    assert error == {
        "Code": "ValidationError",
        "Message": "Endpoint Fares of account 123456789012 not found.",
    }


def test_a_throttled_request_is_told_nothing_but_the_code(runtime, endpoint, levers):
    levers.fault("throttle", operation="InvokeEndpoint", rate=1)
    runtime.invoke_endpoint(EndpointName=endpoint, Body=b"x")
    error = refusal_of(runtime, EndpointName=endpoint)["Error"]
    assert (error["Code"], error["Message"]) == ("ThrottlingException", None)


class TestWithRecordedAnswers:
    @pytest.fixture
    def recorded(self):
        return Answers({"A": {"r1": "0.25", "r2": "0.5"}, "B": {"r1": "0.75"}})

    @pytest.mark.parametrize(("variant", "answer"), [("A", b"0.25"), ("B", b"0.75")])
    def test_each_variant_answers_what_it_answered_on_record(self, runtime, endpoint, variant, answer):
        told = runtime.invoke_endpoint(EndpointName=endpoint, Body=b"r1\n", TargetVariant=variant)
        assert (told["Body"].read(), told["ContentType"]) == (answer, "text/csv")

    @pytest.mark.parametrize(("body", "variant"), [(b"r9", "A"), (b"r2", "B"), (b"\xff", "A")])
    def test_a_request_that_is_not_on_record_is_a_model_error(self, runtime, endpoint, body, variant):
        response = refusal_of(runtime, EndpointName=endpoint, Body=body, TargetVariant=variant)
        assert response["ResponseMetadata"]["HTTPStatusCode"] == 424
        assert response["Error"]["Code"] == "ModelError"
        assert response["Error"]["Message"].startswith("Received client error (404) from primary with message")
        assert response["OriginalStatusCode"] == 404
        assert response["OriginalMessage"].startswith(f"{variant} has no recorded answer to request")
