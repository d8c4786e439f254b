import {
  to = aws_s3_bucket.bucket
  id = "acme-legacy-exports"
}
