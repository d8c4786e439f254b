variable "endpoint" {
  description = "the VPC endpoint of the exporter"
  type        = string

  validation {
    condition     = can(regex("^(?:vpce-([0-9a-f]{8}|[0-9a-f]{17}))$", var.endpoint))
    error_message = "endpoint does not have the form that the profile asks for."
  }
}

variable "office" {
  description = "addresses of the office"
  type        = string

  validation {
    condition     = can(regex("^(?:(25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])(\\.(25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])){3}(/([89]|[12][0-9]|3[0-2]))?|(([0-9A-Fa-f]{1,4}:){7}[0-9A-Fa-f]{1,4}|([0-9A-Fa-f]{1,4}:){1,7}:|([0-9A-Fa-f]{1,4}:){1,6}:[0-9A-Fa-f]{1,4}|([0-9A-Fa-f]{1,4}:){1,5}(:[0-9A-Fa-f]{1,4}){1,2}|([0-9A-Fa-f]{1,4}:){1,4}(:[0-9A-Fa-f]{1,4}){1,3}|([0-9A-Fa-f]{1,4}:){1,3}(:[0-9A-Fa-f]{1,4}){1,4}|([0-9A-Fa-f]{1,4}:){1,2}(:[0-9A-Fa-f]{1,4}){1,5}|[0-9A-Fa-f]{1,4}:(:[0-9A-Fa-f]{1,4}){1,6})(/(3[2-9]|[4-9][0-9]|1[01][0-9]|12[0-8]))?)$", var.office))
    error_message = "office does not have the form that the profile asks for."
  }
}

variable "partner" {
  description = "the account that reads"
  type        = string

  validation {
    condition     = can(regex("^(?:[0-9]{12})$", var.partner))
    error_message = "partner does not have the form that the profile asks for."
  }
}

variable "reader" {
  description = "the role of the partner that reads"
  type        = string

  validation {
    condition     = can(regex("^(?:[A-Za-z][A-Za-z0-9-]{2,40})$", var.reader))
    error_message = "reader does not have the form that the profile asks for."
  }
}

variable "team" {
  description = "who answers for the bucket"
  type        = string
  default     = "data-platform"

  validation {
    condition     = contains(["data-platform", "payments"], var.team)
    error_message = "team is none of the values that the profile lists."
  }
}
