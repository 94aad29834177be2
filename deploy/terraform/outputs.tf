output "policy_arn" {
  description = "The policy, to be attached where it is needed."
  value       = aws_iam_policy.banditctl.arn
}
