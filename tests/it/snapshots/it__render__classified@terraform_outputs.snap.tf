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

output "macie_bucket_name" {
  description = "name of the bucket that receives what Macie finds"
  value       = aws_s3_bucket.macie_bucket.id
}

output "key_arn" {
  description = "ARN of the KMS key"
  value       = aws_kms_key.key.arn
}

output "access_point_applications_arn" {
  description = "ARN of the access point"
  value       = aws_s3_access_point.access_point_applications.arn
}

output "access_point_applications_alias" {
  description = "alias of the access point, for tools that take the name of a bucket; a point of another name has another one"
  value       = aws_s3_access_point.access_point_applications.alias
}
