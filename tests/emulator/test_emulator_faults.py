"""What goes wrong where it is asked for, seen by the client that users have."""

import time
import urllib.error
from datetime import timedelta

import boto3
import botocore.exceptions
import pytest
from botocore.config import Config

SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)
REWEIGH = "UpdateEndpointWeightsAndCapacities"
FRESH = {"A": (3.0, 3.0), "B": (1.0, 1.0)}
ARN = "arn:aws:sagemaker:us-east-1:123456789012:endpoint/fares"


class TestCalls:
    def test_a_bucket_lets_a_burst_through_and_then_the_rate(self, seen, levers, clock):
        levers.fault("throttle", rate=0.5, burst=2)
        assert [seen.status(), seen.status()] == ["InService"] * 2
        throttled = ("ThrottlingException", "Rate exceeded", 400)
        assert seen.refusal(seen.status) == throttled
        clock.move(SECOND)
        assert seen.refusal(seen.status) == throttled
        clock.move(SECOND)
        assert seen.status() == "InService"
        assert seen.refusal(seen.status) == throttled

    def test_each_operation_has_a_bucket_of_its_own(self, seen, levers):
        levers.fault("throttle", rate=1)
        assert seen.status() == "InService"
        seen.push(A=1)
        assert seen.refusal(seen.push, A=1)[0] == "ThrottlingException"

    def test_a_permission_may_be_missing_for_one_operation(self, seen, levers):
        levers.fault("deny", operation=REWEIGH)
        code, message, status = seen.refusal(seen.push, A=9)
        assert (code, status) == ("AccessDeniedException", 400)
        assert f"not authorized to perform: sagemaker:{REWEIGH} on resource: {ARN} because" in message
        assert seen.weights() == FRESH

    def test_credentials_may_expire(self, seen, levers):
        levers.fault("expire")
        expired = ("ExpiredTokenException", "The security token included in the request is expired", 400)
        assert seen.refusal(seen.status) == expired
        assert seen.refusal(seen.push, A=9) == expired
        levers.calm()
        assert seen.weights() == FRESH

    def test_an_error_may_be_made_up(self, seen, levers):
        levers.fault("refuse", code="ResourceLimitExceeded", message="No more.", status=400)
        assert seen.refusal(seen.push, A=9) == ("ResourceLimitExceeded", "No more.", 400)
        levers.calm()
        assert seen.weights() == FRESH

    def test_somebody_may_have_been_a_moment_earlier(self, seen, levers):
        levers.fault("busy", times=1)
        assert seen.status() == "InService"
        in_progress = ("ValidationException", f'Cannot update in-progress endpoint "{ARN}".', 400)
        assert seen.refusal(seen.push, A=9) == in_progress
        seen.push(A=9)

    def test_a_slow_call_is_done_though_nobody_waits_for_it(self, seen, levers, served, sagemaker):
        levers.fault("slow", delay="300ms", operation=REWEIGH)
        hurried = boto3.client(
            "sagemaker",
            endpoint_url=served,
            region_name="us-east-1",
            aws_access_key_id="local",
            aws_secret_access_key="local",  # noqa: S106 - nothing checks it
            config=Config(read_timeout=0.1, retries={"total_max_attempts": 1}, proxies={}),
        )
        changes = [{"VariantName": "A", "DesiredWeight": 9.0}]
        with pytest.raises(botocore.exceptions.ReadTimeoutError):
            hurried.update_endpoint_weights_and_capacities(EndpointName="Fares", DesiredWeightsAndCapacities=changes)
        hurried.close()
        began = time.monotonic()
        while seen.status() == "InService":
            assert time.monotonic() - began < 5
        assert seen.weights()["A"] == (3.0, 9.0)


class TestAnswers:
    @pytest.mark.parametrize(("kind", "status"), [("lose", "Updating"), ("drop", "InService")])
    def test_a_connection_may_break_before_or_after_a_change(self, seen, levers, kind, status):
        levers.fault(kind, operation=REWEIGH)
        with pytest.raises(botocore.exceptions.ConnectionClosedError):
            seen.push(A=9)
        assert seen.status() == status

    def test_an_error_may_be_answered_to_what_was_done(self, seen, levers):
        levers.fault("lose", operation=REWEIGH, answer="error")
        assert seen.refusal(seen.push, A=9)[::2] == ("InternalFailure", 500)
        assert seen.weights()["A"] == (3.0, 9.0)

    def test_nothing_may_be_answered_until_the_caller_gives_up(self, seen, levers, served):
        levers.fault("lose", operation="ListModels", answer="silence")
        with pytest.raises(botocore.exceptions.ReadTimeoutError):
            boto3.client(
                "sagemaker",
                endpoint_url=served,
                region_name="us-east-1",
                aws_access_key_id="local",
                aws_secret_access_key="local",  # noqa: S106 - nothing checks it
                config=Config(read_timeout=0.1, retries={"total_max_attempts": 1}, proxies={}),
            ).list_models()


class TestReads:
    def test_a_change_may_not_be_seen_for_some_reads(self, seen, levers):
        levers.fault("stale", times=2)
        seen.push(A=9)
        assert [seen.status() for _ in range(3)] == ["InService", "InService", "Updating"]

    def test_a_change_may_not_be_seen_for_some_seconds(self, seen, levers, clock):
        levers.fault("stale", within="10s")
        seen.push(A=9)
        clock.move(9 * SECOND)
        assert (seen.status(), seen.weights()) == ("InService", FRESH)
        clock.move(SECOND)
        assert (seen.status(), seen.weights()["A"]) == ("Updating", (3.0, 9.0))

    def test_what_is_not_seen_is_nevertheless_in_the_way(self, seen, levers):
        levers.fault("stale", within="10s")
        seen.push(A=9)
        assert seen.status() == "InService"
        assert seen.refusal(seen.push, A=1)[1].startswith("Cannot update in-progress endpoint")


class TestOutcomes:
    def test_a_change_may_be_rolled_back(self, seen, levers, clock):
        levers.fault("roll_back", times=1, lasts="30s")
        seen.push(A=9)
        assert (seen.status(), seen.weights()["A"]) == ("Updating", (3.0, 9.0))
        clock.move(MINUTE)
        assert (seen.status(), seen.weights()) == ("RollingBack", FRESH)
        assert seen.refusal(seen.push, A=1)[1].startswith("Cannot update in-progress endpoint")
        clock.move(30 * SECOND)
        assert (seen.status(), seen.weights()) == ("InService", FRESH)
        seen.push(A=1)
        clock.move(MINUTE)
        assert seen.weights()["A"] == (1.0, 1.0)

    def test_a_change_may_fail_for_good(self, sagemaker, seen, levers, clock):
        levers.fault("fail", reason="No capacity.")
        seen.push(A=9)
        clock.move(MINUTE)
        failed = seen.describe()
        assert (failed["EndpointStatus"], failed["FailureReason"]) == ("Failed", "No capacity.")
        assert seen.weights()["A"] == (3.0, 9.0)
        assert seen.refusal(seen.push, A=9)[1] == f'Cannot update endpoint "{ARN}" in status Failed.'
        sagemaker.delete_endpoint(EndpointName="Fares")

    def test_an_endpoint_may_never_come_to_be(self, sagemaker, levers, clock):
        sagemaker.create_model(ModelName="Prices")
        variant = {"VariantName": "A", "ModelName": "Prices", "InstanceType": "ml.m5.large", "InitialInstanceCount": 1}
        sagemaker.create_endpoint_config(EndpointConfigName="Split", ProductionVariants=[variant])
        levers.fault("fail", operation="CreateEndpoint")
        sagemaker.create_endpoint(EndpointName="Fares", EndpointConfigName="Split")
        clock.move(5 * MINUTE)
        assert sagemaker.describe_endpoint(EndpointName="Fares")["EndpointStatus"] == "Failed"

    def test_a_rollback_may_end_half_way(self, seen, levers, clock):
        levers.fault("half_roll_back")
        seen.push(A=9, B=2)
        clock.move(MINUTE)
        assert seen.status() == "RollingBack"
        clock.move(MINUTE)
        assert seen.status() == "UpdateRollbackFailed"
        assert seen.weights() == {"A": (9.0, 9.0), "B": (1.0, 2.0)}

    def test_a_change_may_take_longer(self, seen, levers, clock):
        levers.fault("linger", extra="10m")
        seen.push(A=9)
        clock.move(10 * MINUTE)
        assert seen.status() == "Updating"
        clock.move(MINUTE)
        assert (seen.status(), seen.weights()["A"]) == ("InService", (9.0, 9.0))


class TestWhichCalls:
    def test_some_are_spared_and_some_are_struck(self, seen, levers):
        levers.fault("refuse", operation="DescribeEndpoint", skip=1, times=2)
        told = []
        for _ in range(5):
            try:
                told.append(seen.status())
            except botocore.exceptions.ClientError as error:
                told.append(error.response["Error"]["Code"])
        assert told == ["InService", "InternalFailure", "InternalFailure", "InService", "InService"]
        assert levers.struck() == [2]

    def test_chance_strikes_some(self, seen, levers):
        levers.fault("busy", chance="50%")
        words = [seen.refusal(seen.push, Z=1)[1].split()[0] for _ in range(40)]
        # Lots are seeded; drawn afresh, one side would be under eight once in 30,000 runs.
        assert 8 <= words.count("Cannot") <= 32

    def test_only_the_endpoint_that_is_named_is_struck(self, seen, levers):
        levers.fault("expire", endpoint="Other")
        assert seen.status() == "InService"

    def test_requests_for_predictions_are_struck_only_by_name(self, seen, runtime, levers):
        levers.fault("expire")
        runtime.invoke_endpoint(EndpointName="Fares", Body=b"x")
        levers.fault("throttle", operation="InvokeEndpoint", rate=0.001)
        runtime.invoke_endpoint(EndpointName="Fares", Body=b"x")
        with pytest.raises(runtime.exceptions.ClientError, match="ThrottlingException"):
            runtime.invoke_endpoint(EndpointName="Fares", Body=b"x")

    def test_one_fault_can_be_switched_off(self, seen, levers):
        number = levers.fault("expire")
        levers.fault("throttle", rate=100, burst=100)
        assert levers.ask(f"faults/{number}", method="DELETE") is None
        assert seen.status() == "InService"
        assert [fault["fault"]["kind"] for fault in levers.ask("faults")] == ["throttle"]
        with pytest.raises(urllib.error.HTTPError, match="404"):
            levers.ask(f"faults/{number}", method="DELETE")
