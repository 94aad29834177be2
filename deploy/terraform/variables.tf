variable "endpoints" {
  description = "Names of the endpoints that banditctl steers, as SageMaker has them."
  type        = list(string)

  validation {
    condition     = length(var.endpoints) > 0
    error_message = "Name at least one endpoint: a statement without resources is refused."
  }
}

variable "roles" {
  description = "Names of the roles that the daemon runs with, to which the policy is attached."
  type        = list(string)
  default     = []
}

variable "name" {
  description = "Name of the policy."
  type        = string
  default     = "banditctl"
}
