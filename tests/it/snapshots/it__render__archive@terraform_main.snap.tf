# Rendered by s3harden from the profile log-archive. Change the profile, not this file.

data "aws_partition" "current" {}

# the bucket of the profile
#trivy:ignore:AWS-0089 the bucket receives logs and would log its own deliveries
#trivy:ignore:AWS-0132 the profile asks for SSE-S3, whose keys S3 holds
resource "aws_s3_bucket" "bucket" {
  #checkov:skip=CKV_AWS_18:the bucket receives logs and would log its own deliveries
  #checkov:skip=CKV2_AWS_62:the profile asks for no events of objects
  #checkov:skip=CKV_AWS_144:the profile asks for no copies in another bucket
  #checkov:skip=CKV_AWS_145:the profile asks for SSE-S3, whose keys S3 holds

  bucket = "acme-log-archive"

  lifecycle {
    prevent_destroy = true
  }
}

resource "aws_s3_bucket_ownership_controls" "bucket" {
  bucket = aws_s3_bucket.bucket.id

  rule {
    object_ownership = "BucketOwnerEnforced"
  }
}

resource "aws_s3_bucket_public_access_block" "bucket" {
  bucket = aws_s3_bucket.bucket.id

  block_public_acls       = true
  ignore_public_acls      = true
  block_public_policy     = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_server_side_encryption_configuration" "bucket" {
  bucket = aws_s3_bucket.bucket.id

  rule {
    apply_server_side_encryption_by_default {
      sse_algorithm = "AES256"
    }
  }
}

resource "aws_s3_bucket_versioning" "bucket" {
  bucket = aws_s3_bucket.bucket.id

  versioning_configuration {
    status = "Enabled"
  }
}

resource "aws_s3_bucket_lifecycle_configuration" "bucket" {
  bucket = aws_s3_bucket.bucket.id

  rule {
    id     = "abort-incomplete-uploads"
    status = "Enabled"

    filter {}

    abort_incomplete_multipart_upload {
      days_after_initiation = 7
    }
  }

  rule {
    id     = "expire-old-versions"
    status = "Enabled"

    filter {}

    noncurrent_version_expiration {
      noncurrent_days = 90
    }

    expiration {
      expired_object_delete_marker = true
    }
  }

  rule {
    id     = "expire-objects"
    status = "Enabled"

    filter {}

    expiration {
      days = 730
    }
  }

  depends_on = [aws_s3_bucket_versioning.bucket]
}

# what may be done with it, and how
resource "aws_s3_bucket_policy" "bucket_policy" {
  bucket = aws_s3_bucket.bucket.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      # requests over plain HTTP are refused
      {
        Sid       = "DenyPlainHttp"
        Effect    = "Deny"
        Principal = "*"
        Action    = ["s3:*"]
        Resource = [
          "arn:${data.aws_partition.current.partition}:s3:::acme-log-archive",
          "arn:${data.aws_partition.current.partition}:s3:::acme-log-archive/*",
        ]
        Condition = {
          Bool = {
            "aws:SecureTransport" = "false"
          }
        }
      },
      # TLS older than 1.2 is refused
      {
        Sid       = "DenyOutdatedTls"
        Effect    = "Deny"
        Principal = "*"
        Action    = ["s3:*"]
        Resource = [
          "arn:${data.aws_partition.current.partition}:s3:::acme-log-archive",
          "arn:${data.aws_partition.current.partition}:s3:::acme-log-archive/*",
        ]
        Condition = {
          NumericLessThan = {
            "s3:TlsVersion" = "1.2"
          }
        }
      },
      # uploads under a key that the caller brings along are refused
      {
        Sid       = "DenyCustomerProvidedKeys"
        Effect    = "Deny"
        Principal = "*"
        Action    = ["s3:PutObject"]
        Resource  = ["arn:${data.aws_partition.current.partition}:s3:::acme-log-archive/*"]
        Condition = {
          Null = {
            "s3:x-amz-server-side-encryption-customer-algorithm" = "false"
          }
        }
      },
      # versions are deleted by nobody but the excepted
      {
        Sid       = "DenyVersionDeletion"
        Effect    = "Deny"
        Principal = "*"
        Action    = ["s3:BypassGovernanceRetention", "s3:DeleteObjectVersion"]
        Resource  = ["arn:${data.aws_partition.current.partition}:s3:::acme-log-archive/*"]
        Condition = {
          ArnNotLike = {
            "aws:PrincipalArn" = [
              "arn:${data.aws_partition.current.partition}:iam::111122223333:role/Archivist",
              "arn:${data.aws_partition.current.partition}:iam::111122223333:role/aws-reserved/sso.amazonaws.com/*AWSReservedSSO_LogAdmin_*",
            ]
          }
        }
      },
      # what keeps versions is changed by nobody but the excepted
      {
        Sid       = "DenyWeakerRetention"
        Effect    = "Deny"
        Principal = "*"
        Action = [
          "s3:PutBucketObjectLockConfiguration",
          "s3:PutBucketVersioning",
          "s3:PutLifecycleConfiguration",
        ]
        Resource = ["arn:${data.aws_partition.current.partition}:s3:::acme-log-archive"]
        Condition = {
          ArnNotLike = {
            "aws:PrincipalArn" = [
              "arn:${data.aws_partition.current.partition}:iam::111122223333:role/Archivist",
              "arn:${data.aws_partition.current.partition}:iam::111122223333:role/aws-reserved/sso.amazonaws.com/*AWSReservedSSO_LogAdmin_*",
            ]
          }
        }
      },
    ]
  })

  depends_on = [aws_s3_bucket_public_access_block.bucket, aws_s3_bucket_ownership_controls.bucket, aws_s3_bucket_versioning.bucket, aws_s3_bucket_lifecycle_configuration.bucket]
}
