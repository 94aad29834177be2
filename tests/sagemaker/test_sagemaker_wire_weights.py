"""UpdateEndpointWeightsAndCapacities: the course of a change, and what it leaves alone."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from botocore.exceptions import ClientError
from support.emulated import UPDATING

MINUTE = timedelta(minutes=1)
IN_PROGRESS = 'Cannot update in-progress endpoint "arn:aws:sagemaker:us-east-1:123456789012:endpoint/fares".'


def scale(sagemaker, **counts):
    changes = [{"VariantName": name, "DesiredInstanceCount": count} for name, count in counts.items()]
    sagemaker.update_endpoint_weights_and_capacities(EndpointName="Fares", DesiredWeightsAndCapacities=changes)


def test_weights_are_told_back_as_they_were_sent_once_the_change_is_over(seen, settle):
    seen.push(A=25, B=75)
    settle()
    assert seen.status() == "InService"
    assert seen.weights() == {"A": (25.0, 25.0), "B": (75.0, 75.0)}


def test_whole_numbers_are_told_back_exactly(seen, settle):
    seen.push(A=9_999_999, B=1)
    settle()
    assert seen.weights() == {"A": (9_999_999.0, 9_999_999.0), "B": (1.0, 1.0)}


def test_fractions_are_told_back_within_what_32_bits_hold(seen, settle):
    seen.push(A=0.1, B=1 / 3)
    settle()
    told = {name: current for name, (current, _) in seen.weights().items()}
    assert told == pytest.approx({"A": 0.1, "B": 1 / 3}, rel=1e-6)


def test_a_weight_of_zero_stays_zero(seen, settle):
    seen.push(A=0, B=1)
    settle()
    assert seen.weights() == {"A": (0.0, 0.0), "B": (1.0, 1.0)}


def test_a_variant_that_is_not_named_keeps_its_weight(seen, settle):
    seen.push(A=9)
    settle()
    assert seen.weights() == {"A": (9.0, 9.0), "B": (1.0, 1.0)}


def test_the_answer_is_the_arn(seen):
    answer = seen.push(A=9)
    assert answer["EndpointArn"] == seen.describe()["EndpointArn"]
    assert answer.keys() == {"EndpointArn", "ResponseMetadata"}


def test_weights_keep_counts(seen, settle):
    seen.push(A=9, B=1)
    settle()
    assert seen.counts() == {"A": (2, 2), "B": (1, 1)}


def test_counts_keep_weights(seen, sagemaker, settle):
    scale(sagemaker, A=4)
    settle()
    assert seen.weights() == {"A": (3.0, 3.0), "B": (1.0, 1.0)}


def test_a_count_is_current_once_the_change_is_over(seen, sagemaker, settle):
    scale(sagemaker, A=4)
    settle()
    assert seen.counts() == {"A": (4, 4), "B": (1, 1)}


def test_weights_and_counts_may_change_together(seen, sagemaker, settle):
    change = {"VariantName": "A", "DesiredWeight": 9.0, "DesiredInstanceCount": 4}
    sagemaker.update_endpoint_weights_and_capacities(EndpointName="Fares", DesiredWeightsAndCapacities=[change])
    settle()
    assert (seen.weights()["A"], seen.counts()["A"]) == ((9.0, 9.0), (4, 4))


def test_a_weight_is_desired_at_once_and_current_when_the_endpoint_is_in_service_again(seen, clock):
    seen.push(A=9)
    assert seen.status() == "Updating"
    assert seen.weights() == {"A": (3.0, 9.0), "B": (1.0, 1.0)}
    clock.move(UPDATING)
    assert seen.status() == "InService"
    assert seen.weights() == {"A": (9.0, 9.0), "B": (1.0, 1.0)}


def test_a_count_is_desired_at_once_and_current_later(seen, sagemaker):
    scale(sagemaker, A=4)
    assert seen.counts() == {"A": (2, 4), "B": (1, 1)}


def test_a_change_of_weights_is_no_deployment(seen):
    seen.push(A=9)
    told = seen.describe()
    assert told["EndpointStatus"] == "Updating"
    assert "PendingDeploymentSummary" not in told


def test_a_change_moves_the_time_of_the_last_one(seen, clock):
    before = seen.describe()["LastModifiedTime"]
    clock.move(MINUTE)
    seen.push(A=9)
    assert seen.describe()["LastModifiedTime"] > before


def test_a_refused_change_leaves_every_variant_as_it_was(seen, sagemaker):
    seen.refusal(seen.push, A=9, Z=1)
    assert (seen.status(), seen.weights()) == ("InService", {"A": (3.0, 3.0), "B": (1.0, 1.0)})


def test_a_change_is_refused_while_another_is_under_way(seen, clock):
    seen.push(A=9)
    assert seen.refusal(seen.push, A=1) == ("ValidationException", IN_PROGRESS, 400)
    clock.move(UPDATING)
    seen.push(A=1)


def test_a_change_is_refused_while_the_endpoint_is_being_made(sagemaker, creating_endpoint):
    with pytest.raises(ClientError, match=IN_PROGRESS):
        scale(sagemaker, A=1)


def test_an_endpoint_is_not_deleted_while_a_change_is_under_way(seen, sagemaker):
    seen.push(A=9)
    refused = seen.refusal(sagemaker.delete_endpoint, EndpointName="Fares")
    assert refused == ("ValidationException", IN_PROGRESS, 400)


def test_of_changes_that_come_at_once_no_two_are_taken(seen):
    def said(weight):
        try:
            seen.push(A=weight)
        except ClientError as error:
            return error.response["Error"]["Message"]

    with ThreadPoolExecutor(8) as callers:
        answers = Counter(callers.map(said, range(1, 17)))
    assert answers[IN_PROGRESS] >= 15
    assert answers.keys() <= {IN_PROGRESS, None}
