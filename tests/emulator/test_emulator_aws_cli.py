"""The `aws` command line, as users have it, against the emulator."""

import json


def test_the_aws_command_moves_a_weight_asks_a_variant_and_reads_a_refusal(aws_command, endpoint, tmp_path):
    reweigh = ["sagemaker", "update-endpoint-weights-and-capacities", "--endpoint-name", endpoint]
    change = ["--desired-weights-and-capacities", "VariantName=A,DesiredWeight=9"]
    moved = aws_command(*reweigh, *change)
    assert json.loads(moved.stdout)["EndpointArn"].endswith(":endpoint/fares")

    refused = aws_command(*reweigh, *change)
    assert refused.returncode != 0
    assert "(ValidationException) when calling the UpdateEndpointWeightsAndCapacities" in refused.stderr
    assert 'Cannot update in-progress endpoint "arn:aws:sagemaker:' in refused.stderr

    (tmp_path / "request").write_bytes(b"hello")
    asked = aws_command(
        *("sagemaker-runtime", "invoke-endpoint", "--endpoint-name", endpoint, "--target-variant", "B"),
        *("--content-type", "text/plain", "--body", "fileb://request", "answer"),
    )
    assert json.loads(asked.stdout) == {"ContentType": "text/plain", "InvokedProductionVariant": "B"}
    assert (tmp_path / "answer").read_bytes() == b"hello"


def test_the_aws_command_tries_again_what_was_lost_and_finds_the_endpoint_busy(aws_command, endpoint, levers):
    levers.fault("lose", operation="UpdateEndpointWeightsAndCapacities", times=1)
    change = ["--desired-weights-and-capacities", "VariantName=A,DesiredWeight=9"]
    moved = aws_command("sagemaker", "update-endpoint-weights-and-capacities", "--endpoint-name", endpoint, *change)
    assert "Cannot update in-progress endpoint" in moved.stderr
    assert levers.calls("UpdateEndpointWeightsAndCapacities")["calls"] == 2
    described = json.loads(aws_command("sagemaker", "describe-endpoint", "--endpoint-name", endpoint).stdout)
    assert described["ProductionVariants"][0]["DesiredWeight"] == 9.0


def test_the_aws_command_deploys(aws_command, endpoint, sagemaker, clock):
    variant = "VariantName=A,ModelName=Prices,InstanceType=ml.m5.large,InitialInstanceCount=1"
    aws_command(
        "sagemaker", "create-endpoint-config", "--endpoint-config-name", "Next", "--production-variants", variant
    )
    asked = ["--endpoint-name", endpoint, "--endpoint-config-name", "Next", "--retain-all-variant-properties"]
    assert aws_command("sagemaker", "update-endpoint", *asked).returncode == 0
    pending = sagemaker.describe_endpoint(EndpointName=endpoint)["PendingDeploymentSummary"]
    assert pending["ProductionVariants"][0]["DesiredWeight"] == 3.0
