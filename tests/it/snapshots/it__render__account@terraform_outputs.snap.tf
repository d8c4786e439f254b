output "archive_name" {
  description = "name of the bucket that receives access logs"
  value       = aws_s3_bucket.archive.id
}

output "config_bucket_name" {
  description = "name of the bucket that receives what AWS Config records"
  value       = aws_s3_bucket.config_bucket.id
}

output "macie_bucket_name" {
  description = "name of the bucket that receives what Macie finds"
  value       = aws_s3_bucket.macie_bucket.id
}

output "trail_bucket_name" {
  description = "name of the bucket that receives what the trail records"
  value       = aws_s3_bucket.trail_bucket.id
}

output "trail_arn" {
  description = "ARN of the trail"
  value       = aws_cloudtrail.trail.arn
}
