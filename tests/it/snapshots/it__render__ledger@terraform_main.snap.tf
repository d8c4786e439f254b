# Rendered by s3harden from the profile ledger. Change the profile, not this file.

data "aws_partition" "current" {}

# receives the access logs of the bucket
#trivy:ignore:AWS-0089 the bucket receives access logs and would log its own deliveries
#trivy:ignore:AWS-0132 S3 delivers access logs to buckets with SSE-S3 only
resource "aws_s3_bucket" "log_bucket" {
  #checkov:skip=CKV_AWS_18:the bucket receives access logs and would log its own deliveries
  #checkov:skip=CKV2_AWS_62:the profile asks for no events of objects
  #checkov:skip=CKV_AWS_144:the profile asks for no copies in another bucket
  #checkov:skip=CKV_AWS_145:S3 delivers access logs to buckets with SSE-S3 only

  bucket           = "acme-ledger-logs-111122223333-eu-central-1-an"
  bucket_namespace = "account-regional"

  tags = {
    "classification" = "records"
    "owner"          = "finance"
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
    blocked_encryption_types = ["SSE-C"]

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
      days = 2555
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
          "arn:${data.aws_partition.current.partition}:s3:::acme-ledger-logs-111122223333-eu-central-1-an",
          "arn:${data.aws_partition.current.partition}:s3:::acme-ledger-logs-111122223333-eu-central-1-an/*",
        ]
        Condition = {
          Bool = {
            "aws:SecureTransport" = "false"
          }
        }
      },
      # TLS older than 1.3 is refused
      {
        Sid       = "DenyOutdatedTls"
        Effect    = "Deny"
        Principal = "*"
        Action    = ["s3:*"]
        Resource = [
          "arn:${data.aws_partition.current.partition}:s3:::acme-ledger-logs-111122223333-eu-central-1-an",
          "arn:${data.aws_partition.current.partition}:s3:::acme-ledger-logs-111122223333-eu-central-1-an/*",
        ]
        Condition = {
          NumericLessThan = {
            "s3:TlsVersion" = "1.3"
          }
        }
      },
      # uploads under a key that the caller brings along are refused
      {
        Sid       = "DenyCustomerProvidedKeys"
        Effect    = "Deny"
        Principal = "*"
        Action    = ["s3:PutObject"]
        Resource  = ["arn:${data.aws_partition.current.partition}:s3:::acme-ledger-logs-111122223333-eu-central-1-an/*"]
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
        Resource = ["arn:${data.aws_partition.current.partition}:s3:::acme-ledger-logs-111122223333-eu-central-1-an/access/*"]
        Condition = {
          StringEquals = {
            "aws:SourceAccount" = "111122223333"
          }
          ArnLike = {
            "aws:SourceArn" = [
              "arn:${data.aws_partition.current.partition}:s3:::acme-ledger-111122223333-eu-central-1-an",
              "arn:${data.aws_partition.current.partition}:s3:::acme-ledger-trail-111122223333-eu-central-1-an",
            ]
          }
        }
      },
    ]
  })

  depends_on = [aws_s3_bucket_public_access_block.log_bucket, aws_s3_bucket_ownership_controls.log_bucket]
}

# receives what the trail records
#trivy:ignore:AWS-0132 CloudTrail names the key itself for what it delivers, where the profile asks for one
resource "aws_s3_bucket" "trail_bucket" {
  #checkov:skip=CKV2_AWS_62:the profile asks for no events of objects
  #checkov:skip=CKV_AWS_144:the profile asks for no copies in another bucket
  #checkov:skip=CKV_AWS_145:CloudTrail names the key itself for what it delivers, where the profile asks for one

  bucket           = "acme-ledger-trail-111122223333-eu-central-1-an"
  bucket_namespace = "account-regional"

  tags = {
    "classification" = "records"
    "owner"          = "finance"
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
    blocked_encryption_types = ["SSE-C"]

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
      days = 2555
    }
  }

  depends_on = [aws_s3_bucket_versioning.trail_bucket]
}

resource "aws_s3_bucket_logging" "trail_bucket" {
  bucket        = aws_s3_bucket.trail_bucket.id
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
          "arn:${data.aws_partition.current.partition}:s3:::acme-ledger-trail-111122223333-eu-central-1-an",
          "arn:${data.aws_partition.current.partition}:s3:::acme-ledger-trail-111122223333-eu-central-1-an/*",
        ]
        Condition = {
          Bool = {
            "aws:SecureTransport" = "false"
          }
        }
      },
      # TLS older than 1.3 is refused
      {
        Sid       = "DenyOutdatedTls"
        Effect    = "Deny"
        Principal = "*"
        Action    = ["s3:*"]
        Resource = [
          "arn:${data.aws_partition.current.partition}:s3:::acme-ledger-trail-111122223333-eu-central-1-an",
          "arn:${data.aws_partition.current.partition}:s3:::acme-ledger-trail-111122223333-eu-central-1-an/*",
        ]
        Condition = {
          NumericLessThan = {
            "s3:TlsVersion" = "1.3"
          }
        }
      },
      # uploads under a key that the caller brings along are refused
      {
        Sid       = "DenyCustomerProvidedKeys"
        Effect    = "Deny"
        Principal = "*"
        Action    = ["s3:PutObject"]
        Resource  = ["arn:${data.aws_partition.current.partition}:s3:::acme-ledger-trail-111122223333-eu-central-1-an/*"]
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
        Resource = ["arn:${data.aws_partition.current.partition}:s3:::acme-ledger-trail-111122223333-eu-central-1-an"]
        Condition = {
          StringEquals = {
            "aws:SourceArn" = "arn:${data.aws_partition.current.partition}:cloudtrail:eu-central-1:111122223333:trail/acme-ledger-111122223333-eu-central-1-an"
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
        Resource = ["arn:${data.aws_partition.current.partition}:s3:::acme-ledger-trail-111122223333-eu-central-1-an/AWSLogs/111122223333/*"]
        Condition = {
          StringEquals = {
            "aws:SourceArn" = "arn:${data.aws_partition.current.partition}:cloudtrail:eu-central-1:111122223333:trail/acme-ledger-111122223333-eu-central-1-an"
            "s3:x-amz-acl"  = "bucket-owner-full-control"
          }
        }
      },
    ]
  })

  depends_on = [aws_s3_bucket_public_access_block.trail_bucket, aws_s3_bucket_ownership_controls.trail_bucket]
}

# records who does what to the objects
#trivy:ignore:AWS-0014 the trail records the objects of one bucket, which is in one region
#trivy:ignore:AWS-0015 the profile asks for no KMS key: S3's own keys encrypt the records
#trivy:ignore:AWS-0162 the profile asks for no log group: what the trail records is in its bucket
resource "aws_cloudtrail" "trail" {
  #checkov:skip=CKV_AWS_35:the profile asks for no KMS key: S3's own keys encrypt the records
  #checkov:skip=CKV_AWS_67:the trail records the objects of one bucket, which is in one region
  #checkov:skip=CKV2_AWS_10:the profile asks for no log group: what the trail records is in its bucket

  name                          = "acme-ledger-111122223333-eu-central-1-an"
  s3_bucket_name                = aws_s3_bucket.trail_bucket.id
  is_multi_region_trail         = false
  include_global_service_events = false
  enable_log_file_validation    = true

  advanced_event_selector {
    name = "Objects of acme-ledger-111122223333-eu-central-1-an"

    field_selector {
      field  = "eventCategory"
      equals = ["Data"]
    }

    field_selector {
      field  = "resources.type"
      equals = ["AWS::S3::Object"]
    }

    field_selector {
      field  = "readOnly"
      equals = ["false"]
    }

    field_selector {
      field       = "resources.ARN"
      starts_with = ["arn:${data.aws_partition.current.partition}:s3:::acme-ledger-111122223333-eu-central-1-an/"]
    }
  }

  tags = {
    "classification" = "records"
    "owner"          = "finance"
  }

  depends_on = [aws_s3_bucket_policy.trail_bucket_policy]
}

# encrypts the bucket's objects
resource "aws_kms_key" "key" {
  description             = "Encrypts the bucket acme-ledger-111122223333-eu-central-1-an"
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
    ]
  })

  tags = {
    "classification" = "records"
    "owner"          = "finance"
  }

  lifecycle {
    prevent_destroy = true
  }
}

# a name for the key, for people
resource "aws_kms_alias" "key_alias" {
  name          = "alias/acme-ledger-111122223333-eu-central-1-an"
  target_key_id = aws_kms_key.key.key_id
}

# S3 takes it on to replicate the bucket
resource "aws_iam_role" "replication_role" {
  name        = "s3-replication-acme-ledger-111122223333-eu-central-1-an"
  description = "Replicates acme-ledger-111122223333-eu-central-1-an to acme-ledger-copies"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      # S3 takes the role on for this bucket only
      {
        Sid    = "AllowS3ToReplicate"
        Effect = "Allow"
        Principal = {
          Service = ["s3.amazonaws.com"]
        }
        Action = ["sts:AssumeRole"]
        Condition = {
          StringEquals = {
            "aws:SourceAccount" = "111122223333"
          }
          ArnLike = {
            "aws:SourceArn" = "arn:${data.aws_partition.current.partition}:s3:::acme-ledger-111122223333-eu-central-1-an"
          }
        }
      },
    ]
  })

  tags = {
    "classification" = "records"
    "owner"          = "finance"
  }
}

resource "aws_iam_role_policy" "replication_role" {
  name = "replicate"
  role = aws_iam_role.replication_role.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      # finds out what to replicate
      {
        Sid      = "ReadReplicationConfiguration"
        Effect   = "Allow"
        Action   = ["s3:GetReplicationConfiguration", "s3:ListBucket"]
        Resource = ["arn:${data.aws_partition.current.partition}:s3:::acme-ledger-111122223333-eu-central-1-an"]
      },
      # reads versions, for replication only
      {
        Sid    = "ReadVersionsToReplicate"
        Effect = "Allow"
        Action = [
          "s3:GetObjectVersionAcl",
          "s3:GetObjectVersionForReplication",
          "s3:GetObjectVersionTagging",
          "s3:GetObjectLegalHold",
          "s3:GetObjectRetention",
        ]
        Resource = ["arn:${data.aws_partition.current.partition}:s3:::acme-ledger-111122223333-eu-central-1-an/*"]
      },
      # writes copies
      {
        Sid    = "WriteReplicas"
        Effect = "Allow"
        Action = [
          "s3:ObjectOwnerOverrideToBucketOwner",
          "s3:ReplicateDelete",
          "s3:ReplicateObject",
          "s3:ReplicateTags",
        ]
        Resource = ["arn:${data.aws_partition.current.partition}:s3:::acme-ledger-copies/*"]
      },
      # decrypts objects of the bucket, through S3 only
      {
        Sid      = "DecryptSource"
        Effect   = "Allow"
        Action   = ["kms:Decrypt"]
        Resource = [aws_kms_key.key.arn]
        Condition = {
          StringEquals = {
            "kms:ViaService" = "s3.eu-central-1.${data.aws_partition.current.dns_suffix}"
          }
        }
      },
      # encrypts copies under the destination's key, through S3 only
      {
        Sid      = "EncryptReplicas"
        Effect   = "Allow"
        Action   = ["kms:Encrypt", "kms:GenerateDataKey"]
        Resource = ["arn:aws:kms:eu-west-1:444455556666:key/1234abcd-12ab-34cd-56ef-1234567890ab"]
        Condition = {
          StringEquals = {
            "kms:ViaService" = "s3.eu-west-1.${data.aws_partition.current.dns_suffix}"
          }
        }
      },
    ]
  })
}

# the bucket of the profile
resource "aws_s3_bucket" "bucket" {
  #checkov:skip=CKV_AWS_19:the rule does not know DSSE-KMS, which is more than it asks for
  #checkov:skip=CKV_AWS_145:the rule does not know DSSE-KMS, which is more than it asks for

  bucket              = "acme-ledger-111122223333-eu-central-1-an"
  bucket_namespace    = "account-regional"
  object_lock_enabled = true

  tags = {
    "classification" = "records"
    "owner"          = "finance"
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
    blocked_encryption_types = ["SSE-C"]

    apply_server_side_encryption_by_default {
      sse_algorithm     = "aws:kms:dsse"
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
    id     = "move-to-cheaper-storage"
    status = "Enabled"

    filter {}

    transition {
      days          = 90
      storage_class = "STANDARD_IA"
    }

    transition {
      days          = 365
      storage_class = "DEEP_ARCHIVE"
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

resource "aws_s3_bucket_object_lock_configuration" "bucket" {
  bucket = aws_s3_bucket.bucket.id

  rule {
    default_retention {
      mode  = "COMPLIANCE"
      years = 7
    }
  }

  depends_on = [aws_s3_bucket_versioning.bucket]
}

resource "aws_s3_bucket_replication_configuration" "bucket" {
  bucket = aws_s3_bucket.bucket.id
  role   = aws_iam_role.replication_role.arn

  rule {
    id       = "everything"
    status   = "Enabled"
    priority = 1

    filter {
      prefix = ""
    }

    delete_marker_replication {
      status = "Disabled"
    }

    source_selection_criteria {
      sse_kms_encrypted_objects {
        status = "Enabled"
      }
    }

    destination {
      bucket  = "arn:${data.aws_partition.current.partition}:s3:::acme-ledger-copies"
      account = "444455556666"

      access_control_translation {
        owner = "Destination"
      }

      encryption_configuration {
        replica_kms_key_id = "arn:aws:kms:eu-west-1:444455556666:key/1234abcd-12ab-34cd-56ef-1234567890ab"
      }
    }
  }

  depends_on = [aws_s3_bucket_versioning.bucket]
}

resource "aws_s3_bucket_notification" "bucket" {
  bucket      = aws_s3_bucket.bucket.id
  eventbridge = true
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
          "arn:${data.aws_partition.current.partition}:s3:::acme-ledger-111122223333-eu-central-1-an",
          "arn:${data.aws_partition.current.partition}:s3:::acme-ledger-111122223333-eu-central-1-an/*",
        ]
        Condition = {
          Bool = {
            "aws:SecureTransport" = "false"
          }
        }
      },
      # TLS older than 1.3 is refused
      {
        Sid       = "DenyOutdatedTls"
        Effect    = "Deny"
        Principal = "*"
        Action    = ["s3:*"]
        Resource = [
          "arn:${data.aws_partition.current.partition}:s3:::acme-ledger-111122223333-eu-central-1-an",
          "arn:${data.aws_partition.current.partition}:s3:::acme-ledger-111122223333-eu-central-1-an/*",
        ]
        Condition = {
          NumericLessThan = {
            "s3:TlsVersion" = "1.3"
          }
        }
      },
      # uploads under a key that the caller brings along are refused
      {
        Sid       = "DenyCustomerProvidedKeys"
        Effect    = "Deny"
        Principal = "*"
        Action    = ["s3:PutObject"]
        Resource  = ["arn:${data.aws_partition.current.partition}:s3:::acme-ledger-111122223333-eu-central-1-an/*"]
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
        Resource = ["arn:${data.aws_partition.current.partition}:s3:::acme-ledger-111122223333-eu-central-1-an/*"]
        Condition = {
          StringNotEquals = {
            "s3:x-amz-server-side-encryption" = "aws:kms:dsse"
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
        Resource = ["arn:${data.aws_partition.current.partition}:s3:::acme-ledger-111122223333-eu-central-1-an/*"]
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
        Resource  = ["arn:${data.aws_partition.current.partition}:s3:::acme-ledger-111122223333-eu-central-1-an/*"]
        Condition = {
          StringEquals = {
            "s3:x-amz-server-side-encryption" = "aws:kms:dsse"
          }
          Null = {
            "s3:x-amz-server-side-encryption-aws-kms-key-id" = "true"
          }
        }
      },
      # versions are deleted by nobody but the excepted
      {
        Sid       = "DenyVersionDeletion"
        Effect    = "Deny"
        Principal = "*"
        Action    = ["s3:BypassGovernanceRetention", "s3:DeleteObjectVersion"]
        Resource  = ["arn:${data.aws_partition.current.partition}:s3:::acme-ledger-111122223333-eu-central-1-an/*"]
        Condition = {
          ArnNotLike = {
            "aws:PrincipalArn" = "arn:${data.aws_partition.current.partition}:iam::111122223333:role/deploy/Deployer"
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
        Resource = ["arn:${data.aws_partition.current.partition}:s3:::acme-ledger-111122223333-eu-central-1-an"]
        Condition = {
          ArnNotLike = {
            "aws:PrincipalArn" = "arn:${data.aws_partition.current.partition}:iam::111122223333:role/deploy/Deployer"
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
          "arn:${data.aws_partition.current.partition}:s3:::acme-ledger-111122223333-eu-central-1-an",
          "arn:${data.aws_partition.current.partition}:s3:::acme-ledger-111122223333-eu-central-1-an/*",
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
          }
          ArnNotLike = {
            "aws:PrincipalArn" = aws_iam_role.replication_role.arn
          }
        }
      },
    ]
  })

  depends_on = [aws_s3_bucket_public_access_block.bucket, aws_s3_bucket_ownership_controls.bucket, aws_s3_bucket_versioning.bucket, aws_s3_bucket_lifecycle_configuration.bucket, aws_s3_bucket_object_lock_configuration.bucket]
}
