# The least that banditctl may do in AWS: the same as ../iam-policy.json, for any number of endpoints.

data "aws_caller_identity" "this" {}

data "aws_partition" "this" {}

data "aws_region" "this" {}

locals {
  arn = "arn:${data.aws_partition.this.partition}:sagemaker:${data.aws_region.this.name}:${data.aws_caller_identity.this.account_id}"
}

data "aws_iam_policy_document" "banditctl" {
  statement {
    sid     = "MoveTheTrafficOfItsEndpoints"
    actions = ["sagemaker:DescribeEndpoint", "sagemaker:UpdateEndpointWeightsAndCapacities"]

    # SageMaker writes names in ARNs in lower case, whatever their own, and IAM compares letter by letter.
    resources = [for name in var.endpoints : "${local.arn}:endpoint/${lower(name)}"]
  }

  statement {
    sid     = "ReadWhichModelsTheyServe"
    actions = ["sagemaker:DescribeEndpointConfig"]

    # Every deployment makes a configuration of another name.
    resources = ["${local.arn}:endpoint-config/*"]
  }

  statement {
    sid     = "SeeTheirTrafficAndTheirScaling"
    actions = ["cloudwatch:GetMetricData", "application-autoscaling:DescribeScalableTargets"]

    # Neither action can be narrowed down.
    resources = ["*"]
  }
}

resource "aws_iam_policy" "banditctl" {
  name        = var.name
  description = "Lets banditctl move the traffic of ${join(", ", var.endpoints)}"
  policy      = data.aws_iam_policy_document.banditctl.json
}

resource "aws_iam_role_policy_attachment" "banditctl" {
  for_each = toset(var.roles)

  role       = each.value
  policy_arn = aws_iam_policy.banditctl.arn
}
