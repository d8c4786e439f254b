# Rendered by s3harden from the profile deploy-parameters. Change the profile, not this file.

data "aws_partition" "current" {}

# receives the access logs of the bucket
#trivy:ignore:AWS-0089 the bucket receives access logs and would log its own deliveries
#trivy:ignore:AWS-0132 S3 delivers access logs to buckets with SSE-S3 only
resource "aws_s3_bucket" "log_bucket" {
  #checkov:skip=CKV_AWS_18:the bucket receives access logs and would log its own deliveries
  #checkov:skip=CKV2_AWS_62:the profile asks for no events of objects
  #checkov:skip=CKV_AWS_144:the profile asks for no copies in another bucket
  #checkov:skip=CKV_AWS_145:S3 delivers access logs to buckets with SSE-S3 only

  bucket = "acme-partner-exports-logs"

  tags = {
    "owner" = var.team
  }

  lifecycle {
    prevent_destroy = true
  }
}

resource "aws_s3_bucket_ownership_controls" "log_bucket" {
  bucket = aws_s3_bucket.log_bucket.id

  rule {
    object_ownership = "BucketOwnerEnforced"
  }
}

resource "aws_s3_bucket_public_access_block" "log_bucket" {
  bucket = aws_s3_bucket.log_bucket.id

  block_public_acls       = true
  ignore_public_acls      = true
  block_public_policy     = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_server_side_encryption_configuration" "log_bucket" {
  bucket = aws_s3_bucket.log_bucket.id

  rule {
    apply_server_side_encryption_by_default {
      sse_algorithm = "AES256"
    }
  }
}

resource "aws_s3_bucket_versioning" "log_bucket" {
  bucket = aws_s3_bucket.log_bucket.id

  versioning_configuration {
    status = "Enabled"
  }
}

resource "aws_s3_bucket_lifecycle_configuration" "log_bucket" {
  bucket = aws_s3_bucket.log_bucket.id

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
      noncurrent_days = 7
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
      days = 365
    }
  }

  depends_on = [aws_s3_bucket_versioning.log_bucket]
}

# what may be done with it, and how
resource "aws_s3_bucket_policy" "log_bucket_policy" {
  bucket = aws_s3_bucket.log_bucket.id
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
          "arn:${data.aws_partition.current.partition}:s3:::acme-partner-exports-logs",
          "arn:${data.aws_partition.current.partition}:s3:::acme-partner-exports-logs/*",
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
          "arn:${data.aws_partition.current.partition}:s3:::acme-partner-exports-logs",
          "arn:${data.aws_partition.current.partition}:s3:::acme-partner-exports-logs/*",
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
        Resource  = ["arn:${data.aws_partition.current.partition}:s3:::acme-partner-exports-logs/*"]
        Condition = {
          Null = {
            "s3:x-amz-server-side-encryption-customer-algorithm" = "false"
          }
        }
      },
      # S3 delivers the access logs of the bucket, and nothing else
      {
        Sid    = "AllowAccessLogDelivery"
        Effect = "Allow"
        Principal = {
          Service = ["logging.s3.amazonaws.com"]
        }
        Action   = ["s3:PutObject"]
        Resource = ["arn:${data.aws_partition.current.partition}:s3:::acme-partner-exports-logs/access/*"]
        Condition = {
          StringEquals = {
            "aws:SourceAccount" = "111122223333"
          }
          ArnLike = {
            "aws:SourceArn" = "arn:${data.aws_partition.current.partition}:s3:::acme-partner-exports"
          }
        }
      },
    ]
  })

  depends_on = [aws_s3_bucket_public_access_block.log_bucket, aws_s3_bucket_ownership_controls.log_bucket]
}

# the bucket of the profile
#trivy:ignore:AWS-0132 the profile asks for SSE-S3, whose keys S3 holds
resource "aws_s3_bucket" "bucket" {
  #checkov:skip=CKV2_AWS_62:the profile asks for no events of objects
  #checkov:skip=CKV_AWS_144:the profile asks for no copies in another bucket
  #checkov:skip=CKV_AWS_145:the profile asks for SSE-S3, whose keys S3 holds

  bucket = "acme-partner-exports"

  tags = {
    "owner" = var.team
  }

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

  depends_on = [aws_s3_bucket_versioning.bucket]
}

resource "aws_s3_bucket_logging" "bucket" {
  bucket        = aws_s3_bucket.bucket.id
  target_bucket = aws_s3_bucket.log_bucket.id
  target_prefix = "access/"

  target_object_key_format {
    partitioned_prefix {
      partition_date_source = "EventTime"
    }
  }

  depends_on = [aws_s3_bucket_policy.log_bucket_policy]
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
          "arn:${data.aws_partition.current.partition}:s3:::acme-partner-exports",
          "arn:${data.aws_partition.current.partition}:s3:::acme-partner-exports/*",
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
          "arn:${data.aws_partition.current.partition}:s3:::acme-partner-exports",
          "arn:${data.aws_partition.current.partition}:s3:::acme-partner-exports/*",
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
        Resource  = ["arn:${data.aws_partition.current.partition}:s3:::acme-partner-exports/*"]
        Condition = {
          Null = {
            "s3:x-amz-server-side-encryption-customer-algorithm" = "false"
          }
        }
      },
      # what comes from no listed network is refused
      {
        Sid       = "DenyUnlistedNetworks"
        Effect    = "Deny"
        Principal = "*"
        Action = [
          "s3:AbortMultipartUpload",
          "s3:CreateBucketMetadataTableConfiguration",
          "s3:DeleteObject*",
          "s3:GetObject*",
          "s3:InitiateReplication",
          "s3:List*Object*",
          "s3:ListBucket*",
          "s3:ListMultipartUploadParts",
          "s3:PutAnalyticsConfiguration",
          "s3:PutBucketLogging",
          "s3:PutBucketNotification",
          "s3:PutInventoryConfiguration",
          "s3:PutObject*",
          "s3:PutReplicationConfiguration",
          "s3:Replicate*",
          "s3:RestoreObject",
          "s3:UpdateBucketMetadata*",
          "s3:UpdateObjectEncryption",
        ]
        Resource = [
          "arn:${data.aws_partition.current.partition}:s3:::acme-partner-exports",
          "arn:${data.aws_partition.current.partition}:s3:::acme-partner-exports/*",
        ]
        Condition = {
          NotIpAddress = {
            "aws:SourceIp" = var.office
          }
          StringNotEquals = {
            "aws:SourceVpce" = var.endpoint
          }
          BoolIfExists = {
            "aws:PrincipalIsAWSService" = "false"
            "aws:ViaAWSService"         = "false"
          }
        }
      },
      # partner-reads: read, list
      {
        Sid    = "PartnerReadsObjectsFromAddresses"
        Effect = "Allow"
        Principal = {
          AWS = ["arn:${data.aws_partition.current.partition}:iam::${var.partner}:role/${var.reader}"]
        }
        Action   = ["s3:GetObject", "s3:GetObjectAttributes"]
        Resource = ["arn:${data.aws_partition.current.partition}:s3:::acme-partner-exports/out/*"]
        Condition = {
          IpAddress = {
            "aws:SourceIp" = var.office
          }
        }
      },
      # partner-reads: read, list
      {
        Sid    = "PartnerReadsListingFromAddresses"
        Effect = "Allow"
        Principal = {
          AWS = ["arn:${data.aws_partition.current.partition}:iam::${var.partner}:role/${var.reader}"]
        }
        Action   = ["s3:ListBucket"]
        Resource = ["arn:${data.aws_partition.current.partition}:s3:::acme-partner-exports"]
        Condition = {
          StringLike = {
            "s3:prefix" = "out/*"
          }
          IpAddress = {
            "aws:SourceIp" = var.office
          }
        }
      },
      # exporter-writes: write
      {
        Sid    = "ExporterWritesObjectsFromEndpoints"
        Effect = "Allow"
        Principal = {
          AWS = ["arn:${data.aws_partition.current.partition}:iam::111122223333:role/Exporter"]
        }
        Action = [
          "s3:AbortMultipartUpload",
          "s3:ListMultipartUploadParts",
          "s3:PutObject",
        ]
        Resource = ["arn:${data.aws_partition.current.partition}:s3:::acme-partner-exports/out/*"]
        Condition = {
          StringEquals = {
            "aws:SourceVpce" = var.endpoint
          }
        }
      },
    ]
  })

  depends_on = [aws_s3_bucket_public_access_block.bucket, aws_s3_bucket_ownership_controls.bucket]
}
