"""The `aws` command line, as users have it."""

import json


def test_the_aws_command_moves_weights_reads_them_and_is_refused(aws_command, endpoint, settle):
    reweigh = ("sagemaker", "update-endpoint-weights-and-capacities", "--endpoint-name", endpoint)
    changes = ("VariantName=A,DesiredWeight=9", "VariantName=B,DesiredWeight=1")
    moved = aws_command(*reweigh, "--desired-weights-and-capacities", *changes)
    assert json.loads(moved.stdout)["EndpointArn"].lower().endswith(":endpoint/fares")
    settle()
    described = json.loads(aws_command("sagemaker", "describe-endpoint", "--endpoint-name", endpoint).stdout)
    assert {one["VariantName"]: one["CurrentWeight"] for one in described["ProductionVariants"]} == {"A": 9.0, "B": 1.0}
    refused = aws_command(*reweigh, "--desired-weights-and-capacities", "VariantName=Z,DesiredWeight=1")
    assert refused.returncode != 0
    assert "(ValidationException) when calling the UpdateEndpointWeightsAndCapacities" in refused.stderr
