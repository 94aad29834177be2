"""The endpoint of `support.emulated`, as anybody sees it through boto3."""

import pytest


class Seen:
    """The endpoint `Fares` as DescribeEndpoint tells it."""

    def __init__(self, sagemaker):
        self._sagemaker = sagemaker

    def describe(self):
        return self._sagemaker.describe_endpoint(EndpointName="Fares")

    def status(self):
        return self.describe()["EndpointStatus"]

    def weights(self):
        """By variant: the current and the desired weight."""
        return {
            v["VariantName"]: (v["CurrentWeight"], v["DesiredWeight"]) for v in self.describe()["ProductionVariants"]
        }

    def counts(self):
        """By variant: the current and the desired instance count."""
        variants = self.describe()["ProductionVariants"]
        return {v["VariantName"]: (v["CurrentInstanceCount"], v["DesiredInstanceCount"]) for v in variants}

    def push(self, **weights):
        changes = [{"VariantName": name, "DesiredWeight": weight} for name, weight in weights.items()]
        return self._sagemaker.update_endpoint_weights_and_capacities(
            EndpointName="Fares", DesiredWeightsAndCapacities=changes
        )

    def refusal(self, action, *arguments, **parameters):
        """Code, text and status of what a call is refused with."""
        with pytest.raises(self._sagemaker.exceptions.ClientError) as refused:
            action(*arguments, **parameters)
        response = refused.value.response
        return response["Error"]["Code"], response["Error"]["Message"], response["ResponseMetadata"]["HTTPStatusCode"]
