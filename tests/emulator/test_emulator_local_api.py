"""The emulator's own API: time, what others do, and how often it was called."""

import json
import urllib.error
from datetime import datetime, timedelta

import pytest

from banditctl.emulator import Scenario

MINUTE = timedelta(minutes=1)


def refusal_of(levers, *arguments):
    with pytest.raises(urllib.error.HTTPError) as refused:
        levers.ask(*arguments)
    with refused.value as answered:
        assert answered.headers["content-type"] == "application/problem+json"
        return answered.status, json.load(answered)["detail"]


class TestClock:
    def test_time_can_be_moved_on(self, seen, levers, clock):
        before = datetime.fromisoformat(levers.ask("clock")["now"])
        seen.push(A=9)
        after = datetime.fromisoformat(levers.ask("clock", {"advance": "60s"})["now"])
        assert (before, after - before) == (clock.now, MINUTE)
        assert seen.weights()["A"] == (9.0, 9.0)

    @pytest.mark.parametrize(
        ("sent", "detail"),
        [
            ({"advance": 5}, "advance: a duration is a number and a unit: 500ms, 90s, 5m, 6h, 2d or 1w, not 5"),
            ({"back": "5m"}, "advance: required\nback: unknown option; known are advance"),
            ([], "must be a mapping of options, not []"),
        ],
    )
    def test_what_is_no_time_is_refused(self, levers, sent, detail):
        assert refusal_of(levers, "clock", sent) == (400, detail)

    class TestThatIsStepped:
        @pytest.fixture
        def scenario(self):
            return Scenario(clock="stepped")

        def test_it_stands_still_whatever_time_it_is(self, levers, clock):
            before = levers.ask("clock")
            clock.move(MINUTE)
            assert levers.ask("clock") == before
            assert levers.ask("clock", {"advance": "1m"})["now"] > before["now"]


class TestFaults:
    def test_a_fault_is_told_as_it_was_switched_on_with_what_it_struck(self, seen, levers):
        levers.fault("throttle", rate=0.5, operation="DescribeEndpoint", chance="100%")
        seen.status()
        seen.refusal(seen.status)
        (told,) = levers.ask("faults")
        options = {"kind": "throttle", "rate": 0.5, "burst": 1, "operation": "DescribeEndpoint", "endpoint": None}
        assert told == {"number": 1, "struck": 1, "fault": options | {"skip": 0, "times": None, "chance": 1.0}}

    @pytest.mark.parametrize(
        ("sent", "detail"),
        [
            ({"kind": "slowly", "delay": "1s"}, "kind: unknown kind slowly; did you mean slow? known are busy, deny"),
            ({"kind": "slow"}, "delay: required"),
            ({"kind": "fail", "times": 0}, "times: must be at least 1, not 0"),
            ({"kind": "deny", "operation": "Describe"}, "operation: unknown operation Describe; known are CreateModel"),
            ("fail", 'must be a mapping of options, not "fail"'),
        ],
    )
    def test_a_fault_that_does_not_exist_is_refused_with_those_that_do(self, levers, sent, detail):
        status, told = refusal_of(levers, "faults", sent)
        assert status == 400
        assert told.startswith(detail)
        assert levers.ask("faults") == []

    def test_a_body_that_is_no_json_is_refused(self, levers, served):
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(f"{served}/_emulator/faults", data=b"{", timeout=10)
        with refused.value as answered:
            assert json.load(answered)["detail"].startswith("the body is not JSON: ")


class TestHappenings:
    def test_somebody_changes_weights(self, seen, levers, clock):
        levers.happen("reweigh", endpoint="Fares", weights={"A": 5, "B": 0})
        assert (seen.status(), seen.weights()) == ("Updating", {"A": (3.0, 5.0), "B": (1.0, 0.0)})
        clock.move(MINUTE)
        assert (seen.status(), seen.weights()) == ("InService", {"A": (5.0, 5.0), "B": (0.0, 0.0)})

    def test_somebody_changes_instance_counts(self, seen, levers, clock):
        levers.happen("scale", endpoint="Fares", instances={"B": 4})
        clock.move(MINUTE)
        assert seen.counts() == {"A": (2, 2), "B": (4, 4)}
        assert seen.weights() == {"A": (3.0, 3.0), "B": (1.0, 1.0)}

    def test_what_is_due_later_happened_when_it_was_due(self, seen, levers, clock):
        before = clock.now
        levers.happen("reweigh", endpoint="Fares", weights={"A": 5}, at="10m")
        clock.move(10.5 * MINUTE)
        assert seen.describe()["LastModifiedTime"] == before + 10 * MINUTE
        assert seen.status() == "Updating"
        clock.move(0.5 * MINUTE)
        assert seen.weights()["A"] == (5.0, 5.0)

    def test_what_finds_an_endpoint_busy_waits_for_it(self, seen, levers, clock):
        before = clock.now
        seen.push(A=9)
        levers.happen("reweigh", endpoint="Fares", weights={"A": 5})
        assert seen.weights()["A"] == (3.0, 9.0)
        clock.move(MINUTE)
        assert (seen.status(), seen.weights()["A"]) == ("Updating", (9.0, 5.0))
        assert seen.describe()["LastModifiedTime"] == before + MINUTE

    def test_what_happens_again_and_again_does(self, seen, levers, clock):
        levers.happen("maintain", endpoint="Fares", at="1m", every="1h", lasts="5m")
        told = []
        for minutes in (0, 1, 5, 54, 1, 5):
            clock.move(minutes * MINUTE)
            told.append(seen.status())
        assert told == ["InService", "SystemUpdating", "InService", "InService", "SystemUpdating", "InService"]
        assert seen.weights() == {"A": (3.0, 3.0), "B": (1.0, 1.0)}

    def test_nobody_changes_an_endpoint_that_aws_maintains(self, sagemaker, seen, levers, clock):
        levers.happen("maintain", endpoint="Fares")
        assert seen.refusal(seen.push, A=9)[1].startswith("Cannot update in-progress endpoint")
        assert seen.refusal(sagemaker.delete_endpoint, EndpointName="Fares")[1].startswith("Cannot update in-progress")

    @pytest.mark.parametrize("status", ["Failed", "UpdateRollbackFailed", "OutOfService"])
    def test_an_endpoint_breaks_at_once_and_is_mended(self, seen, levers, runtime, status):
        seen.push(A=9)
        levers.happen("become", endpoint="Fares", status=status, reason="Disk.")
        broken = seen.describe()
        assert (broken["EndpointStatus"], broken["FailureReason"]) == (status, "Disk.")
        assert seen.refusal(seen.push, A=1)[1].endswith(f"in status {status}.")
        levers.happen("become", endpoint="Fares", status="InService")
        assert "FailureReason" not in seen.describe()
        seen.push(A=1)

    def test_somebody_deletes_it(self, seen, levers):
        levers.happen("delete", endpoint="Fares")
        assert seen.refusal(seen.status)[1].startswith("Could not find endpoint")

    def test_what_was_done_and_what_was_refused_is_told(self, seen, levers, clock):
        levers.happen("reweigh", endpoint="Fares", weights={"A": 5})
        levers.happen("deploy", endpoint="Fares", config="None", at="2m")
        clock.move(2 * MINUTE)
        done, refused = levers.ask("happenings")
        assert (done["kind"], done["endpoint"], done["refused"]) == ("reweigh", "Fares", None)
        assert refused["refused"].startswith("Could not find endpoint configuration")
        assert datetime.fromisoformat(refused["at"]) == clock.now

    def test_what_is_no_happening_is_refused(self, levers):
        assert refusal_of(levers, "happenings", {"kind": "reweigh", "endpoint": "a_b", "weights": {}}) == (
            400,
            'endpoint: a name is 1 to 63 letters, digits and dashes, not "a_b"\nweights: must have at least 1, not 0',
        )


class TestEndpoints:
    def test_everything_that_an_endpoint_has_been_is_told_even_what_nobody_looked_at(self, seen, levers, clock):
        levers.fault("roll_back", times=1)
        pushed = clock.now
        seen.push(A=9)
        clock.move(5 * MINUTE)
        past = levers.past("Fares")
        assert [(one["status"], one["current"]["A"]["weight"], one["desired"]["A"]["weight"]) for one in past] == [
            ("Creating", 3, 3),
            ("InService", 3, 3),
            ("Updating", 3, 9),
            ("RollingBack", 3, 3),
            ("InService", 3, 3),
        ]
        since = [(datetime.fromisoformat(one["since"]) - pushed) / MINUTE for one in past]
        assert since == [-5, 0, 0, 1, 2]
        assert levers.past("Fares") == past
        assert past[0]["current"]["A"] == {"weight": 3, "instance_count": 2}

    def test_what_a_deleted_endpoint_was_is_still_told(self, sagemaker, seen, levers):
        sagemaker.delete_endpoint(EndpointName="Fares")
        assert [one["status"] for one in levers.past("fares")][-2:] == ["Deleting", "Gone"]

    def test_an_endpoint_that_never_was_is_not_found(self, levers):
        assert refusal_of(levers, "endpoints/Nobody") == (404, "there never was an endpoint of that name")


class TestCalls:
    def test_calls_are_counted_with_what_they_were_refused_with(self, seen, levers, clock):
        levers.fault("throttle", rate=0.01, operation="UpdateEndpointWeightsAndCapacities")
        seen.push(A=9)
        seen.refusal(seen.push, A=9)
        for _ in range(3):
            seen.status()
        clock.move(MINUTE)
        seen.status()
        assert levers.calls("UpdateEndpointWeightsAndCapacities") == {
            "calls": 2,
            "refused": {"ThrottlingException": 1},
            "busiest_minute": 2,
        }
        assert levers.calls("DescribeEndpoint") == {"calls": 4, "refused": {}, "busiest_minute": 3}
        assert levers.ask("calls", method="DELETE") == {}
