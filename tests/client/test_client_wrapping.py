"""boto3's own client on an emulated endpoint, wrapped: predictions as before, and every exposure reported."""

import copy
import uuid
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest
from support.emulated import client_of

from banditctl.client import BanditClient, wrap


@pytest.fixture
def client(intake):
    with BanditClient(intake.url) as client:
        yield client


@pytest.fixture
def wrapped(runtime, client):
    return wrap(runtime, client, "fares")


def exposures(client, intake):
    assert client.flush()
    return [{name: field for name, field in event.items() if name != "time"} for event in intake.events.values()]


def test_an_exposure_is_reported_with_the_variant_that_served_it(wrapped, client, intake, endpoint):
    answer = wrapped.invoke_endpoint(EndpointName=endpoint, Body=b"1,2", ContentType="text/csv")
    assert (answer["Body"].read(), answer["ContentType"]) == (b"1,2", "text/csv")
    assert exposures(client, intake) == [
        {
            "type": "exposure",
            "id": answer["InferenceId"],
            "experiment": "fares",
            "variant": answer["InvokedProductionVariant"],
        }
    ]
    assert uuid.UUID(answer["InferenceId"])


def test_but_for_the_inference_id_the_answer_is_what_it_was(wrapped, runtime, endpoint):
    request = {"EndpointName": endpoint, "Body": b"x", "TargetVariant": "A", "InferenceId": "mine"}
    plain, reported = runtime.invoke_endpoint(**request), wrapped.invoke_endpoint(**request)
    assert reported.pop("InferenceId") == "mine"
    assert reported["Body"].read() == plain["Body"].read()
    for answer in (plain, reported):
        del answer["Body"], answer["ResponseMetadata"]
    assert reported == plain


def test_a_copy_of_the_wrapper_reports_too(wrapped, client, intake, endpoint):
    copy.copy(wrapped).invoke_endpoint(EndpointName=endpoint, Body=b"1,2", ContentType="text/csv")
    assert len(exposures(client, intake)) == 1


def test_an_inference_id_of_the_callers_own_is_kept_and_a_target_is_told(wrapped, client, intake, endpoint):
    request = {"EndpointName": endpoint, "Body": b"x"}
    answer = wrapped.invoke_endpoint(**request, TargetVariant="B", InferenceId="mine")
    assert (answer["InferenceId"], answer["Body"].read()) == ("mine", b"x")
    assert list(request) == ["EndpointName", "Body"]
    (event,) = exposures(client, intake)
    assert event == {"type": "exposure", "id": "mine", "experiment": "fares", "variant": "B", "targeted": True}


def test_an_exposure_is_dated_when_the_request_was_made(wrapped, client, intake, endpoint):
    before = datetime.now(UTC)
    wrapped.invoke_endpoint(EndpointName=endpoint, Body=b"x")["Body"].read()
    assert client.flush()
    (event,) = intake.events.values()
    assert before <= datetime.fromisoformat(event["time"]) < before + timedelta(seconds=30)


def test_a_request_that_failed_is_no_exposure(wrapped, client, intake, endpoint):
    with pytest.raises(wrapped.exceptions.ClientError, match="not found"):
        wrapped.invoke_endpoint(EndpointName="None", Body=b"x")
    assert exposures(client, intake) == []


def test_whatever_else_the_client_has_is_its_own(wrapped, runtime):
    assert wrapped.meta is runtime.meta
    assert wrapped.invoke_endpoint_async == runtime.invoke_endpoint_async
    with pytest.raises(AttributeError):
        _ = wrapped.invoke_everything


class Nobody:
    """A reporter that cannot report."""

    def expose(self, *_, **__):
        raise ZeroDivisionError


def test_nothing_that_goes_wrong_in_reporting_reaches_the_caller(runtime, endpoint, caplog):
    wrapped = wrap(runtime, Nobody(), "fares")
    for _ in range(3):
        assert wrapped.invoke_endpoint(EndpointName=endpoint, Body=b"x")["Body"].read() == b"x"
    assert caplog.messages == ["an exposure could not be reported: ZeroDivisionError()"]


def test_without_a_daemon_predictions_go_on(runtime, endpoint):
    client = BanditClient("http://127.0.0.1:1")
    answer = wrap(runtime, client, "fares").invoke_endpoint(EndpointName=endpoint, Body=b"x")
    assert answer["Body"].read() == b"x"
    assert not client.close(0)


class Streaming(BaseHTTPRequestHandler):
    """SageMaker's answer to a streaming request, with nothing in the stream; the emulator has none."""

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        self.server.asked = dict(self.headers)
        self.send_response(200)
        self.send_header("Content-Type", "application/vnd.amazon.eventstream")
        self.send_header("x-Amzn-Invoked-Production-Variant", "A")
        self.end_headers()

    def log_message(self, *_):
        pass


def test_a_streamed_answer_is_an_exposure_when_it_begins(client, intake):
    with HTTPServer(("127.0.0.1", 0), Streaming) as server:
        server.url = f"http://127.0.0.1:{server.server_port}"
        thread = Thread(target=server.handle_request)
        thread.start()
        runtime = client_of(server, "sagemaker-runtime")
        answer = wrap(runtime, client, "fares").invoke_endpoint_with_response_stream(EndpointName="Fares", Body=b"x")
        assert list(answer["Body"]) == []
        runtime.close()
        thread.join()
        sent = {name.lower(): value for name, value in server.asked.items()}
        assert sent["x-amzn-sagemaker-inference-id"] == answer["InferenceId"]
    (event,) = exposures(client, intake)
    assert (event["id"], event["variant"]) == (answer["InferenceId"], "A")
