# Rendered by s3harden from the profile office-and-vpc. Change the profile, not this file.

data "aws_partition" "current" {}

# receives the access logs of the bucket
#trivy:ignore:AWS-0089 the bucket receives access logs and would log its own deliveries
#trivy:ignore:AWS-0132 S3 delivers access logs to buckets with SSE-S3 only
resource "aws_s3_bucket" "log_bucket" {
  #checkov:skip=CKV_AWS_18:the bucket receives access logs and would log its own deliveries
  #checkov:skip=CKV2_AWS_62:the profile asks for no events of objects
  #checkov:skip=CKV_AWS_144:the profile asks for no copies in another bucket
  #checkov:skip=CKV_AWS_145:S3 delivers access logs to buckets with SSE-S3 only

  bucket = "acme-nightly-exports-logs"

  tags = {
    "classification" = "confidential"
    "owner"          = "data-platform"
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
          "arn:${data.aws_partition.current.partition}:s3:::acme-nightly-exports-logs",
          "arn:${data.aws_partition.current.partition}:s3:::acme-nightly-exports-logs/*",
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
          "arn:${data.aws_partition.current.partition}:s3:::acme-nightly-exports-logs",
          "arn:${data.aws_partition.current.partition}:s3:::acme-nightly-exports-logs/*",
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
        Resource  = ["arn:${data.aws_partition.current.partition}:s3:::acme-nightly-exports-logs/*"]
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
        Resource = ["arn:${data.aws_partition.current.partition}:s3:::acme-nightly-exports-logs/access/*"]
        Condition = {
          StringEquals = {
            "aws:SourceAccount" = "111122223333"
          }
          ArnLike = {
            "aws:SourceArn" = "arn:${data.aws_partition.current.partition}:s3:::acme-nightly-exports"
          }
        }
      },
    ]
  })

  depends_on = [aws_s3_bucket_public_access_block.log_bucket, aws_s3_bucket_ownership_controls.log_bucket]
}

# encrypts the bucket's objects
resource "aws_kms_key" "key" {
  description             = "Encrypts the bucket acme-nightly-exports"
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
          AWS = ["arn:${data.aws_partition.current.partition}:iam::111122223333:root"]
        }
        Action   = ["kms:*"]
        Resource = ["*"]
      },
      # the key's administrators change its policy and its life; nothing here lets them encrypt or decrypt
      {
        Sid    = "AllowKeyAdministration"
        Effect = "Allow"
        Principal = {
          AWS = ["arn:${data.aws_partition.current.partition}:iam::111122223333:root"]
        }
        Action = [
          "kms:CancelKeyDeletion",
          "kms:CreateAlias",
          "kms:DeleteAlias",
          "kms:Describe*",
          "kms:Disable*",
          "kms:Enable*",
          "kms:Get*",
          "kms:List*",
          "kms:PutKeyPolicy",
          "kms:RevokeGrant",
          "kms:RotateKeyOnDemand",
          "kms:ScheduleKeyDeletion",
          "kms:TagResource",
          "kms:UntagResource",
          "kms:UpdateAlias",
          "kms:UpdateKeyDescription",
        ]
        Resource = ["*"]
        Condition = {
          ArnLike = {
            "aws:PrincipalArn" = "arn:${data.aws_partition.current.partition}:iam::111122223333:role/KeyAdmin"
          }
        }
      },
      # whoever the grants let in uses the key, through S3 and for this bucket only
      {
        Sid    = "AllowReadersToDecrypt"
        Effect = "Allow"
        Principal = {
          AWS = ["arn:${data.aws_partition.current.partition}:iam::111122223333:role/Analyst"]
        }
        Action   = ["kms:Decrypt"]
        Resource = ["*"]
        Condition = {
          StringEquals = {
            "kms:ViaService" = "s3.eu-west-1.${data.aws_partition.current.dns_suffix}"
          }
          StringLike = {
            "kms:EncryptionContext:aws:s3:arn" = [
              "arn:${data.aws_partition.current.partition}:s3:::acme-nightly-exports",
              "arn:${data.aws_partition.current.partition}:s3:::acme-nightly-exports/*",
            ]
          }
        }
      },
      # whoever the grants let in uses the key, through S3 and for this bucket only
      {
        Sid    = "AllowWritersToEncrypt"
        Effect = "Allow"
        Principal = {
          AWS = ["arn:${data.aws_partition.current.partition}:iam::111122223333:role/NightlyExporter"]
        }
        Action   = ["kms:Decrypt", "kms:GenerateDataKey"]
        Resource = ["*"]
        Condition = {
          StringEquals = {
            "kms:ViaService" = "s3.eu-west-1.${data.aws_partition.current.dns_suffix}"
          }
          StringLike = {
            "kms:EncryptionContext:aws:s3:arn" = [
              "arn:${data.aws_partition.current.partition}:s3:::acme-nightly-exports",
              "arn:${data.aws_partition.current.partition}:s3:::acme-nightly-exports/*",
            ]
          }
        }
      },
    ]
  })

  tags = {
    "classification" = "confidential"
    "owner"          = "data-platform"
  }

  lifecycle {
    prevent_destroy = true
  }
}

# a name for the key, for people
resource "aws_kms_alias" "key_alias" {
  name          = "alias/acme-nightly-exports"
  target_key_id = aws_kms_key.key.key_id
}

# the bucket of the profile
resource "aws_s3_bucket" "bucket" {
  #checkov:skip=CKV2_AWS_62:the profile asks for no events of objects
  #checkov:skip=CKV_AWS_144:the profile asks for no copies in another bucket

  bucket = "acme-nightly-exports"

  tags = {
    "classification" = "confidential"
    "owner"          = "data-platform"
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
      noncurrent_days = 365
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
          "arn:${data.aws_partition.current.partition}:s3:::acme-nightly-exports",
          "arn:${data.aws_partition.current.partition}:s3:::acme-nightly-exports/*",
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
          "arn:${data.aws_partition.current.partition}:s3:::acme-nightly-exports",
          "arn:${data.aws_partition.current.partition}:s3:::acme-nightly-exports/*",
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
        Resource  = ["arn:${data.aws_partition.current.partition}:s3:::acme-nightly-exports/*"]
        Condition = {
          Null = {
            "s3:x-amz-server-side-encryption-customer-algorithm" = "false"
          }
        }
      },
      # uploads and replicas that name another algorithm are refused
      {
        Sid       = "DenyOtherAlgorithm"
        Effect    = "Deny"
        Principal = "*"
        Action = [
          "s3:PutObject",
          "s3:ReplicateObject",
          "s3:UpdateObjectEncryption",
        ]
        Resource = ["arn:${data.aws_partition.current.partition}:s3:::acme-nightly-exports/*"]
        Condition = {
          StringNotEquals = {
            "s3:x-amz-server-side-encryption" = "aws:kms"
          }
          Null = {
            "s3:x-amz-server-side-encryption" = "false"
          }
        }
      },
      # uploads and replicas that name another key are refused
      {
        Sid       = "DenyOtherKey"
        Effect    = "Deny"
        Principal = "*"
        Action = [
          "s3:PutObject",
          "s3:ReplicateObject",
          "s3:UpdateObjectEncryption",
        ]
        Resource = ["arn:${data.aws_partition.current.partition}:s3:::acme-nightly-exports/*"]
        Condition = {
          StringNotEquals = {
            "s3:x-amz-server-side-encryption-aws-kms-key-id" = aws_kms_key.key.arn
          }
          Null = {
            "s3:x-amz-server-side-encryption-aws-kms-key-id" = "false"
          }
        }
      },
      # uploads that name KMS without a key are refused: S3 would use the key aws/s3
      {
        Sid       = "DenyKmsWithoutKey"
        Effect    = "Deny"
        Principal = "*"
        Action    = ["s3:PutObject"]
        Resource  = ["arn:${data.aws_partition.current.partition}:s3:::acme-nightly-exports/*"]
        Condition = {
          StringEquals = {
            "s3:x-amz-server-side-encryption" = "aws:kms"
          }
          Null = {
            "s3:x-amz-server-side-encryption-aws-kms-key-id" = "true"
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
          "arn:${data.aws_partition.current.partition}:s3:::acme-nightly-exports",
          "arn:${data.aws_partition.current.partition}:s3:::acme-nightly-exports/*",
        ]
        Condition = {
          NotIpAddress = {
            "aws:SourceIp" = ["203.0.113.0/24", "2001:db8:1234::/48"]
          }
          StringNotEquals = {
            "aws:SourceVpce" = "vpce-0a1b2c3d4e5f60718"
          }
          BoolIfExists = {
            "aws:PrincipalIsAWSService" = "false"
            "aws:ViaAWSService"         = "false"
          }
          ArnNotLike = {
            "aws:PrincipalArn" = "arn:${data.aws_partition.current.partition}:iam::111122223333:role/Courier"
          }
        }
      },
      # what comes from a network that is shut out is refused
      {
        Sid       = "DenyListedAddresses"
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
          "arn:${data.aws_partition.current.partition}:s3:::acme-nightly-exports",
          "arn:${data.aws_partition.current.partition}:s3:::acme-nightly-exports/*",
        ]
        Condition = {
          IpAddress = {
            "aws:SourceIp" = "203.0.113.66/32"
          }
        }
      },
      # MFA within 1h: delete
      {
        Sid       = "DenyDeleteWithoutMfa"
        Effect    = "Deny"
        Principal = "*"
        Action    = ["s3:DeleteBucket", "s3:DeleteObject", "s3:DeleteObjectVersion"]
        Resource = [
          "arn:${data.aws_partition.current.partition}:s3:::acme-nightly-exports",
          "arn:${data.aws_partition.current.partition}:s3:::acme-nightly-exports/*",
        ]
        Condition = {
          NumericGreaterThanIfExists = {
            "aws:MultiFactorAuthAge" = "3600"
          }
          BoolIfExists = {
            "aws:PrincipalIsAWSService" = "false"
          }
          ArnNotLike = {
            "aws:PrincipalArn" = "arn:${data.aws_partition.current.partition}:iam::111122223333:role/NightlyExporter"
          }
        }
      },
      # presigned requests are good for 15m
      {
        Sid       = "DenyOldPresigned"
        Effect    = "Deny"
        Principal = "*"
        NotAction = [
          "s3:DeleteBucketPolicy",
          "s3:GetBucketPolicy",
          "s3:GetBucketPublicAccessBlock",
          "s3:PutBucketPolicy",
          "s3:PutBucketPublicAccessBlock",
        ]
        Resource = [
          "arn:${data.aws_partition.current.partition}:s3:::acme-nightly-exports",
          "arn:${data.aws_partition.current.partition}:s3:::acme-nightly-exports/*",
        ]
        Condition = {
          StringEquals = {
            "s3:authType" = ["REST-QUERY-STRING", "POST"]
          }
          NumericGreaterThan = {
            "s3:signatureAge" = "900000"
          }
        }
      },
      # presigned requests are good for 15m
      {
        Sid       = "DenyOldPresignedForRepair"
        Effect    = "Deny"
        Principal = "*"
        Action = [
          "s3:DeleteBucketPolicy",
          "s3:GetBucketPolicy",
          "s3:GetBucketPublicAccessBlock",
          "s3:PutBucketPolicy",
          "s3:PutBucketPublicAccessBlock",
        ]
        Resource = ["arn:${data.aws_partition.current.partition}:s3:::acme-nightly-exports"]
        Condition = {
          StringEquals = {
            "s3:authType" = ["REST-QUERY-STRING", "POST"]
          }
          NumericGreaterThan = {
            "s3:signatureAge" = "900000"
          }
          ArnNotLike = {
            "aws:PrincipalArn" = "arn:${data.aws_partition.current.partition}:iam::111122223333:role/BreakGlass"
          }
        }
      },
      # signature version 2 has no age
      {
        Sid       = "DenyPresignedVersion2"
        Effect    = "Deny"
        Principal = "*"
        NotAction = [
          "s3:DeleteBucketPolicy",
          "s3:GetBucketPolicy",
          "s3:GetBucketPublicAccessBlock",
          "s3:PutBucketPolicy",
          "s3:PutBucketPublicAccessBlock",
        ]
        Resource = [
          "arn:${data.aws_partition.current.partition}:s3:::acme-nightly-exports",
          "arn:${data.aws_partition.current.partition}:s3:::acme-nightly-exports/*",
        ]
        Condition = {
          StringEquals = {
            "s3:authType"         = ["REST-QUERY-STRING", "POST"]
            "s3:signatureversion" = "AWS"
          }
        }
      },
      # signature version 2 has no age
      {
        Sid       = "DenyPresignedVersion2ForRepair"
        Effect    = "Deny"
        Principal = "*"
        Action = [
          "s3:DeleteBucketPolicy",
          "s3:GetBucketPolicy",
          "s3:GetBucketPublicAccessBlock",
          "s3:PutBucketPolicy",
          "s3:PutBucketPublicAccessBlock",
        ]
        Resource = ["arn:${data.aws_partition.current.partition}:s3:::acme-nightly-exports"]
        Condition = {
          StringEquals = {
            "s3:authType"         = ["REST-QUERY-STRING", "POST"]
            "s3:signatureversion" = "AWS"
          }
          ArnNotLike = {
            "aws:PrincipalArn" = "arn:${data.aws_partition.current.partition}:iam::111122223333:role/BreakGlass"
          }
        }
      },
      # analysts-read: read, list
      {
        Sid    = "AnalystsReadObjects"
        Effect = "Allow"
        Principal = {
          AWS = ["arn:${data.aws_partition.current.partition}:iam::111122223333:role/Analyst"]
        }
        Action   = ["s3:GetObject", "s3:GetObjectAttributes"]
        Resource = ["arn:${data.aws_partition.current.partition}:s3:::acme-nightly-exports/exports/*"]
      },
      # analysts-read: read, list
      {
        Sid    = "AnalystsReadListing"
        Effect = "Allow"
        Principal = {
          AWS = ["arn:${data.aws_partition.current.partition}:iam::111122223333:role/Analyst"]
        }
        Action   = ["s3:ListBucket"]
        Resource = ["arn:${data.aws_partition.current.partition}:s3:::acme-nightly-exports"]
        Condition = {
          StringLike = {
            "s3:prefix" = "exports/*"
          }
        }
      },
      # exporter-write: write
      {
        Sid    = "ExporterWriteObjectsFromEndpoints"
        Effect = "Allow"
        Principal = {
          AWS = ["arn:${data.aws_partition.current.partition}:iam::111122223333:role/NightlyExporter"]
        }
        Action = [
          "s3:AbortMultipartUpload",
          "s3:ListMultipartUploadParts",
          "s3:PutObject",
        ]
        Resource = ["arn:${data.aws_partition.current.partition}:s3:::acme-nightly-exports/exports/*"]
        Condition = {
          StringEquals = {
            "aws:SourceVpce" = "vpce-0a1b2c3d4e5f60718"
          }
        }
      },
      # contractor: no s3:*
      {
        Sid       = "DenyContractor"
        Effect    = "Deny"
        Principal = "*"
        Action    = ["s3:*"]
        Resource = [
          "arn:${data.aws_partition.current.partition}:s3:::acme-nightly-exports",
          "arn:${data.aws_partition.current.partition}:s3:::acme-nightly-exports/*",
        ]
        Condition = {
          ArnLike = {
            "aws:PrincipalArn" = "arn:${data.aws_partition.current.partition}:iam::111122223333:user/mallory"
          }
        }
      },
    ]
  })

  depends_on = [aws_s3_bucket_public_access_block.bucket, aws_s3_bucket_ownership_controls.bucket]
}
