output "bucket_name" {
  description = "name of the bucket"
  value       = aws_s3_bucket.bucket.id
}

output "bucket_arn" {
  description = "ARN of the bucket"
  value       = aws_s3_bucket.bucket.arn
}

output "log_bucket_name" {
  description = "name of the bucket that receives the access logs"
  value       = aws_s3_bucket.log_bucket.id
}

output "key_arn" {
  description = "ARN of the KMS key"
  value       = aws_kms_key.key.arn
}
