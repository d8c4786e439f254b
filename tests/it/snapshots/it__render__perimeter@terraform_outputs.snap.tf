output "archive_name" {
  description = "name of the bucket that receives access logs"
  value       = aws_s3_bucket.archive.id
}
