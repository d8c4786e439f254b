# Rendered by s3harden from the profile audited. Change the profile, not this file.

data "aws_partition" "current" {}

# receives the access logs of the bucket
#trivy:ignore:AWS-0089 the bucket receives access logs and would log its own deliveries
#trivy:ignore:AWS-0132 S3 delivers access logs to buckets with SSE-S3 only
resource "aws_s3_bucket" "log_bucket" {
  #checkov:skip=CKV_AWS_18:the bucket receives access logs and would log its own deliveries
  #checkov:skip=CKV2_AWS_62:the profile asks for no events of objects
  #checkov:skip=CKV_AWS_144:the profile asks for no copies in another bucket
  #checkov:skip=CKV_AWS_145:S3 delivers access logs to buckets with SSE-S3 only

  bucket = "acme-statements-logs"

  tags = {
    "classification" = "confidential"
    "owner"          = "retail-banking"
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
          "arn:${data.aws_partition.current.partition}:s3:::acme-statements-logs",
          "arn:${data.aws_partition.current.partition}:s3:::acme-statements-logs/*",
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
          "arn:${data.aws_partition.current.partition}:s3:::acme-statements-logs",
          "arn:${data.aws_partition.current.partition}:s3:::acme-statements-logs/*",
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
        Resource  = ["arn:${data.aws_partition.current.partition}:s3:::acme-statements-logs/*"]
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
        Resource = ["arn:${data.aws_partition.current.partition}:s3:::acme-statements-logs/access/*"]
        Condition = {
          StringEquals = {
            "aws:SourceAccount" = "111122223333"
          }
          ArnLike = {
            "aws:SourceArn" = [
              "arn:${data.aws_partition.current.partition}:s3:::acme-statements",
              "arn:${data.aws_partition.current.partition}:s3:::acme-statements-trail",
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

  bucket = "acme-statements-trail"

  tags = {
    "classification" = "confidential"
    "owner"          = "retail-banking"
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
          "arn:${data.aws_partition.current.partition}:s3:::acme-statements-trail",
          "arn:${data.aws_partition.current.partition}:s3:::acme-statements-trail/*",
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
          "arn:${data.aws_partition.current.partition}:s3:::acme-statements-trail",
          "arn:${data.aws_partition.current.partition}:s3:::acme-statements-trail/*",
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
        Resource  = ["arn:${data.aws_partition.current.partition}:s3:::acme-statements-trail/*"]
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
        Resource = ["arn:${data.aws_partition.current.partition}:s3:::acme-statements-trail"]
        Condition = {
          StringEquals = {
            "aws:SourceArn" = "arn:${data.aws_partition.current.partition}:cloudtrail:eu-west-1:111122223333:trail/acme-statements"
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
        Resource = ["arn:${data.aws_partition.current.partition}:s3:::acme-statements-trail/AWSLogs/111122223333/*"]
        Condition = {
          StringEquals = {
            "aws:SourceArn" = "arn:${data.aws_partition.current.partition}:cloudtrail:eu-west-1:111122223333:trail/acme-statements"
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
  description             = "Encrypts what the trail of acme-statements records"
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
            "aws:SourceArn" = "arn:${data.aws_partition.current.partition}:cloudtrail:eu-west-1:111122223333:trail/acme-statements"
          }
          StringLike = {
            "kms:EncryptionContext:aws:cloudtrail:arn" = "arn:${data.aws_partition.current.partition}:cloudtrail:*:111122223333:trail/*"
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
            "aws:SourceArn" = "arn:${data.aws_partition.current.partition}:cloudtrail:eu-west-1:111122223333:trail/acme-statements"
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
            "kms:EncryptionContext:aws:logs:arn" = "arn:${data.aws_partition.current.partition}:logs:eu-west-1:111122223333:log-group:cloudtrail/acme-statements"
          }
        }
      },
    ]
  })

  tags = {
    "classification" = "confidential"
    "owner"          = "retail-banking"
  }

  lifecycle {
    prevent_destroy = true
  }
}

# a name for the key, for people
resource "aws_kms_alias" "trail_key_alias" {
  name          = "alias/acme-statements-trail"
  target_key_id = aws_kms_key.trail_key.key_id
}

# the events again, where filters and queries find them
resource "aws_cloudwatch_log_group" "trail_log_group" {
  name              = "cloudtrail/acme-statements"
  retention_in_days = 365
  kms_key_id        = aws_kms_key.trail_key.arn
  skip_destroy      = true

  tags = {
    "classification" = "confidential"
    "owner"          = "retail-banking"
  }
}

# CloudTrail takes it on to write to the log group
resource "aws_iam_role" "trail_log_role" {
  name        = "cloudtrail-acme-statements"
  description = "Sends events of the trail acme-statements to CloudWatch Logs"
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
    "classification" = "confidential"
    "owner"          = "retail-banking"
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
        Resource = ["arn:${data.aws_partition.current.partition}:logs:eu-west-1:111122223333:log-group:cloudtrail/acme-statements:log-stream:111122223333_CloudTrail_eu-west-1*"]
      },
    ]
  })
}

# records who does what to the objects
resource "aws_cloudtrail" "trail" {
  name                          = "acme-statements"
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
    name = "Objects of acme-statements"

    field_selector {
      field  = "eventCategory"
      equals = ["Data"]
    }

    field_selector {
      field  = "resources.type"
      equals = ["AWS::S3::Object"]
    }

    field_selector {
      field       = "resources.ARN"
      starts_with = ["arn:${data.aws_partition.current.partition}:s3:::acme-statements/"]
    }
  }

  insight_selector {
    insight_type = "ApiCallRateInsight"
  }

  insight_selector {
    insight_type = "ApiErrorRateInsight"
  }

  tags = {
    "classification" = "confidential"
    "owner"          = "retail-banking"
  }

  depends_on = [aws_s3_bucket_policy.trail_bucket_policy, aws_iam_role_policy.trail_log_role]
}

# encrypts the bucket's objects
resource "aws_kms_key" "key" {
  description             = "Encrypts the bucket acme-statements"
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
    ]
  })

  tags = {
    "classification" = "confidential"
    "owner"          = "retail-banking"
  }

  lifecycle {
    prevent_destroy = true
  }
}

# a name for the key, for people
resource "aws_kms_alias" "key_alias" {
  name          = "alias/acme-statements"
  target_key_id = aws_kms_key.key.key_id
}

# the bucket of the profile
resource "aws_s3_bucket" "bucket" {
  #checkov:skip=CKV2_AWS_62:the profile asks for no events of objects
  #checkov:skip=CKV_AWS_144:the profile asks for no copies in another bucket

  bucket = "acme-statements"

  tags = {
    "classification" = "confidential"
    "owner"          = "retail-banking"
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
          "arn:${data.aws_partition.current.partition}:s3:::acme-statements",
          "arn:${data.aws_partition.current.partition}:s3:::acme-statements/*",
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
          "arn:${data.aws_partition.current.partition}:s3:::acme-statements",
          "arn:${data.aws_partition.current.partition}:s3:::acme-statements/*",
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
        Resource  = ["arn:${data.aws_partition.current.partition}:s3:::acme-statements/*"]
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
          "arn:${data.aws_partition.current.partition}:s3:::acme-statements",
          "arn:${data.aws_partition.current.partition}:s3:::acme-statements/*",
        ]
        Condition = {
          NotIpAddress = {
            "aws:SourceIp" = ["203.0.113.0/24", "2001:db8:1234::/48"]
          }
          BoolIfExists = {
            "aws:PrincipalIsAWSService" = "false"
            "aws:ViaAWSService"         = "false"
          }
        }
      },
    ]
  })

  depends_on = [aws_s3_bucket_public_access_block.bucket, aws_s3_bucket_ownership_controls.bucket]
}

# encrypts what the topic holds
resource "aws_kms_key" "alert_key" {
  description             = "Encrypts alerts about acme-statements"
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
            "aws:SourceAccount" = "111122223333"
          }
        }
      },
    ]
  })

  tags = {
    "classification" = "confidential"
    "owner"          = "retail-banking"
  }

  lifecycle {
    prevent_destroy = true
  }
}

# a name for the key, for people
resource "aws_kms_alias" "alert_key_alias" {
  name          = "alias/acme-statements-alerts"
  target_key_id = aws_kms_key.alert_key.key_id
}

# takes alerts about the bucket to whoever subscribes
resource "aws_sns_topic" "alert_topic" {
  name              = "acme-statements-alerts"
  kms_master_key_id = aws_kms_key.alert_key.key_id

  tags = {
    "classification" = "confidential"
    "owner"          = "retail-banking"
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
            "aws:SourceAccount" = "111122223333"
          }
          ArnEquals = {
            "aws:SourceArn" = "arn:${data.aws_partition.current.partition}:cloudwatch:eu-west-1:111122223333:alarm:acme-statements-access-denied-burst"
          }
        }
      },
    ]
  })
}

# hears of it by e-mail, once confirmed
resource "aws_sns_topic_subscription" "alert_email1" {
  topic_arn = aws_sns_topic.alert_topic.id
  protocol  = "email"
  endpoint  = "security@acme.example"
}

# changes of the bucket policy
resource "aws_cloudwatch_event_rule" "alert_policy_change" {
  name        = "acme-statements-policy-change"
  description = "changes of the bucket policy of acme-statements"
  event_pattern = jsonencode({
    source        = ["aws.s3"]
    "detail-type" = ["AWS API Call via CloudTrail"]
    detail = {
      eventSource = ["s3.amazonaws.com"]
      eventName   = ["DeleteBucketPolicy", "PutBucketPolicy"]
      requestParameters = {
        bucketName = ["acme-statements"]
      }
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

# changes of ACLs and ownership
resource "aws_cloudwatch_event_rule" "alert_acl_change" {
  name        = "acme-statements-acl-change"
  description = "changes of ACLs and ownership of acme-statements"
  event_pattern = jsonencode({
    source        = ["aws.s3"]
    "detail-type" = ["AWS API Call via CloudTrail"]
    detail = {
      eventSource = ["s3.amazonaws.com"]
      eventName = [
        "DeleteBucketOwnershipControls",
        "PutBucketAcl",
        "PutBucketOwnershipControls",
        "PutObjectAcl",
      ]
      requestParameters = {
        bucketName = ["acme-statements"]
      }
    }
  })
}

resource "aws_cloudwatch_event_target" "alert_acl_change" {
  for_each = {
    topic = aws_sns_topic.alert_topic.id
  }

  rule      = aws_cloudwatch_event_rule.alert_acl_change.id
  target_id = each.key
  arn       = each.value
}

# changes of Block Public Access
resource "aws_cloudwatch_event_rule" "alert_public_access_change" {
  name        = "acme-statements-public-access-change"
  description = "changes of Block Public Access of acme-statements"
  event_pattern = jsonencode({
    source        = ["aws.s3"]
    "detail-type" = ["AWS API Call via CloudTrail"]
    detail = {
      eventSource = ["s3.amazonaws.com"]
      "$or" = [
        {
          eventName = ["DeleteBucketPublicAccessBlock", "PutBucketPublicAccessBlock"]
          requestParameters = {
            bucketName = ["acme-statements"]
          }
        },
        {
          eventName = [
            "DeleteAccountPublicAccessBlock",
            "PutAccountPublicAccessBlock",
          ]
        },
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

# changes of default encryption
resource "aws_cloudwatch_event_rule" "alert_encryption_change" {
  name        = "acme-statements-encryption-change"
  description = "changes of default encryption of acme-statements"
  event_pattern = jsonencode({
    source        = ["aws.s3"]
    "detail-type" = ["AWS API Call via CloudTrail"]
    detail = {
      eventSource = ["s3.amazonaws.com"]
      eventName   = ["DeleteBucketEncryption", "PutBucketEncryption"]
      requestParameters = {
        bucketName = ["acme-statements"]
      }
    }
  })
}

resource "aws_cloudwatch_event_target" "alert_encryption_change" {
  for_each = {
    topic = aws_sns_topic.alert_topic.id
  }

  rule      = aws_cloudwatch_event_rule.alert_encryption_change.id
  target_id = each.key
  arn       = each.value
}

# changes of what records requests
resource "aws_cloudwatch_event_rule" "alert_logging_change" {
  name        = "acme-statements-logging-change"
  description = "changes of what records requests of acme-statements"
  event_pattern = jsonencode({
    source        = ["aws.cloudtrail", "aws.s3"]
    "detail-type" = ["AWS API Call via CloudTrail"]
    detail = {
      "$or" = [
        {
          eventSource = ["s3.amazonaws.com"]
          eventName   = ["PutBucketLogging"]
          requestParameters = {
            bucketName = ["acme-statements"]
          }
        },
        {
          eventSource = ["cloudtrail.amazonaws.com"]
          eventName   = ["DeleteTrail", "StopLogging", "UpdateTrail"]
          requestParameters = {
            name = [
              "acme-statements",
              {
                suffix = ":trail/acme-statements"
              },
            ]
          }
        },
        {
          eventSource = ["cloudtrail.amazonaws.com"]
          eventName   = ["PutEventSelectors", "PutInsightSelectors"]
          requestParameters = {
            trailName = [
              "acme-statements",
              {
                suffix = ":trail/acme-statements"
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

# findings of IAM Access Analyzer
resource "aws_cloudwatch_event_rule" "alert_analyzer_finding" {
  name        = "acme-statements-analyzer-finding"
  description = "findings of IAM Access Analyzer of acme-statements"
  event_pattern = jsonencode({
    source        = ["aws.access-analyzer"]
    "detail-type" = ["Access Analyzer Finding"]
    detail = {
      resource = ["arn:${data.aws_partition.current.partition}:s3:::acme-statements"]
      status   = ["ACTIVE"]
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

# counts refused requests
resource "aws_cloudwatch_log_metric_filter" "alert_access_denied" {
  name           = "acme-statements-access-denied-burst"
  log_group_name = aws_cloudwatch_log_group.trail_log_group.id
  pattern        = "{ ($.eventSource = \"s3.amazonaws.com\") && ($.errorCode = \"AccessDenied\") && ($.requestParameters.bucketName = \"acme-statements\") }"

  metric_transformation {
    namespace = "S3/acme-statements"
    name      = "AccessDenied"
    value     = "1"
  }
}

# bursts of refused requests
resource "aws_cloudwatch_metric_alarm" "alert_access_denied_burst" {
  alarm_name          = "acme-statements-access-denied-burst"
  alarm_description   = "20 or more refused requests for acme-statements within five minutes"
  namespace           = "S3/acme-statements"
  metric_name         = "AccessDenied"
  statistic           = "Sum"
  period              = 300
  evaluation_periods  = 1
  comparison_operator = "GreaterThanOrEqualToThreshold"
  threshold           = 20
  treat_missing_data  = "notBreaching"
  alarm_actions       = [aws_sns_topic.alert_topic.id]

  tags = {
    "classification" = "confidential"
    "owner"          = "retail-banking"
  }
}
