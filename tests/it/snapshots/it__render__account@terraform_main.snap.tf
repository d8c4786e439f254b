# Rendered by s3harden from the profile account-baseline. Change the profile, not this file.

data "aws_partition" "current" {}

# receives the access logs of buckets of the account
#trivy:ignore:AWS-0089 the bucket receives access logs and would log its own deliveries
#trivy:ignore:AWS-0132 S3 delivers access logs to buckets with SSE-S3 only
resource "aws_s3_bucket" "archive" {
  #checkov:skip=CKV_AWS_18:the bucket receives access logs and would log its own deliveries
  #checkov:skip=CKV2_AWS_62:the profile asks for no events of objects
  #checkov:skip=CKV_AWS_144:the profile asks for no copies in another bucket
  #checkov:skip=CKV_AWS_145:S3 delivers access logs to buckets with SSE-S3 only

  bucket = "acme-777788889999-log-archive"

  tags = {
    "owner" = "security"
  }

  lifecycle {
    prevent_destroy = true
  }
}

resource "aws_s3_bucket_ownership_controls" "archive" {
  bucket = aws_s3_bucket.archive.id

  rule {
    object_ownership = "BucketOwnerEnforced"
  }
}

resource "aws_s3_bucket_public_access_block" "archive" {
  bucket = aws_s3_bucket.archive.id

  block_public_acls       = true
  ignore_public_acls      = true
  block_public_policy     = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_server_side_encryption_configuration" "archive" {
  bucket = aws_s3_bucket.archive.id

  rule {
    apply_server_side_encryption_by_default {
      sse_algorithm = "AES256"
    }
  }
}

resource "aws_s3_bucket_versioning" "archive" {
  bucket = aws_s3_bucket.archive.id

  versioning_configuration {
    status = "Enabled"
  }
}

resource "aws_s3_bucket_lifecycle_configuration" "archive" {
  bucket = aws_s3_bucket.archive.id

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
      days = 730
    }
  }

  depends_on = [aws_s3_bucket_versioning.archive]
}

# what may be done with it, and how
resource "aws_s3_bucket_policy" "archive_policy" {
  bucket = aws_s3_bucket.archive.id
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
          "arn:${data.aws_partition.current.partition}:s3:::acme-777788889999-log-archive",
          "arn:${data.aws_partition.current.partition}:s3:::acme-777788889999-log-archive/*",
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
          "arn:${data.aws_partition.current.partition}:s3:::acme-777788889999-log-archive",
          "arn:${data.aws_partition.current.partition}:s3:::acme-777788889999-log-archive/*",
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
        Resource  = ["arn:${data.aws_partition.current.partition}:s3:::acme-777788889999-log-archive/*"]
        Condition = {
          Null = {
            "s3:x-amz-server-side-encryption-customer-algorithm" = "false"
          }
        }
      },
      # S3 delivers the access logs of buckets of this account, and nothing else
      {
        Sid    = "AllowAccessLogDelivery"
        Effect = "Allow"
        Principal = {
          Service = ["logging.s3.amazonaws.com"]
        }
        Action   = ["s3:PutObject"]
        Resource = ["arn:${data.aws_partition.current.partition}:s3:::acme-777788889999-log-archive/*"]
        Condition = {
          StringEquals = {
            "aws:SourceAccount" = "777788889999"
          }
          ArnLike = {
            "aws:SourceArn" = "arn:${data.aws_partition.current.partition}:s3:::*"
          }
        }
      },
    ]
  })

  depends_on = [aws_s3_bucket_public_access_block.archive, aws_s3_bucket_ownership_controls.archive]
}

# receives what AWS Config records
#trivy:ignore:AWS-0132 SSE-S3 needs no key that could keep AWS Config out
resource "aws_s3_bucket" "config_bucket" {
  #checkov:skip=CKV2_AWS_62:the profile asks for no events of objects
  #checkov:skip=CKV_AWS_144:the profile asks for no copies in another bucket
  #checkov:skip=CKV_AWS_145:SSE-S3 needs no key that could keep AWS Config out

  bucket = "account-baseline-777788889999-eu-west-1-config"

  tags = {
    "owner" = "security"
  }

  lifecycle {
    prevent_destroy = true
  }
}

resource "aws_s3_bucket_ownership_controls" "config_bucket" {
  bucket = aws_s3_bucket.config_bucket.id

  rule {
    object_ownership = "BucketOwnerEnforced"
  }
}

resource "aws_s3_bucket_public_access_block" "config_bucket" {
  bucket = aws_s3_bucket.config_bucket.id

  block_public_acls       = true
  ignore_public_acls      = true
  block_public_policy     = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_server_side_encryption_configuration" "config_bucket" {
  bucket = aws_s3_bucket.config_bucket.id

  rule {
    apply_server_side_encryption_by_default {
      sse_algorithm = "AES256"
    }
  }
}

resource "aws_s3_bucket_versioning" "config_bucket" {
  bucket = aws_s3_bucket.config_bucket.id

  versioning_configuration {
    status = "Enabled"
  }
}

resource "aws_s3_bucket_lifecycle_configuration" "config_bucket" {
  bucket = aws_s3_bucket.config_bucket.id

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

  depends_on = [aws_s3_bucket_versioning.config_bucket]
}

resource "aws_s3_bucket_logging" "config_bucket" {
  bucket        = aws_s3_bucket.config_bucket.id
  target_bucket = aws_s3_bucket.archive.id
  target_prefix = "access/"

  target_object_key_format {
    partitioned_prefix {
      partition_date_source = "EventTime"
    }
  }

  depends_on = [aws_s3_bucket_policy.archive_policy]
}

# what may be done with it, and how
resource "aws_s3_bucket_policy" "config_bucket_policy" {
  bucket = aws_s3_bucket.config_bucket.id
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
          "arn:${data.aws_partition.current.partition}:s3:::account-baseline-777788889999-eu-west-1-config",
          "arn:${data.aws_partition.current.partition}:s3:::account-baseline-777788889999-eu-west-1-config/*",
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
          "arn:${data.aws_partition.current.partition}:s3:::account-baseline-777788889999-eu-west-1-config",
          "arn:${data.aws_partition.current.partition}:s3:::account-baseline-777788889999-eu-west-1-config/*",
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
        Resource  = ["arn:${data.aws_partition.current.partition}:s3:::account-baseline-777788889999-eu-west-1-config/*"]
        Condition = {
          Null = {
            "s3:x-amz-server-side-encryption-customer-algorithm" = "false"
          }
        }
      },
      # AWS Config sees that the bucket is there and whose it is
      {
        Sid    = "AllowConfigToLook"
        Effect = "Allow"
        Principal = {
          Service = ["config.amazonaws.com"]
        }
        Action   = ["s3:GetBucketAcl", "s3:ListBucket"]
        Resource = ["arn:${data.aws_partition.current.partition}:s3:::account-baseline-777788889999-eu-west-1-config"]
        Condition = {
          StringEquals = {
            "aws:SourceAccount" = "777788889999"
          }
        }
      },
      # AWS Config delivers the records of this account, and nothing else
      {
        Sid    = "AllowConfigToDeliver"
        Effect = "Allow"
        Principal = {
          Service = ["config.amazonaws.com"]
        }
        Action   = ["s3:PutObject"]
        Resource = ["arn:${data.aws_partition.current.partition}:s3:::account-baseline-777788889999-eu-west-1-config/AWSLogs/777788889999/Config/*"]
        Condition = {
          StringEquals = {
            "aws:SourceAccount" = "777788889999"
            "s3:x-amz-acl"      = "bucket-owner-full-control"
          }
        }
      },
    ]
  })

  depends_on = [aws_s3_bucket_public_access_block.config_bucket, aws_s3_bucket_ownership_controls.config_bucket]
}

# records the configuration of buckets and keys
resource "aws_config_configuration_recorder" "config_recorder" {
  name     = "default"
  role_arn = "arn:${data.aws_partition.current.partition}:iam::777788889999:role/aws-service-role/config.amazonaws.com/AWSServiceRoleForConfig"

  recording_group {
    all_supported                 = false
    include_global_resource_types = false
    resource_types = [
      "AWS::KMS::Key",
      "AWS::S3::AccessPoint",
      "AWS::S3::AccountPublicAccessBlock",
      "AWS::S3::Bucket",
    ]

    recording_strategy {
      use_only = "INCLUSION_BY_RESOURCE_TYPES"
    }
  }
}

# delivers the records
resource "aws_config_delivery_channel" "config_delivery_channel" {
  name           = "default"
  s3_bucket_name = aws_s3_bucket.config_bucket.id

  depends_on = [aws_s3_bucket_policy.config_bucket_policy, aws_config_configuration_recorder.config_recorder]
}

resource "aws_config_configuration_recorder_status" "config_delivery_channel" {
  name       = aws_config_configuration_recorder.config_recorder.id
  is_enabled = true

  depends_on = [aws_config_delivery_channel.config_delivery_channel]
}

# receives what Macie finds
#trivy:ignore:AWS-0132 Macie names the key itself for what it delivers
resource "aws_s3_bucket" "macie_bucket" {
  #checkov:skip=CKV2_AWS_62:the profile asks for no events of objects
  #checkov:skip=CKV_AWS_144:the profile asks for no copies in another bucket
  #checkov:skip=CKV_AWS_145:Macie names the key itself for what it delivers

  bucket = "account-baseline-777788889999-eu-west-1-macie"

  tags = {
    "owner" = "security"
  }

  lifecycle {
    prevent_destroy = true
  }
}

resource "aws_s3_bucket_ownership_controls" "macie_bucket" {
  bucket = aws_s3_bucket.macie_bucket.id

  rule {
    object_ownership = "BucketOwnerEnforced"
  }
}

resource "aws_s3_bucket_public_access_block" "macie_bucket" {
  bucket = aws_s3_bucket.macie_bucket.id

  block_public_acls       = true
  ignore_public_acls      = true
  block_public_policy     = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_server_side_encryption_configuration" "macie_bucket" {
  bucket = aws_s3_bucket.macie_bucket.id

  rule {
    apply_server_side_encryption_by_default {
      sse_algorithm = "AES256"
    }
  }
}

resource "aws_s3_bucket_versioning" "macie_bucket" {
  bucket = aws_s3_bucket.macie_bucket.id

  versioning_configuration {
    status = "Enabled"
  }
}

resource "aws_s3_bucket_lifecycle_configuration" "macie_bucket" {
  bucket = aws_s3_bucket.macie_bucket.id

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

  depends_on = [aws_s3_bucket_versioning.macie_bucket]
}

resource "aws_s3_bucket_logging" "macie_bucket" {
  bucket        = aws_s3_bucket.macie_bucket.id
  target_bucket = aws_s3_bucket.archive.id
  target_prefix = "access/"

  target_object_key_format {
    partitioned_prefix {
      partition_date_source = "EventTime"
    }
  }

  depends_on = [aws_s3_bucket_policy.archive_policy]
}

# what may be done with it, and how
resource "aws_s3_bucket_policy" "macie_bucket_policy" {
  bucket = aws_s3_bucket.macie_bucket.id
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
          "arn:${data.aws_partition.current.partition}:s3:::account-baseline-777788889999-eu-west-1-macie",
          "arn:${data.aws_partition.current.partition}:s3:::account-baseline-777788889999-eu-west-1-macie/*",
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
          "arn:${data.aws_partition.current.partition}:s3:::account-baseline-777788889999-eu-west-1-macie",
          "arn:${data.aws_partition.current.partition}:s3:::account-baseline-777788889999-eu-west-1-macie/*",
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
        Resource  = ["arn:${data.aws_partition.current.partition}:s3:::account-baseline-777788889999-eu-west-1-macie/*"]
        Condition = {
          Null = {
            "s3:x-amz-server-side-encryption-customer-algorithm" = "false"
          }
        }
      },
      # Macie sees where the bucket is
      {
        Sid    = "AllowMacieToLook"
        Effect = "Allow"
        Principal = {
          Service = ["macie.amazonaws.com"]
        }
        Action   = ["s3:GetBucketLocation"]
        Resource = ["arn:${data.aws_partition.current.partition}:s3:::account-baseline-777788889999-eu-west-1-macie"]
        Condition = {
          StringEquals = {
            "aws:SourceAccount" = "777788889999"
          }
          ArnLike = {
            "aws:SourceArn" = [
              "arn:${data.aws_partition.current.partition}:macie2:eu-west-1:777788889999:export-configuration:*",
              "arn:${data.aws_partition.current.partition}:macie2:eu-west-1:777788889999:classification-job/*",
            ]
          }
        }
      },
      # Macie delivers what it finds in this account and region, and nothing else
      {
        Sid    = "AllowMacieToDeliver"
        Effect = "Allow"
        Principal = {
          Service = ["macie.amazonaws.com"]
        }
        Action   = ["s3:PutObject"]
        Resource = ["arn:${data.aws_partition.current.partition}:s3:::account-baseline-777788889999-eu-west-1-macie/*"]
        Condition = {
          StringEquals = {
            "aws:SourceAccount" = "777788889999"
          }
          ArnLike = {
            "aws:SourceArn" = [
              "arn:${data.aws_partition.current.partition}:macie2:eu-west-1:777788889999:export-configuration:*",
              "arn:${data.aws_partition.current.partition}:macie2:eu-west-1:777788889999:classification-job/*",
            ]
          }
        }
      },
    ]
  })

  depends_on = [aws_s3_bucket_public_access_block.macie_bucket, aws_s3_bucket_ownership_controls.macie_bucket]
}

# receives what the trail records
#trivy:ignore:AWS-0132 CloudTrail names the key itself for what it delivers, where the profile asks for one
resource "aws_s3_bucket" "trail_bucket" {
  #checkov:skip=CKV2_AWS_62:the profile asks for no events of objects
  #checkov:skip=CKV_AWS_144:the profile asks for no copies in another bucket
  #checkov:skip=CKV_AWS_145:CloudTrail names the key itself for what it delivers, where the profile asks for one

  bucket = "account-baseline-777788889999-eu-west-1-trail"

  tags = {
    "owner" = "security"
  }

  lifecycle {
    prevent_destroy = true
  }
}

resource "aws_s3_bucket_ownership_controls" "trail_bucket" {
  bucket = aws_s3_bucket.trail_bucket.id

  rule {
    object_ownership = "BucketOwnerEnforced"
  }
}

resource "aws_s3_bucket_public_access_block" "trail_bucket" {
  bucket = aws_s3_bucket.trail_bucket.id

  block_public_acls       = true
  ignore_public_acls      = true
  block_public_policy     = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_server_side_encryption_configuration" "trail_bucket" {
  bucket = aws_s3_bucket.trail_bucket.id

  rule {
    apply_server_side_encryption_by_default {
      sse_algorithm = "AES256"
    }
  }
}

resource "aws_s3_bucket_versioning" "trail_bucket" {
  bucket = aws_s3_bucket.trail_bucket.id

  versioning_configuration {
    status = "Enabled"
  }
}

resource "aws_s3_bucket_lifecycle_configuration" "trail_bucket" {
  bucket = aws_s3_bucket.trail_bucket.id

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

  depends_on = [aws_s3_bucket_versioning.trail_bucket]
}

resource "aws_s3_bucket_logging" "trail_bucket" {
  bucket        = aws_s3_bucket.trail_bucket.id
  target_bucket = aws_s3_bucket.archive.id
  target_prefix = "access/"

  target_object_key_format {
    partitioned_prefix {
      partition_date_source = "EventTime"
    }
  }

  depends_on = [aws_s3_bucket_policy.archive_policy]
}

# what may be done with it, and how
resource "aws_s3_bucket_policy" "trail_bucket_policy" {
  bucket = aws_s3_bucket.trail_bucket.id
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
          "arn:${data.aws_partition.current.partition}:s3:::account-baseline-777788889999-eu-west-1-trail",
          "arn:${data.aws_partition.current.partition}:s3:::account-baseline-777788889999-eu-west-1-trail/*",
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
          "arn:${data.aws_partition.current.partition}:s3:::account-baseline-777788889999-eu-west-1-trail",
          "arn:${data.aws_partition.current.partition}:s3:::account-baseline-777788889999-eu-west-1-trail/*",
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
        Resource  = ["arn:${data.aws_partition.current.partition}:s3:::account-baseline-777788889999-eu-west-1-trail/*"]
        Condition = {
          Null = {
            "s3:x-amz-server-side-encryption-customer-algorithm" = "false"
          }
        }
      },
      # CloudTrail looks at the bucket's ACL before it delivers
      {
        Sid    = "AllowTrailToReadAcl"
        Effect = "Allow"
        Principal = {
          Service = ["cloudtrail.amazonaws.com"]
        }
        Action   = ["s3:GetBucketAcl"]
        Resource = ["arn:${data.aws_partition.current.partition}:s3:::account-baseline-777788889999-eu-west-1-trail"]
        Condition = {
          StringEquals = {
            "aws:SourceArn" = "arn:${data.aws_partition.current.partition}:cloudtrail:eu-west-1:777788889999:trail/account-baseline-777788889999-eu-west-1"
          }
        }
      },
      # CloudTrail delivers what the trail records, and nothing else
      {
        Sid    = "AllowTrailDelivery"
        Effect = "Allow"
        Principal = {
          Service = ["cloudtrail.amazonaws.com"]
        }
        Action   = ["s3:PutObject"]
        Resource = ["arn:${data.aws_partition.current.partition}:s3:::account-baseline-777788889999-eu-west-1-trail/AWSLogs/777788889999/*"]
        Condition = {
          StringEquals = {
            "aws:SourceArn" = "arn:${data.aws_partition.current.partition}:cloudtrail:eu-west-1:777788889999:trail/account-baseline-777788889999-eu-west-1"
            "s3:x-amz-acl"  = "bucket-owner-full-control"
          }
        }
      },
    ]
  })

  depends_on = [aws_s3_bucket_public_access_block.trail_bucket, aws_s3_bucket_ownership_controls.trail_bucket]
}

# encrypts what the trail records
resource "aws_kms_key" "trail_key" {
  description             = "Encrypts what the trail of account-baseline-777788889999-eu-west-1 records"
  enable_key_rotation     = true
  deletion_window_in_days = 30
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      # the account administers the key and grants its use by IAM policies
      {
        Sid    = "AllowAccountAdministration"
        Effect = "Allow"
        Principal = {
          AWS = ["arn:${data.aws_partition.current.partition}:iam::777788889999:root"]
        }
        Action   = ["kms:*"]
        Resource = ["*"]
      },
      # CloudTrail encrypts what this trail records
      {
        Sid    = "AllowTrailToEncrypt"
        Effect = "Allow"
        Principal = {
          Service = ["cloudtrail.amazonaws.com"]
        }
        Action   = ["kms:GenerateDataKey*"]
        Resource = ["*"]
        Condition = {
          StringEquals = {
            "aws:SourceArn" = "arn:${data.aws_partition.current.partition}:cloudtrail:eu-west-1:777788889999:trail/account-baseline-777788889999-eu-west-1"
          }
          StringLike = {
            "kms:EncryptionContext:aws:cloudtrail:arn" = "arn:${data.aws_partition.current.partition}:cloudtrail:*:777788889999:trail/*"
          }
        }
      },
      # CloudTrail looks at the key of this trail
      {
        Sid    = "AllowTrailToDescribeKey"
        Effect = "Allow"
        Principal = {
          Service = ["cloudtrail.amazonaws.com"]
        }
        Action   = ["kms:DescribeKey"]
        Resource = ["*"]
        Condition = {
          StringEquals = {
            "aws:SourceArn" = "arn:${data.aws_partition.current.partition}:cloudtrail:eu-west-1:777788889999:trail/account-baseline-777788889999-eu-west-1"
          }
        }
      },
      # CloudWatch Logs encrypts the trail's log group
      {
        Sid    = "AllowLogGroupToEncrypt"
        Effect = "Allow"
        Principal = {
          Service = ["logs.eu-west-1.${data.aws_partition.current.dns_suffix}"]
        }
        Action = [
          "kms:Decrypt",
          "kms:Describe*",
          "kms:Encrypt",
          "kms:GenerateDataKey*",
          "kms:ReEncrypt*",
        ]
        Resource = ["*"]
        Condition = {
          StringEquals = {
            "kms:EncryptionContext:aws:logs:arn" = "arn:${data.aws_partition.current.partition}:logs:eu-west-1:777788889999:log-group:cloudtrail/account-baseline-777788889999-eu-west-1"
          }
        }
      },
    ]
  })

  tags = {
    "owner" = "security"
  }

  lifecycle {
    prevent_destroy = true
  }
}

# a name for the key, for people
resource "aws_kms_alias" "trail_key_alias" {
  name          = "alias/account-baseline-777788889999-eu-west-1-trail"
  target_key_id = aws_kms_key.trail_key.key_id
}

# the events again, where filters and queries find them
resource "aws_cloudwatch_log_group" "trail_log_group" {
  name              = "cloudtrail/account-baseline-777788889999-eu-west-1"
  retention_in_days = 365
  kms_key_id        = aws_kms_key.trail_key.arn
  skip_destroy      = true

  tags = {
    "owner" = "security"
  }
}

# CloudTrail takes it on to write to the log group
resource "aws_iam_role" "trail_log_role" {
  name        = "cloudtrail-account-baseline-777788889999-eu-west-1"
  description = "Sends events of the trail account-baseline-777788889999-eu-west-1 to CloudWatch Logs"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      # CloudTrail takes the role on to send events
      {
        Sid    = "AllowCloudTrailToSend"
        Effect = "Allow"
        Principal = {
          Service = ["cloudtrail.amazonaws.com"]
        }
        Action = ["sts:AssumeRole"]
      },
    ]
  })

  tags = {
    "owner" = "security"
  }
}

resource "aws_iam_role_policy" "trail_log_role" {
  name = "send-events"
  role = aws_iam_role.trail_log_role.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      # writes the trail's own streams
      {
        Sid      = "WriteTrailEvents"
        Effect   = "Allow"
        Action   = ["logs:CreateLogStream", "logs:PutLogEvents"]
        Resource = ["arn:${data.aws_partition.current.partition}:logs:eu-west-1:777788889999:log-group:cloudtrail/account-baseline-777788889999-eu-west-1:log-stream:777788889999_CloudTrail_eu-west-1*"]
      },
    ]
  })
}

# records who does what to the objects
resource "aws_cloudtrail" "trail" {
  name                          = "account-baseline-777788889999-eu-west-1"
  s3_bucket_name                = aws_s3_bucket.trail_bucket.id
  is_multi_region_trail         = true
  include_global_service_events = true
  enable_log_file_validation    = true
  kms_key_id                    = aws_kms_key.trail_key.arn
  cloud_watch_logs_group_arn    = "${aws_cloudwatch_log_group.trail_log_group.arn}:*"
  cloud_watch_logs_role_arn     = aws_iam_role.trail_log_role.arn

  advanced_event_selector {
    name = "Management events"

    field_selector {
      field  = "eventCategory"
      equals = ["Management"]
    }
  }

  advanced_event_selector {
    name = "Objects of every bucket"

    field_selector {
      field  = "eventCategory"
      equals = ["Data"]
    }

    field_selector {
      field  = "resources.type"
      equals = ["AWS::S3::Object"]
    }

    field_selector {
      field = "resources.ARN"
      not_starts_with = [
        "arn:${data.aws_partition.current.partition}:s3:::acme-777788889999-log-archive/",
        "arn:${data.aws_partition.current.partition}:s3:::account-baseline-777788889999-eu-west-1-config/",
        "arn:${data.aws_partition.current.partition}:s3:::account-baseline-777788889999-eu-west-1-macie/",
        "arn:${data.aws_partition.current.partition}:s3:::account-baseline-777788889999-eu-west-1-trail/",
      ]
    }
  }

  advanced_event_selector {
    name = "Objects through every access point"

    field_selector {
      field  = "eventCategory"
      equals = ["Data"]
    }

    field_selector {
      field  = "resources.type"
      equals = ["AWS::S3::AccessPoint"]
    }
  }

  tags = {
    "owner" = "security"
  }

  depends_on = [aws_s3_bucket_policy.trail_bucket_policy, aws_iam_role_policy.trail_log_role]
}

# looks for sensitive data in the account and region
resource "aws_macie2_account" "macie_session" {
  status                       = "ENABLED"
  finding_publishing_frequency = "FIFTEEN_MINUTES"
}

# Systems Manager takes it on to put settings of the account's buckets back
resource "aws_iam_role" "remediation_role" {
  name        = "config-remediation-account-baseline-777788889999-eu-west-1"
  description = "Puts settings of the account's buckets back"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      # Systems Manager takes the role on for its runs in this account and region
      {
        Sid    = "AllowAutomationToPutBack"
        Effect = "Allow"
        Principal = {
          Service = ["ssm.amazonaws.com"]
        }
        Action = ["sts:AssumeRole"]
        Condition = {
          StringEquals = {
            "aws:SourceAccount" = "777788889999"
          }
          ArnLike = {
            "aws:SourceArn" = "arn:${data.aws_partition.current.partition}:ssm:eu-west-1:777788889999:automation-execution/*"
          }
        }
      },
    ]
  })

  tags = {
    "owner" = "security"
  }
}

resource "aws_iam_role_policy" "remediation_role" {
  name = "put-back"
  role = aws_iam_role.remediation_role.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      # puts settings of the account's buckets, and does nothing else
      {
        Sid      = "PutBackSettings"
        Effect   = "Allow"
        Action   = ["s3:PutBucketPublicAccessBlock"]
        Resource = ["arn:${data.aws_partition.current.partition}:s3:::*"]
        Condition = {
          StringEquals = {
            "aws:ResourceAccount" = "777788889999"
          }
        }
      },
    ]
  })
}

# no bucket and no access point of the account is public
resource "aws_s3_account_public_access_block" "account_public_access_block" {
  block_public_acls       = true
  ignore_public_acls      = true
  block_public_policy     = true
  restrict_public_buckets = true
}

# access points block public access
resource "aws_config_config_rule" "config_rule_access_point_public_access_blocks" {
  name        = "account-baseline-777788889999-eu-west-1-s3-access-point-public-access-blocks"
  description = "Every bucket: access points block public access"

  source {
    owner             = "AWS"
    source_identifier = "S3_ACCESS_POINT_PUBLIC_ACCESS_BLOCKS"
  }

  depends_on = [aws_config_configuration_recorder.config_recorder, aws_config_configuration_recorder_status.config_delivery_channel]
}

# the account blocks public access
resource "aws_config_config_rule" "config_rule_account_level_public_access_blocks_periodic" {
  name        = "account-baseline-777788889999-eu-west-1-s3-account-level-public-access-blocks-periodic"
  description = "Every bucket: the account blocks public access"

  source {
    owner             = "AWS"
    source_identifier = "S3_ACCOUNT_LEVEL_PUBLIC_ACCESS_BLOCKS_PERIODIC"
  }

  depends_on = [aws_config_configuration_recorder.config_recorder, aws_config_configuration_recorder_status.config_delivery_channel]
}

# access is not decided by ACLs
resource "aws_config_config_rule" "config_rule_bucket_acl_prohibited" {
  name        = "account-baseline-777788889999-eu-west-1-s3-bucket-acl-prohibited"
  description = "Every bucket: access is not decided by ACLs"

  source {
    owner             = "AWS"
    source_identifier = "S3_BUCKET_ACL_PROHIBITED"
  }

  depends_on = [aws_config_configuration_recorder.config_recorder, aws_config_configuration_recorder_status.config_delivery_channel]
}

# Block Public Access is on
resource "aws_config_config_rule" "config_rule_bucket_level_public_access_prohibited" {
  name        = "account-baseli-89d2024a-s3-bucket-level-public-access-prohibited"
  description = "Every bucket: Block Public Access is on"

  source {
    owner             = "AWS"
    source_identifier = "S3_BUCKET_LEVEL_PUBLIC_ACCESS_PROHIBITED"
  }

  depends_on = [aws_config_configuration_recorder.config_recorder, aws_config_configuration_recorder_status.config_delivery_channel]
}

# not everybody may read
resource "aws_config_config_rule" "config_rule_bucket_public_read_prohibited" {
  name        = "account-baseline-777788889999-eu-west-1-s3-bucket-public-read-prohibited"
  description = "Every bucket: not everybody may read"

  source {
    owner             = "AWS"
    source_identifier = "S3_BUCKET_PUBLIC_READ_PROHIBITED"
  }

  depends_on = [aws_config_configuration_recorder.config_recorder, aws_config_configuration_recorder_status.config_delivery_channel]
}

# not everybody may write
resource "aws_config_config_rule" "config_rule_bucket_public_write_prohibited" {
  name        = "account-baseline-777788889999-eu-west-1-s3-bucket-public-write-prohibited"
  description = "Every bucket: not everybody may write"

  source {
    owner             = "AWS"
    source_identifier = "S3_BUCKET_PUBLIC_WRITE_PROHIBITED"
  }

  depends_on = [aws_config_configuration_recorder.config_recorder, aws_config_configuration_recorder_status.config_delivery_channel]
}

# plain HTTP is refused
resource "aws_config_config_rule" "config_rule_bucket_ssl_requests_only" {
  name        = "account-baseline-777788889999-eu-west-1-s3-bucket-ssl-requests-only"
  description = "Every bucket: plain HTTP is refused"

  source {
    owner             = "AWS"
    source_identifier = "S3_BUCKET_SSL_REQUESTS_ONLY"
  }

  depends_on = [aws_config_configuration_recorder.config_recorder, aws_config_configuration_recorder_status.config_delivery_channel]
}

# versions are kept
resource "aws_config_config_rule" "config_rule_bucket_versioning_enabled" {
  name        = "account-baseline-777788889999-eu-west-1-s3-bucket-versioning-enabled"
  description = "Every bucket: versions are kept"

  source {
    owner             = "AWS"
    source_identifier = "S3_BUCKET_VERSIONING_ENABLED"
  }

  depends_on = [aws_config_configuration_recorder.config_recorder, aws_config_configuration_recorder_status.config_delivery_channel]
}

# Macie is on
resource "aws_config_config_rule" "config_rule_macie_status_check" {
  name        = "account-baseline-777788889999-eu-west-1-macie-status-check"
  description = "Macie is on"

  source {
    owner             = "AWS"
    source_identifier = "MACIE_STATUS_CHECK"
  }

  depends_on = [aws_config_configuration_recorder.config_recorder, aws_config_configuration_recorder_status.config_delivery_channel]
}

# Macie looks into samples of every bucket by itself
resource "aws_config_config_rule" "config_rule_macie_auto_sensitive_data_discovery_check" {
  name        = "account-baseline-777788889999-eu-west-1-macie-auto-sensitive-data-discovery-check"
  description = "Macie looks into samples of every bucket by itself"

  source {
    owner             = "AWS"
    source_identifier = "MACIE_AUTO_SENSITIVE_DATA_DISCOVERY_CHECK"
  }

  depends_on = [aws_config_configuration_recorder.config_recorder, aws_config_configuration_recorder_status.config_delivery_channel]
}

# sets public-access as the profile has it
resource "aws_ssm_document" "restore_public_access" {
  name            = "s3-restore-public-access-account-baseline-777788889999-eu-west-1"
  document_type   = "Automation"
  document_format = "JSON"
  content = jsonencode({
    schemaVersion = "0.3"
    description   = "Sets public-access of a bucket as its profile has it"
    assumeRole    = "{{ AutomationAssumeRole }}"
    parameters = {
      AutomationAssumeRole = {
        type        = "String"
        description = "the role in whose name it runs"
      }
      BucketName = {
        type           = "String"
        description    = "the bucket"
        allowedPattern = "^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$"
      }
    }
    mainSteps = [
      {
        name   = "PutPublicAccessBlock"
        action = "aws:executeAwsApi"
        isEnd  = true
        inputs = {
          Service = "s3"
          Api     = "PutPublicAccessBlock"
          Bucket  = "{{ BucketName }}"
          PublicAccessBlockConfiguration = {
            BlockPublicAcls       = true
            IgnorePublicAcls      = true
            BlockPublicPolicy     = true
            RestrictPublicBuckets = true
          }
        }
      },
    ]
  })

  tags = {
    "owner" = "security"
  }
}

# puts public-access back when the rule finds it changed
resource "aws_config_remediation_configuration" "remediate_public_access" {
  config_rule_name           = aws_config_config_rule.config_rule_bucket_level_public_access_prohibited.id
  resource_type              = "AWS::S3::Bucket"
  target_type                = "SSM_DOCUMENT"
  target_id                  = aws_ssm_document.restore_public_access.id
  automatic                  = true
  maximum_automatic_attempts = 3
  retry_attempt_seconds      = 60

  parameter {
    name         = "AutomationAssumeRole"
    static_value = aws_iam_role.remediation_role.arn
  }

  parameter {
    name           = "BucketName"
    resource_value = "RESOURCE_ID"
  }
}

# finds resources that others can reach
resource "aws_accessanalyzer_analyzer" "external_access_analyzer" {
  analyzer_name = "external-access"
  type          = "ACCOUNT"

  tags = {
    "owner" = "security"
  }
}

# finds access that nobody uses
resource "aws_accessanalyzer_analyzer" "unused_access_analyzer" {
  analyzer_name = "unused-access"
  type          = "ACCOUNT_UNUSED_ACCESS"

  configuration {
    unused_access {
      unused_access_age = 90
    }
  }

  tags = {
    "owner" = "security"
  }
}

# finds what looks like an attack in the account and region
resource "aws_guardduty_detector" "detector" {
  #checkov:skip=CKV2_AWS_3:the profile is for one account and region; an organization has detectors made by its administrator

  enable = true

  tags = {
    "owner" = "security"
  }
}

resource "aws_guardduty_detector_feature" "detector" {
  detector_id = aws_guardduty_detector.detector.id
  name        = "S3_DATA_EVENTS"
  status      = "ENABLED"
}

# a pattern that Macie looks for
resource "aws_macie2_custom_data_identifier" "identifier_employee_id" {
  name     = "employee-id"
  regex    = "E-[0-9]{6}"
  keywords = ["employee"]

  tags = {
    "owner" = "security"
  }

  depends_on = [aws_macie2_account.macie_session]
}

# looks into objects for sensitive data
resource "aws_macie2_classification_job" "macie_job" {
  name                       = "account-baseline-777788889999-eu-west-1-sensitive-data"
  job_type                   = "SCHEDULED"
  sampling_percentage        = 20
  custom_data_identifier_ids = [aws_macie2_custom_data_identifier.identifier_employee_id.id]
  initial_run                = true

  schedule_frequency {
    weekly_schedule = "MONDAY"
  }

  s3_job_definition {
    bucket_criteria {
      includes {
        and {
          simple_criterion {
            comparator = "EQ"
            key        = "ACCOUNT_ID"
            values     = ["777788889999"]
          }
        }
      }

      excludes {
        and {
          simple_criterion {
            comparator = "EQ"
            key        = "S3_BUCKET_NAME"
            values = [
              aws_s3_bucket.archive.id,
              aws_s3_bucket.config_bucket.id,
              aws_s3_bucket.macie_bucket.id,
              aws_s3_bucket.trail_bucket.id,
            ]
          }
        }
      }
    }
  }

  tags = {
    "owner" = "security"
  }

  depends_on = [aws_macie2_account.macie_session]
}

# encrypts what Macie finds
resource "aws_kms_key" "macie_key" {
  description             = "Encrypts what Macie finds for account-baseline-777788889999-eu-west-1"
  enable_key_rotation     = true
  deletion_window_in_days = 30
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      # the account administers the key and grants its use by IAM policies
      {
        Sid    = "AllowAccountAdministration"
        Effect = "Allow"
        Principal = {
          AWS = ["arn:${data.aws_partition.current.partition}:iam::777788889999:root"]
        }
        Action   = ["kms:*"]
        Resource = ["*"]
      },
      # Macie encrypts what it finds in this account and region
      {
        Sid    = "AllowMacieToEncrypt"
        Effect = "Allow"
        Principal = {
          Service = ["macie.amazonaws.com"]
        }
        Action   = ["kms:Encrypt", "kms:GenerateDataKey"]
        Resource = ["*"]
        Condition = {
          StringEquals = {
            "aws:SourceAccount" = "777788889999"
          }
          ArnLike = {
            "aws:SourceArn" = [
              "arn:${data.aws_partition.current.partition}:macie2:eu-west-1:777788889999:export-configuration:*",
              "arn:${data.aws_partition.current.partition}:macie2:eu-west-1:777788889999:classification-job/*",
            ]
          }
        }
      },
    ]
  })

  tags = {
    "owner" = "security"
  }

  lifecycle {
    prevent_destroy = true
  }
}

# a name for the key, for people
resource "aws_kms_alias" "macie_key_alias" {
  name          = "alias/account-baseline-777788889999-eu-west-1-macie"
  target_key_id = aws_kms_key.macie_key.key_id
}

# keeps what Macie found for longer than 90 days
resource "aws_macie2_classification_export_configuration" "macie_export" {
  s3_destination {
    bucket_name = aws_s3_bucket.macie_bucket.id
    kms_key_arn = aws_kms_key.macie_key.arn
  }

  depends_on = [aws_macie2_account.macie_session, aws_s3_bucket_policy.macie_bucket_policy]
}

# encrypts what the topic holds
resource "aws_kms_key" "alert_key" {
  description             = "Encrypts alerts about account-baseline-777788889999-eu-west-1"
  enable_key_rotation     = true
  deletion_window_in_days = 30
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      # the account administers the key and grants its use by IAM policies
      {
        Sid    = "AllowAccountAdministration"
        Effect = "Allow"
        Principal = {
          AWS = ["arn:${data.aws_partition.current.partition}:iam::777788889999:root"]
        }
        Action   = ["kms:*"]
        Resource = ["*"]
      },
      # EventBridge publishes to the encrypted topic
      {
        Sid    = "AllowEventsToEncrypt"
        Effect = "Allow"
        Principal = {
          Service = ["events.amazonaws.com"]
        }
        Action   = ["kms:Decrypt", "kms:GenerateDataKey*"]
        Resource = ["*"]
      },
      # CloudWatch publishes to the encrypted topic
      {
        Sid    = "AllowAlarmsToEncrypt"
        Effect = "Allow"
        Principal = {
          Service = ["cloudwatch.amazonaws.com"]
        }
        Action   = ["kms:Decrypt", "kms:GenerateDataKey*"]
        Resource = ["*"]
        Condition = {
          StringEquals = {
            "aws:SourceAccount" = "777788889999"
          }
        }
      },
    ]
  })

  tags = {
    "owner" = "security"
  }

  lifecycle {
    prevent_destroy = true
  }
}

# a name for the key, for people
resource "aws_kms_alias" "alert_key_alias" {
  name          = "alias/account-baseline-777788889999-eu-west-1-alerts"
  target_key_id = aws_kms_key.alert_key.key_id
}

# takes alerts about the bucket to whoever subscribes
resource "aws_sns_topic" "alert_topic" {
  name              = "account-baseline-777788889999-eu-west-1-alerts"
  kms_master_key_id = aws_kms_key.alert_key.key_id

  tags = {
    "owner" = "security"
  }
}

# who may publish to the topic
resource "aws_sns_topic_policy" "alert_topic_policy" {
  arn = aws_sns_topic.alert_topic.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      # nothing is published over plain HTTP
      {
        Sid       = "DenyPlainPublish"
        Effect    = "Deny"
        Principal = "*"
        Action    = ["sns:Publish"]
        Resource  = [aws_sns_topic.alert_topic.id]
        Condition = {
          Bool = {
            "aws:SecureTransport" = "false"
          }
        }
      },
      # rules publish what they match
      {
        Sid    = "AllowEventsToPublish"
        Effect = "Allow"
        Principal = {
          Service = ["events.amazonaws.com"]
        }
        Action   = ["sns:Publish"]
        Resource = [aws_sns_topic.alert_topic.id]
      },
      # the bucket's alarm publishes when it goes off
      {
        Sid    = "AllowAlarmsToPublish"
        Effect = "Allow"
        Principal = {
          Service = ["cloudwatch.amazonaws.com"]
        }
        Action   = ["sns:Publish"]
        Resource = [aws_sns_topic.alert_topic.id]
        Condition = {
          StringEquals = {
            "aws:SourceAccount" = "777788889999"
          }
          ArnEquals = {
            "aws:SourceArn" = "arn:${data.aws_partition.current.partition}:cloudwatch:eu-west-1:777788889999:alarm:account-baseline-777788889999-eu-west-1-access-denied-burst"
          }
        }
      },
    ]
  })
}

# changes of the bucket policy
resource "aws_cloudwatch_event_rule" "alert_policy_change" {
  name        = "account-baseline-777788889999-eu-west-1-policy-change"
  description = "changes of the bucket policy of every bucket of the account"
  event_pattern = jsonencode({
    source        = ["aws.s3"]
    "detail-type" = ["AWS API Call via CloudTrail"]
    detail = {
      eventSource = ["s3.amazonaws.com"]
      eventName   = ["DeleteBucketPolicy", "PutBucketPolicy"]
    }
  })
}

resource "aws_cloudwatch_event_target" "alert_policy_change" {
  for_each = {
    topic = aws_sns_topic.alert_topic.id
  }

  rule      = aws_cloudwatch_event_rule.alert_policy_change.id
  target_id = each.key
  arn       = each.value
}

# changes of Block Public Access
resource "aws_cloudwatch_event_rule" "alert_public_access_change" {
  name        = "account-baseline-777788889999-eu-west-1-public-access-change"
  description = "changes of Block Public Access of every bucket of the account"
  event_pattern = jsonencode({
    source        = ["aws.s3"]
    "detail-type" = ["AWS API Call via CloudTrail"]
    detail = {
      eventSource = ["s3.amazonaws.com"]
      eventName = [
        "DeleteAccountPublicAccessBlock",
        "DeleteBucketPublicAccessBlock",
        "PutAccountPublicAccessBlock",
        "PutBucketPublicAccessBlock",
      ]
    }
  })
}

resource "aws_cloudwatch_event_target" "alert_public_access_change" {
  for_each = {
    topic = aws_sns_topic.alert_topic.id
  }

  rule      = aws_cloudwatch_event_rule.alert_public_access_change.id
  target_id = each.key
  arn       = each.value
}

# changes of what records requests
resource "aws_cloudwatch_event_rule" "alert_logging_change" {
  name        = "account-baseline-777788889999-eu-west-1-logging-change"
  description = "changes of what records requests of every bucket of the account"
  event_pattern = jsonencode({
    source        = ["aws.cloudtrail", "aws.s3"]
    "detail-type" = ["AWS API Call via CloudTrail"]
    detail = {
      "$or" = [
        {
          eventSource = ["s3.amazonaws.com"]
          eventName   = ["PutBucketLogging"]
        },
        {
          eventSource = ["cloudtrail.amazonaws.com"]
          eventName   = ["DeleteTrail", "StopLogging", "UpdateTrail"]
          requestParameters = {
            name = [
              "account-baseline-777788889999-eu-west-1",
              {
                suffix = ":trail/account-baseline-777788889999-eu-west-1"
              },
            ]
          }
        },
        {
          eventSource = ["cloudtrail.amazonaws.com"]
          eventName   = ["PutEventSelectors", "PutInsightSelectors"]
          requestParameters = {
            trailName = [
              "account-baseline-777788889999-eu-west-1",
              {
                suffix = ":trail/account-baseline-777788889999-eu-west-1"
              },
            ]
          }
        },
      ]
    }
  })
}

resource "aws_cloudwatch_event_target" "alert_logging_change" {
  for_each = {
    topic = aws_sns_topic.alert_topic.id
  }

  rule      = aws_cloudwatch_event_rule.alert_logging_change.id
  target_id = each.key
  arn       = each.value
}

# findings of Macie
resource "aws_cloudwatch_event_rule" "alert_macie_finding" {
  name        = "account-baseline-777788889999-eu-west-1-macie-finding"
  description = "findings of Macie of every bucket of the account"
  event_pattern = jsonencode({
    source        = ["aws.macie"]
    "detail-type" = ["Macie Finding"]
  })
}

resource "aws_cloudwatch_event_target" "alert_macie_finding" {
  for_each = {
    topic = aws_sns_topic.alert_topic.id
  }

  rule      = aws_cloudwatch_event_rule.alert_macie_finding.id
  target_id = each.key
  arn       = each.value
}

# findings of IAM Access Analyzer
resource "aws_cloudwatch_event_rule" "alert_analyzer_finding" {
  name        = "account-baseline-777788889999-eu-west-1-analyzer-finding"
  description = "findings of IAM Access Analyzer of every bucket of the account"
  event_pattern = jsonencode({
    source        = ["aws.access-analyzer"]
    "detail-type" = ["Access Analyzer Finding"]
    detail = {
      resourceType = ["AWS::S3::Bucket"]
      status       = ["ACTIVE"]
    }
  })
}

resource "aws_cloudwatch_event_target" "alert_analyzer_finding" {
  for_each = {
    topic = aws_sns_topic.alert_topic.id
  }

  rule      = aws_cloudwatch_event_rule.alert_analyzer_finding.id
  target_id = each.key
  arn       = each.value
}

# rules of AWS Config that find a fault
resource "aws_cloudwatch_event_rule" "alert_config_noncompliant" {
  name        = "account-baseline-777788889999-eu-west-1-config-noncompliant"
  description = "rules of AWS Config that find a fault of every bucket of the account"
  event_pattern = jsonencode({
    source        = ["aws.config"]
    "detail-type" = ["Config Rules Compliance Change"]
    detail = {
      resourceType = ["AWS::::Account", "AWS::S3::AccessPoint", "AWS::S3::Bucket"]
      newEvaluationResult = {
        complianceType = ["NON_COMPLIANT"]
      }
    }
  })
}

resource "aws_cloudwatch_event_target" "alert_config_noncompliant" {
  for_each = {
    topic = aws_sns_topic.alert_topic.id
  }

  rule      = aws_cloudwatch_event_rule.alert_config_noncompliant.id
  target_id = each.key
  arn       = each.value
}

# findings of GuardDuty
resource "aws_cloudwatch_event_rule" "alert_guardduty_finding" {
  name        = "account-baseline-777788889999-eu-west-1-guardduty-finding"
  description = "findings of GuardDuty of every bucket of the account"
  event_pattern = jsonencode({
    source        = ["aws.guardduty"]
    "detail-type" = ["GuardDuty Finding"]
    detail = {
      resource = {
        resourceType = ["S3Bucket"]
      }
    }
  })
}

resource "aws_cloudwatch_event_target" "alert_guardduty_finding" {
  for_each = {
    topic = aws_sns_topic.alert_topic.id
  }

  rule      = aws_cloudwatch_event_rule.alert_guardduty_finding.id
  target_id = each.key
  arn       = each.value
}

# counts refused requests
resource "aws_cloudwatch_log_metric_filter" "alert_access_denied" {
  name           = "account-baseline-777788889999-eu-west-1-access-denied-burst"
  log_group_name = aws_cloudwatch_log_group.trail_log_group.id
  pattern        = "{ ($.eventSource = \"s3.amazonaws.com\") && ($.errorCode = \"AccessDenied\") }"

  metric_transformation {
    namespace = "S3/account-baseline-777788889999-eu-west-1"
    name      = "AccessDenied"
    value     = "1"
  }
}

# bursts of refused requests
resource "aws_cloudwatch_metric_alarm" "alert_access_denied_burst" {
  alarm_name          = "account-baseline-777788889999-eu-west-1-access-denied-burst"
  alarm_description   = "20 or more refused requests for every bucket of the account within five minutes"
  namespace           = "S3/account-baseline-777788889999-eu-west-1"
  metric_name         = "AccessDenied"
  statistic           = "Sum"
  period              = 300
  evaluation_periods  = 1
  comparison_operator = "GreaterThanOrEqualToThreshold"
  threshold           = 20
  treat_missing_data  = "notBreaching"
  alarm_actions       = [aws_sns_topic.alert_topic.id]

  tags = {
    "owner" = "security"
  }
}
