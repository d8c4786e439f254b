# Rendered by s3harden from the profile watched. Change the profile, not this file.

data "aws_partition" "current" {}

# receives the access logs of the bucket
#trivy:ignore:AWS-0089 the bucket receives access logs and would log its own deliveries
#trivy:ignore:AWS-0132 S3 delivers access logs to buckets with SSE-S3 only
resource "aws_s3_bucket" "log_bucket" {
  #checkov:skip=CKV_AWS_18:the bucket receives access logs and would log its own deliveries
  #checkov:skip=CKV2_AWS_62:the profile asks for no events of objects
  #checkov:skip=CKV_AWS_144:the profile asks for no copies in another bucket
  #checkov:skip=CKV_AWS_145:S3 delivers access logs to buckets with SSE-S3 only

  bucket = "acme-claims-logs"

  tags = {
    "owner" = "claims"
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
          "arn:${data.aws_partition.current.partition}:s3:::acme-claims-logs",
          "arn:${data.aws_partition.current.partition}:s3:::acme-claims-logs/*",
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
          "arn:${data.aws_partition.current.partition}:s3:::acme-claims-logs",
          "arn:${data.aws_partition.current.partition}:s3:::acme-claims-logs/*",
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
        Resource  = ["arn:${data.aws_partition.current.partition}:s3:::acme-claims-logs/*"]
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
        Resource = ["arn:${data.aws_partition.current.partition}:s3:::acme-claims-logs/access/*"]
        Condition = {
          StringEquals = {
            "aws:SourceAccount" = "111122223333"
          }
          ArnLike = {
            "aws:SourceArn" = [
              "arn:${data.aws_partition.current.partition}:s3:::acme-claims",
              "arn:${data.aws_partition.current.partition}:s3:::acme-claims-config",
            ]
          }
        }
      },
    ]
  })

  depends_on = [aws_s3_bucket_public_access_block.log_bucket, aws_s3_bucket_ownership_controls.log_bucket]
}

# receives what AWS Config records
#trivy:ignore:AWS-0132 SSE-S3 needs no key that could keep AWS Config out
resource "aws_s3_bucket" "config_bucket" {
  #checkov:skip=CKV2_AWS_62:the profile asks for no events of objects
  #checkov:skip=CKV_AWS_144:the profile asks for no copies in another bucket
  #checkov:skip=CKV_AWS_145:SSE-S3 needs no key that could keep AWS Config out

  bucket = "acme-claims-config"

  tags = {
    "owner" = "claims"
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
          "arn:${data.aws_partition.current.partition}:s3:::acme-claims-config",
          "arn:${data.aws_partition.current.partition}:s3:::acme-claims-config/*",
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
          "arn:${data.aws_partition.current.partition}:s3:::acme-claims-config",
          "arn:${data.aws_partition.current.partition}:s3:::acme-claims-config/*",
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
        Resource  = ["arn:${data.aws_partition.current.partition}:s3:::acme-claims-config/*"]
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
        Resource = ["arn:${data.aws_partition.current.partition}:s3:::acme-claims-config"]
        Condition = {
          StringEquals = {
            "aws:SourceAccount" = "111122223333"
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
        Resource = ["arn:${data.aws_partition.current.partition}:s3:::acme-claims-config/AWSLogs/111122223333/Config/*"]
        Condition = {
          StringEquals = {
            "aws:SourceAccount" = "111122223333"
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
  role_arn = "arn:${data.aws_partition.current.partition}:iam::111122223333:role/aws-service-role/config.amazonaws.com/AWSServiceRoleForConfig"

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

# encrypts the bucket's objects
resource "aws_kms_key" "key" {
  description             = "Encrypts the bucket acme-claims"
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
      # whoever the grants let in uses the key, through S3 and for this bucket only
      {
        Sid    = "AllowReadersToDecrypt"
        Effect = "Allow"
        Principal = {
          AWS = ["arn:${data.aws_partition.current.partition}:iam::444455556666:root"]
        }
        Action   = ["kms:Decrypt"]
        Resource = ["*"]
        Condition = {
          StringEquals = {
            "kms:ViaService" = "s3.eu-west-1.${data.aws_partition.current.dns_suffix}"
          }
          StringLike = {
            "kms:EncryptionContext:aws:s3:arn" = [
              "arn:${data.aws_partition.current.partition}:s3:::acme-claims",
              "arn:${data.aws_partition.current.partition}:s3:::acme-claims/*",
            ]
          }
        }
      },
    ]
  })

  tags = {
    "owner" = "claims"
  }

  lifecycle {
    prevent_destroy = true
  }
}

# a name for the key, for people
resource "aws_kms_alias" "key_alias" {
  name          = "alias/acme-claims"
  target_key_id = aws_kms_key.key.key_id
}

# Systems Manager takes it on to put settings of the bucket back
resource "aws_iam_role" "remediation_role" {
  name        = "config-remediation-acme-claims"
  description = "Puts settings of acme-claims back"
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
            "aws:SourceAccount" = "111122223333"
          }
          ArnLike = {
            "aws:SourceArn" = "arn:${data.aws_partition.current.partition}:ssm:eu-west-1:111122223333:automation-execution/*"
          }
        }
      },
    ]
  })

  tags = {
    "owner" = "claims"
  }
}

resource "aws_iam_role_policy" "remediation_role" {
  name = "put-back"
  role = aws_iam_role.remediation_role.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      # puts settings of this bucket, and does nothing else
      {
        Sid    = "PutBackSettings"
        Effect = "Allow"
        Action = [
          "s3:PutBucketLogging",
          "s3:PutBucketPublicAccessBlock",
          "s3:PutEncryptionConfiguration",
        ]
        Resource = ["arn:${data.aws_partition.current.partition}:s3:::acme-claims"]
      },
    ]
  })
}

# GuardDuty takes it on to scan what is written
resource "aws_iam_role" "malware_scan_role" {
  name        = "s3-malware-scan-acme-claims"
  description = "Scans acme-claims for malware"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      # GuardDuty takes the role on to scan
      {
        Sid    = "AllowMalwareProtectionToScan"
        Effect = "Allow"
        Principal = {
          Service = ["malware-protection-plan.guardduty.amazonaws.com"]
        }
        Action = ["sts:AssumeRole"]
      },
    ]
  })

  tags = {
    "owner" = "claims"
  }
}

resource "aws_iam_role_policy" "malware_scan_role" {
  name = "scan"
  role = aws_iam_role.malware_scan_role.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      # keeps the rule by which GuardDuty hears of new objects
      {
        Sid    = "SeeNewObjects"
        Effect = "Allow"
        Action = [
          "events:DeleteRule",
          "events:PutRule",
          "events:PutTargets",
          "events:RemoveTargets",
        ]
        Resource = ["arn:${data.aws_partition.current.partition}:events:eu-west-1:111122223333:rule/DO-NOT-DELETE-AmazonGuardDutyMalwareProtectionS3*"]
        Condition = {
          StringLike = {
            "events:ManagedBy" = "malware-protection-plan.guardduty.amazonaws.com"
          }
        }
      },
      # sees whether the rule is there
      {
        Sid      = "WatchTheRule"
        Effect   = "Allow"
        Action   = ["events:DescribeRule", "events:ListTargetsByRule"]
        Resource = ["arn:${data.aws_partition.current.partition}:events:eu-west-1:111122223333:rule/DO-NOT-DELETE-AmazonGuardDutyMalwareProtectionS3*"]
      },
      # sees to it that the bucket tells EventBridge what is written
      {
        Sid    = "SendEvents"
        Effect = "Allow"
        Action = [
          "s3:GetBucketNotification",
          "s3:ListBucket",
          "s3:PutBucketNotification",
        ]
        Resource = ["arn:${data.aws_partition.current.partition}:s3:::acme-claims"]
      },
      # finds out whether the role can work
      {
        Sid      = "TryItOut"
        Effect   = "Allow"
        Action   = ["s3:PutObject"]
        Resource = ["arn:${data.aws_partition.current.partition}:s3:::acme-claims/malware-protection-resource-validation-object"]
      },
      # reads what is written, and tags it with the result
      {
        Sid    = "ReadAndTagObjects"
        Effect = "Allow"
        Action = [
          "s3:GetObject",
          "s3:GetObjectTagging",
          "s3:GetObjectVersion",
          "s3:GetObjectVersionTagging",
          "s3:PutObjectTagging",
          "s3:PutObjectVersionTagging",
        ]
        Resource = ["arn:${data.aws_partition.current.partition}:s3:::acme-claims/*"]
      },
      # uses the bucket's key, through S3 only
      {
        Sid      = "UseTheKey"
        Effect   = "Allow"
        Action   = ["kms:Decrypt", "kms:GenerateDataKey"]
        Resource = [aws_kms_key.key.arn]
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
  #checkov:skip=CKV_AWS_144:the profile asks for no copies in another bucket

  bucket = "acme-claims"

  tags = {
    "owner" = "claims"
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
          "arn:${data.aws_partition.current.partition}:s3:::acme-claims",
          "arn:${data.aws_partition.current.partition}:s3:::acme-claims/*",
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
          "arn:${data.aws_partition.current.partition}:s3:::acme-claims",
          "arn:${data.aws_partition.current.partition}:s3:::acme-claims/*",
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
        Resource  = ["arn:${data.aws_partition.current.partition}:s3:::acme-claims/*"]
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
          "arn:${data.aws_partition.current.partition}:s3:::acme-claims",
          "arn:${data.aws_partition.current.partition}:s3:::acme-claims/*",
        ]
        Condition = {
          NotIpAddress = {
            "aws:SourceIp" = ["203.0.113.0/24", "2001:db8:1234::/48"]
          }
          BoolIfExists = {
            "aws:PrincipalIsAWSService" = "false"
            "aws:ViaAWSService"         = "false"
          }
          ArnNotLike = {
            "aws:PrincipalArn" = [
              "arn:${data.aws_partition.current.partition}:iam::111122223333:role/aws-service-role/config.amazonaws.com/AWSServiceRoleForConfig",
              aws_iam_role.remediation_role.arn,
              aws_iam_role.malware_scan_role.arn,
            ]
          }
        }
      },
      # auditors-read: read, list
      {
        Sid    = "AuditorsReadObjects"
        Effect = "Allow"
        Principal = {
          AWS = ["arn:${data.aws_partition.current.partition}:iam::444455556666:root"]
        }
        Action   = ["s3:GetObject", "s3:GetObjectAttributes"]
        Resource = ["arn:${data.aws_partition.current.partition}:s3:::acme-claims/reports/*"]
      },
      # auditors-read: read, list
      {
        Sid    = "AuditorsReadListing"
        Effect = "Allow"
        Principal = {
          AWS = ["arn:${data.aws_partition.current.partition}:iam::444455556666:root"]
        }
        Action   = ["s3:ListBucket"]
        Resource = ["arn:${data.aws_partition.current.partition}:s3:::acme-claims"]
        Condition = {
          StringLike = {
            "s3:prefix" = "reports/*"
          }
        }
      },
    ]
  })

  depends_on = [aws_s3_bucket_public_access_block.bucket, aws_s3_bucket_ownership_controls.bucket]
}

# access is not decided by ACLs
resource "aws_config_config_rule" "config_rule_bucket_acl_prohibited" {
  name        = "acme-claims-s3-bucket-acl-prohibited"
  description = "acme-claims: access is not decided by ACLs"

  source {
    owner             = "AWS"
    source_identifier = "S3_BUCKET_ACL_PROHIBITED"
  }

  scope {
    compliance_resource_types = ["AWS::S3::Bucket"]
    compliance_resource_id    = aws_s3_bucket.bucket.id
  }

  depends_on = [aws_config_configuration_recorder.config_recorder, aws_config_configuration_recorder_status.config_delivery_channel]
}

# Block Public Access is on
resource "aws_config_config_rule" "config_rule_bucket_level_public_access_prohibited" {
  name        = "acme-claims-s3-bucket-level-public-access-prohibited"
  description = "acme-claims: Block Public Access is on"

  source {
    owner             = "AWS"
    source_identifier = "S3_BUCKET_LEVEL_PUBLIC_ACCESS_PROHIBITED"
  }

  scope {
    compliance_resource_types = ["AWS::S3::Bucket"]
    compliance_resource_id    = aws_s3_bucket.bucket.id
  }

  depends_on = [aws_config_configuration_recorder.config_recorder, aws_config_configuration_recorder_status.config_delivery_channel]
}

# access logs go where they should
resource "aws_config_config_rule" "config_rule_bucket_logging_enabled" {
  name        = "acme-claims-s3-bucket-logging-enabled"
  description = "acme-claims: access logs go where they should"
  input_parameters = jsonencode({
    targetBucket = aws_s3_bucket.log_bucket.id
    targetPrefix = "access/"
  })

  source {
    owner             = "AWS"
    source_identifier = "S3_BUCKET_LOGGING_ENABLED"
  }

  scope {
    compliance_resource_types = ["AWS::S3::Bucket"]
    compliance_resource_id    = aws_s3_bucket.bucket.id
  }

  depends_on = [aws_config_configuration_recorder.config_recorder, aws_config_configuration_recorder_status.config_delivery_channel]
}

# not everybody may read
resource "aws_config_config_rule" "config_rule_bucket_public_read_prohibited" {
  name        = "acme-claims-s3-bucket-public-read-prohibited"
  description = "acme-claims: not everybody may read"

  source {
    owner             = "AWS"
    source_identifier = "S3_BUCKET_PUBLIC_READ_PROHIBITED"
  }

  scope {
    compliance_resource_types = ["AWS::S3::Bucket"]
    compliance_resource_id    = aws_s3_bucket.bucket.id
  }

  depends_on = [aws_config_configuration_recorder.config_recorder, aws_config_configuration_recorder_status.config_delivery_channel]
}

# not everybody may write
resource "aws_config_config_rule" "config_rule_bucket_public_write_prohibited" {
  name        = "acme-claims-s3-bucket-public-write-prohibited"
  description = "acme-claims: not everybody may write"

  source {
    owner             = "AWS"
    source_identifier = "S3_BUCKET_PUBLIC_WRITE_PROHIBITED"
  }

  scope {
    compliance_resource_types = ["AWS::S3::Bucket"]
    compliance_resource_id    = aws_s3_bucket.bucket.id
  }

  depends_on = [aws_config_configuration_recorder.config_recorder, aws_config_configuration_recorder_status.config_delivery_channel]
}

# plain HTTP is refused
resource "aws_config_config_rule" "config_rule_bucket_ssl_requests_only" {
  name        = "acme-claims-s3-bucket-ssl-requests-only"
  description = "acme-claims: plain HTTP is refused"

  source {
    owner             = "AWS"
    source_identifier = "S3_BUCKET_SSL_REQUESTS_ONLY"
  }

  scope {
    compliance_resource_types = ["AWS::S3::Bucket"]
    compliance_resource_id    = aws_s3_bucket.bucket.id
  }

  depends_on = [aws_config_configuration_recorder.config_recorder, aws_config_configuration_recorder_status.config_delivery_channel]
}

# versions are kept
resource "aws_config_config_rule" "config_rule_bucket_versioning_enabled" {
  name        = "acme-claims-s3-bucket-versioning-enabled"
  description = "acme-claims: versions are kept"

  source {
    owner             = "AWS"
    source_identifier = "S3_BUCKET_VERSIONING_ENABLED"
  }

  scope {
    compliance_resource_types = ["AWS::S3::Bucket"]
    compliance_resource_id    = aws_s3_bucket.bucket.id
  }

  depends_on = [aws_config_configuration_recorder.config_recorder, aws_config_configuration_recorder_status.config_delivery_channel]
}

# objects are encrypted under the KMS key
resource "aws_config_config_rule" "config_rule_default_encryption_kms" {
  name        = "acme-claims-s3-default-encryption-kms"
  description = "acme-claims: objects are encrypted under the KMS key"
  input_parameters = jsonencode({
    kmsKeyArns = aws_kms_key.key.arn
  })

  source {
    owner             = "AWS"
    source_identifier = "S3_DEFAULT_ENCRYPTION_KMS"
  }

  scope {
    compliance_resource_types = ["AWS::S3::Bucket"]
    compliance_resource_id    = aws_s3_bucket.bucket.id
  }

  depends_on = [aws_config_configuration_recorder.config_recorder, aws_config_configuration_recorder_status.config_delivery_channel]
}

# objects have a lifecycle
resource "aws_config_config_rule" "config_rule_lifecycle_policy_check" {
  name        = "acme-claims-s3-lifecycle-policy-check"
  description = "acme-claims: objects have a lifecycle"

  source {
    owner             = "AWS"
    source_identifier = "S3_LIFECYCLE_POLICY_CHECK"
  }

  scope {
    compliance_resource_types = ["AWS::S3::Bucket"]
    compliance_resource_id    = aws_s3_bucket.bucket.id
  }

  depends_on = [aws_config_configuration_recorder.config_recorder, aws_config_configuration_recorder_status.config_delivery_channel]
}

# sets public-access as the profile has it
resource "aws_ssm_document" "restore_public_access" {
  name            = "s3-restore-public-access-acme-claims"
  document_type   = "Automation"
  document_format = "JSON"
  content = jsonencode({
    schemaVersion = "0.3"
    description   = "Sets public-access of acme-claims as its profile has it"
    assumeRole    = "{{ AutomationAssumeRole }}"
    parameters = {
      AutomationAssumeRole = {
        type        = "String"
        description = "the role in whose name it runs"
      }
      BucketName = {
        type          = "String"
        description   = "the bucket"
        allowedValues = ["acme-claims"]
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
    "owner" = "claims"
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

# sets encryption as the profile has it
resource "aws_ssm_document" "restore_encryption" {
  name            = "s3-restore-encryption-acme-claims"
  document_type   = "Automation"
  document_format = "JSON"
  content = jsonencode({
    schemaVersion = "0.3"
    description   = "Sets encryption of acme-claims as its profile has it"
    assumeRole    = "{{ AutomationAssumeRole }}"
    parameters = {
      AutomationAssumeRole = {
        type        = "String"
        description = "the role in whose name it runs"
      }
      BucketName = {
        type          = "String"
        description   = "the bucket"
        allowedValues = ["acme-claims"]
      }
    }
    mainSteps = [
      {
        name   = "PutBucketEncryption"
        action = "aws:executeAwsApi"
        isEnd  = true
        inputs = {
          Service = "s3"
          Api     = "PutBucketEncryption"
          Bucket  = "{{ BucketName }}"
          ServerSideEncryptionConfiguration = {
            Rules = [
              {
                ApplyServerSideEncryptionByDefault = {
                  SSEAlgorithm   = "aws:kms"
                  KMSMasterKeyID = aws_kms_key.key.arn
                }
                BucketKeyEnabled = true
              },
            ]
          }
        }
      },
    ]
  })

  tags = {
    "owner" = "claims"
  }
}

# puts encryption back when the rule finds it changed
resource "aws_config_remediation_configuration" "remediate_encryption" {
  config_rule_name           = aws_config_config_rule.config_rule_default_encryption_kms.id
  resource_type              = "AWS::S3::Bucket"
  target_type                = "SSM_DOCUMENT"
  target_id                  = aws_ssm_document.restore_encryption.id
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

# sets logging as the profile has it
resource "aws_ssm_document" "restore_logging" {
  name            = "s3-restore-logging-acme-claims"
  document_type   = "Automation"
  document_format = "JSON"
  content = jsonencode({
    schemaVersion = "0.3"
    description   = "Sets logging of acme-claims as its profile has it"
    assumeRole    = "{{ AutomationAssumeRole }}"
    parameters = {
      AutomationAssumeRole = {
        type        = "String"
        description = "the role in whose name it runs"
      }
      BucketName = {
        type          = "String"
        description   = "the bucket"
        allowedValues = ["acme-claims"]
      }
    }
    mainSteps = [
      {
        name   = "PutBucketLogging"
        action = "aws:executeAwsApi"
        isEnd  = true
        inputs = {
          Service = "s3"
          Api     = "PutBucketLogging"
          Bucket  = "{{ BucketName }}"
          BucketLoggingStatus = {
            LoggingEnabled = {
              TargetBucket = aws_s3_bucket.log_bucket.id
              TargetPrefix = "access/"
              TargetObjectKeyFormat = {
                PartitionedPrefix = {
                  PartitionDateSource = "EventTime"
                }
              }
            }
          }
        }
      },
    ]
  })

  tags = {
    "owner" = "claims"
  }
}

# puts logging back when the rule finds it changed
resource "aws_config_remediation_configuration" "remediate_logging" {
  config_rule_name           = aws_config_config_rule.config_rule_bucket_logging_enabled.id
  resource_type              = "AWS::S3::Bucket"
  target_type                = "SSM_DOCUMENT"
  target_id                  = aws_ssm_document.restore_logging.id
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
    "owner" = "claims"
  }
}

resource "aws_accessanalyzer_archive_rule" "archive_auditors_read" {
  analyzer_name = aws_accessanalyzer_analyzer.external_access_analyzer.id
  rule_name     = "s3-acme-claims-auditors-read"

  filter {
    criteria = "resource"
    eq       = ["arn:${data.aws_partition.current.partition}:s3:::acme-claims"]
  }

  filter {
    criteria = "principal.AWS"
    contains = ["444455556666"]
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
    "owner" = "claims"
  }
}

# finds what looks like an attack in the account and region
resource "aws_guardduty_detector" "detector" {
  #checkov:skip=CKV2_AWS_3:the profile is for one account and region; an organization has detectors made by its administrator

  enable = true

  tags = {
    "owner" = "claims"
  }
}

resource "aws_guardduty_detector_feature" "detector" {
  detector_id = aws_guardduty_detector.detector.id
  name        = "S3_DATA_EVENTS"
  status      = "ENABLED"
}

# scans what is written to the bucket, and tags it with the result
resource "aws_guardduty_malware_protection_plan" "malware_scan" {
  role    = aws_iam_role.malware_scan_role.arn
  actions = [{ tagging = [{ status = "ENABLED" }] }]

  protected_resource {
    s3_bucket {
      bucket_name = aws_s3_bucket.bucket.id
    }
  }

  tags = {
    "owner" = "claims"
  }

  depends_on = [aws_s3_bucket_policy.bucket_policy, aws_iam_role_policy.malware_scan_role]
}
