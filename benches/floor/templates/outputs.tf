{%- set own_logs = logging?.server_access?.to is undefined -%}
{%- set given = encryption?.key is defined -%}
{%- set created = preset is defined and preset == "sensitive" -%}
output "bucket_name" {
  description = "name of the bucket"
  value       = aws_s3_bucket.bucket.id
}

output "bucket_arn" {
  description = "ARN of the bucket"
  value       = aws_s3_bucket.bucket.arn
}
{%- if own_logs %}

output "log_bucket_name" {
  description = "name of the bucket that receives the access logs"
  value       = aws_s3_bucket.log_bucket.id
}
{%- endif %}
{%- if created %}

output "key_arn" {
  description = "ARN of the KMS key"
  value       = aws_kms_key.key.arn
}
{%- endif %}
