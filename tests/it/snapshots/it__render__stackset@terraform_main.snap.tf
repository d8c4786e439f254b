# Rendered by s3harden from the profile tool-reports. Change the profile, not this file.

data "aws_partition" "current" {}

data "aws_region" "current" {}

data "aws_caller_identity" "current" {}

# receives the access logs of the bucket
#trivy:ignore:AWS-0089 the bucket receives access logs and would log its own deliveries
#trivy:ignore:AWS-0132 S3 delivers access logs to buckets with SSE-S3 only
resource "aws_s3_bucket" "log_bucket" {
  #checkov:skip=CKV_AWS_18:the bucket receives access logs and would log its own deliveries
  #checkov:skip=CKV2_AWS_62:the profile asks for no events of objects
  #checkov:skip=CKV_AWS_144:the profile asks for no copies in another bucket
  #checkov:skip=CKV_AWS_145:S3 delivers access logs to buckets with SSE-S3 only

  bucket = "acme-reports-${data.aws_caller_identity.current.account_id}-${data.aws_region.current.name}-logs"

  tags = {
    "owner" = "security"
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
          "arn:${data.aws_partition.current.partition}:s3:::acme-reports-${data.aws_caller_identity.current.account_id}-${data.aws_region.current.name}-logs",
          "arn:${data.aws_partition.current.partition}:s3:::acme-reports-${data.aws_caller_identity.current.account_id}-${data.aws_region.current.name}-logs/*",
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
          "arn:${data.aws_partition.current.partition}:s3:::acme-reports-${data.aws_caller_identity.current.account_id}-${data.aws_region.current.name}-logs",
          "arn:${data.aws_partition.current.partition}:s3:::acme-reports-${data.aws_caller_identity.current.account_id}-${data.aws_region.current.name}-logs/*",
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
        Resource  = ["arn:${data.aws_partition.current.partition}:s3:::acme-reports-${data.aws_caller_identity.current.account_id}-${data.aws_region.current.name}-logs/*"]
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
        Resource = ["arn:${data.aws_partition.current.partition}:s3:::acme-reports-${data.aws_caller_identity.current.account_id}-${data.aws_region.current.name}-logs/access/*"]
        Condition = {
          StringEquals = {
            "aws:SourceAccount" = data.aws_caller_identity.current.account_id
          }
          ArnLike = {
            "aws:SourceArn" = "arn:${data.aws_partition.current.partition}:s3:::acme-reports-${data.aws_caller_identity.current.account_id}-${data.aws_region.current.name}"
          }
        }
      },
    ]
  })

  depends_on = [aws_s3_bucket_public_access_block.log_bucket, aws_s3_bucket_ownership_controls.log_bucket]
}

# encrypts the bucket's objects
resource "aws_kms_key" "key" {
  description             = "Encrypts the bucket acme-reports-${data.aws_caller_identity.current.account_id}-${data.aws_region.current.name}"
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
          AWS = ["arn:${data.aws_partition.current.partition}:iam::${data.aws_caller_identity.current.account_id}:root"]
        }
        Action   = ["kms:*"]
        Resource = ["*"]
      },
      # whoever the grants let in uses the key, through S3 and for this bucket only
      {
        Sid    = "AllowReadersToDecrypt"
        Effect = "Allow"
        Principal = {
          AWS = ["arn:aws:iam::999988887777:role/Auditor"]
        }
        Action   = ["kms:Decrypt"]
        Resource = ["*"]
        Condition = {
          StringEquals = {
            "kms:ViaService" = "s3.${data.aws_region.current.name}.${data.aws_partition.current.dns_suffix}"
          }
          StringLike = {
            "kms:EncryptionContext:aws:s3:arn" = [
              "arn:${data.aws_partition.current.partition}:s3:::acme-reports-${data.aws_caller_identity.current.account_id}-${data.aws_region.current.name}",
              "arn:${data.aws_partition.current.partition}:s3:::acme-reports-${data.aws_caller_identity.current.account_id}-${data.aws_region.current.name}/*",
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
resource "aws_kms_alias" "key_alias" {
  name          = "alias/acme-reports-${data.aws_caller_identity.current.account_id}-${data.aws_region.current.name}"
  target_key_id = aws_kms_key.key.key_id
}

# tools: write
resource "aws_iam_policy" "policy_tools" {
  name        = "acme-reports-${data.aws_caller_identity.current.account_id}-${data.aws_region.current.name}_tools"
  path        = "/"
  description = "What the grant tools on the bucket acme-reports-${data.aws_caller_identity.current.account_id}-${data.aws_region.current.name} allows"
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      # tools: write
      {
        Sid    = "ToolsObjects"
        Effect = "Allow"
        Action = [
          "s3:AbortMultipartUpload",
          "s3:ListMultipartUploadParts",
          "s3:PutObject",
        ]
        Resource = ["arn:${data.aws_partition.current.partition}:s3:::acme-reports-${data.aws_caller_identity.current.account_id}-${data.aws_region.current.name}/reports/*"]
        Condition = {
          StringEquals = {
            "aws:ResourceAccount" = data.aws_caller_identity.current.account_id
          }
        }
      },
      # tools: write
      {
        Sid      = "ToolsKey"
        Effect   = "Allow"
        Action   = ["kms:Decrypt", "kms:GenerateDataKey"]
        Resource = [aws_kms_key.key.arn]
        Condition = {
          StringEquals = {
            "kms:ViaService" = "s3.${data.aws_region.current.name}.${data.aws_partition.current.dns_suffix}"
          }
          StringLike = {
            "kms:EncryptionContext:aws:s3:arn" = [
              "arn:${data.aws_partition.current.partition}:s3:::acme-reports-${data.aws_caller_identity.current.account_id}-${data.aws_region.current.name}",
              "arn:${data.aws_partition.current.partition}:s3:::acme-reports-${data.aws_caller_identity.current.account_id}-${data.aws_region.current.name}/*",
            ]
          }
        }
      },
    ]
  })
}

resource "aws_iam_role_policy_attachment" "policy_tools" {
  for_each = toset(["SecurityTools"])

  role       = each.value
  policy_arn = aws_iam_policy.policy_tools.arn
}

# the bucket of the profile
resource "aws_s3_bucket" "bucket" {
  #checkov:skip=CKV2_AWS_62:the profile asks for no events of objects
  #checkov:skip=CKV_AWS_144:the profile asks for no copies in another bucket

  bucket = "acme-reports-${data.aws_caller_identity.current.account_id}-${data.aws_region.current.name}"

  tags = {
    "owner" = "security"
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
    bucket_key_enabled = true

    apply_server_side_encryption_by_default {
      sse_algorithm     = "aws:kms"
      kms_master_key_id = aws_kms_key.key.arn
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
      days = 400
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
          "arn:${data.aws_partition.current.partition}:s3:::acme-reports-${data.aws_caller_identity.current.account_id}-${data.aws_region.current.name}",
          "arn:${data.aws_partition.current.partition}:s3:::acme-reports-${data.aws_caller_identity.current.account_id}-${data.aws_region.current.name}/*",
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
          "arn:${data.aws_partition.current.partition}:s3:::acme-reports-${data.aws_caller_identity.current.account_id}-${data.aws_region.current.name}",
          "arn:${data.aws_partition.current.partition}:s3:::acme-reports-${data.aws_caller_identity.current.account_id}-${data.aws_region.current.name}/*",
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
        Resource  = ["arn:${data.aws_partition.current.partition}:s3:::acme-reports-${data.aws_caller_identity.current.account_id}-${data.aws_region.current.name}/*"]
        Condition = {
          Null = {
            "s3:x-amz-server-side-encryption-customer-algorithm" = "false"
          }
        }
      },
      # auditors: read, list
      {
        Sid    = "AuditorsObjectsFromAddresses"
        Effect = "Allow"
        Principal = {
          AWS = ["arn:aws:iam::999988887777:role/Auditor"]
        }
        Action   = ["s3:GetObject", "s3:GetObjectAttributes"]
        Resource = ["arn:${data.aws_partition.current.partition}:s3:::acme-reports-${data.aws_caller_identity.current.account_id}-${data.aws_region.current.name}/*"]
        Condition = {
          IpAddress = {
            "aws:SourceIp" = var.office
          }
        }
      },
      # auditors: read, list
      {
        Sid    = "AuditorsListingFromAddresses"
        Effect = "Allow"
        Principal = {
          AWS = ["arn:aws:iam::999988887777:role/Auditor"]
        }
        Action   = ["s3:ListBucket"]
        Resource = ["arn:${data.aws_partition.current.partition}:s3:::acme-reports-${data.aws_caller_identity.current.account_id}-${data.aws_region.current.name}"]
        Condition = {
          IpAddress = {
            "aws:SourceIp" = var.office
          }
        }
      },
    ]
  })

  depends_on = [aws_s3_bucket_public_access_block.bucket, aws_s3_bucket_ownership_controls.bucket]
}
