{%- if r.keep is defined -%}
data "aws_s3_bucket_policy" {{ r.label }} {
  bucket = {{ r.bucket_name }}
}

locals {
  {{ r.kept_name }}_kept = [
    for statement in jsondecode(data.aws_s3_bucket_policy.{{ r.kept_name }}.policy).Statement : statement
    if anytrue([for pattern in {{ r.keep }} : can(regex(pattern, try(statement.Sid, "")))]) && !contains({{ r.own_sids }}, try(statement.Sid, ""))
  ]
}

{% endif -%}
resource "aws_s3_bucket_policy" {{ r.label }} {
  {{ r.suppressions }}
  bucket = {{ r.bucket }}
  policy = jsonencode({{ r.document }})

  depends_on = {{ r.after }}
}
