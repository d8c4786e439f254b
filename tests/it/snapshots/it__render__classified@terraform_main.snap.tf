# Rendered by s3harden from the profile classified. Change the profile, not this file.

data "aws_partition" "current" {}

# receives the access logs of the bucket
#trivy:ignore:AWS-0089 the bucket receives access logs and would log its own deliveries
#trivy:ignore:AWS-0132 S3 delivers access logs to buckets with SSE-S3 only
resource "aws_s3_bucket" "log_bucket" {
  #checkov:skip=CKV_AWS_18:the bucket receives access logs and would log its own deliveries
  #checkov:skip=CKV2_AWS_62:the profile asks for no events of objects
  #checkov:skip=CKV_AWS_144:the profile asks for no copies in another bucket
  #checkov:skip=CKV_AWS_145:S3 delivers access logs to buckets with SSE-S3 only

  bucket = "acme-applications-logs"

  tags = {
    "owner" = "recruiting"
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
          "arn:${data.aws_partition.current.partition}:s3:::acme-applications-logs",
          "arn:${data.aws_partition.current.partition}:s3:::acme-applications-logs/*",
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
          "arn:${data.aws_partition.current.partition}:s3:::acme-applications-logs",
          "arn:${data.aws_partition.current.partition}:s3:::acme-applications-logs/*",
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
        Resource  = ["arn:${data.aws_partition.current.partition}:s3:::acme-applications-logs/*"]
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
        Resource = ["arn:${data.aws_partition.current.partition}:s3:::acme-applications-logs/access/*"]
        Condition = {
          StringEquals = {
            "aws:SourceAccount" = "111122223333"
          }
          ArnLike = {
            "aws:SourceArn" = [
              "arn:${data.aws_partition.current.partition}:s3:::acme-applications",
              "arn:${data.aws_partition.current.partition}:s3:::acme-applications-macie",
            ]
          }
        }
      },
    ]
  })

  depends_on = [aws_s3_bucket_public_access_block.log_bucket, aws_s3_bucket_ownership_controls.log_bucket]
}

# receives what Macie finds
#trivy:ignore:AWS-0132 Macie names the key itself for what it delivers
resource "aws_s3_bucket" "macie_bucket" {
  #checkov:skip=CKV2_AWS_62:the profile asks for no events of objects
  #checkov:skip=CKV_AWS_144:the profile asks for no copies in another bucket
  #checkov:skip=CKV_AWS_145:Macie names the key itself for what it delivers

  bucket = "acme-applications-macie"

  tags = {
    "owner" = "recruiting"
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
          "arn:${data.aws_partition.current.partition}:s3:::acme-applications-macie",
          "arn:${data.aws_partition.current.partition}:s3:::acme-applications-macie/*",
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
          "arn:${data.aws_partition.current.partition}:s3:::acme-applications-macie",
          "arn:${data.aws_partition.current.partition}:s3:::acme-applications-macie/*",
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
        Resource  = ["arn:${data.aws_partition.current.partition}:s3:::acme-applications-macie/*"]
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
        Resource = ["arn:${data.aws_partition.current.partition}:s3:::acme-applications-macie"]
        Condition = {
          StringEquals = {
            "aws:SourceAccount" = "111122223333"
          }
          ArnLike = {
            "aws:SourceArn" = [
              "arn:${data.aws_partition.current.partition}:macie2:eu-west-1:111122223333:export-configuration:*",
              "arn:${data.aws_partition.current.partition}:macie2:eu-west-1:111122223333:classification-job/*",
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
        Resource = ["arn:${data.aws_partition.current.partition}:s3:::acme-applications-macie/*"]
        Condition = {
          StringEquals = {
            "aws:SourceAccount" = "111122223333"
          }
          ArnLike = {
            "aws:SourceArn" = [
              "arn:${data.aws_partition.current.partition}:macie2:eu-west-1:111122223333:export-configuration:*",
              "arn:${data.aws_partition.current.partition}:macie2:eu-west-1:111122223333:classification-job/*",
            ]
          }
        }
      },
    ]
  })

  depends_on = [aws_s3_bucket_public_access_block.macie_bucket, aws_s3_bucket_ownership_controls.macie_bucket]
}

# looks for sensitive data in the account and region
resource "aws_macie2_account" "macie_session" {
  status                       = "ENABLED"
  finding_publishing_frequency = "FIFTEEN_MINUTES"
}

# encrypts the bucket's objects
resource "aws_kms_key" "key" {
  description             = "Encrypts the bucket acme-applications"
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
      # Macie reads objects in the name of this role, and nobody else's
      {
        Sid    = "AllowMacieToDecrypt"
        Effect = "Allow"
        Principal = {
          AWS = ["arn:${data.aws_partition.current.partition}:iam::111122223333:role/aws-service-role/macie.amazonaws.com/AWSServiceRoleForAmazonMacie"]
        }
        Action   = ["kms:Decrypt"]
        Resource = ["*"]
        Condition = {
          StringEquals = {
            "kms:ViaService" = "s3.eu-west-1.${data.aws_partition.current.dns_suffix}"
          }
          StringLike = {
            "kms:EncryptionContext:aws:s3:arn" = [
              "arn:${data.aws_partition.current.partition}:s3:::acme-applications",
              "arn:${data.aws_partition.current.partition}:s3:::acme-applications/*",
            ]
          }
        }
      },
    ]
  })

  tags = {
    "owner" = "recruiting"
  }

  lifecycle {
    prevent_destroy = true
  }

  depends_on = [aws_macie2_account.macie_session]
}

# a name for the key, for people
resource "aws_kms_alias" "key_alias" {
  name          = "alias/acme-applications"
  target_key_id = aws_kms_key.key.key_id
}

# the bucket of the profile
resource "aws_s3_bucket" "bucket" {
  #checkov:skip=CKV2_AWS_62:the profile asks for no events of objects
  #checkov:skip=CKV_AWS_144:the profile asks for no copies in another bucket

  bucket = "acme-applications"

  tags = {
    "owner" = "recruiting"
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
          "arn:${data.aws_partition.current.partition}:s3:::acme-applications",
          "arn:${data.aws_partition.current.partition}:s3:::acme-applications/*",
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
          "arn:${data.aws_partition.current.partition}:s3:::acme-applications",
          "arn:${data.aws_partition.current.partition}:s3:::acme-applications/*",
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
        Resource  = ["arn:${data.aws_partition.current.partition}:s3:::acme-applications/*"]
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
          "arn:${data.aws_partition.current.partition}:s3:::acme-applications",
          "arn:${data.aws_partition.current.partition}:s3:::acme-applications/*",
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
            "aws:PrincipalArn" = "arn:${data.aws_partition.current.partition}:iam::111122223333:role/aws-service-role/macie.amazonaws.com/AWSServiceRoleForAmazonMacie"
          }
        }
      },
      # data is reached through the access points of the profile only
      {
        Sid       = "DenyOutsideAccessPoints"
        Effect    = "Deny"
        Principal = "*"
        Action = [
          "s3:AbortMultipartUpload",
          "s3:DeleteObject",
          "s3:DeleteObjectTagging",
          "s3:DeleteObjectVersion",
          "s3:DeleteObjectVersionTagging",
          "s3:GetObject",
          "s3:GetObjectAttributes",
          "s3:GetObjectTagging",
          "s3:GetObjectVersion",
          "s3:GetObjectVersionAttributes",
          "s3:GetObjectVersionTagging",
          "s3:ListBucket",
          "s3:ListBucketMultipartUploads",
          "s3:ListBucketVersions",
          "s3:ListMultipartUploadParts",
          "s3:PutObject",
          "s3:PutObjectTagging",
          "s3:PutObjectVersionTagging",
        ]
        Resource = [
          "arn:${data.aws_partition.current.partition}:s3:::acme-applications",
          "arn:${data.aws_partition.current.partition}:s3:::acme-applications/*",
        ]
        Condition = {
          ArnNotEquals = {
            "s3:DataAccessPointArn" = "arn:${data.aws_partition.current.partition}:s3:eu-west-1:111122223333:accesspoint/applications"
          }
          BoolIfExists = {
            "aws:PrincipalIsAWSService" = "false"
          }
          ArnNotLike = {
            "aws:PrincipalArn" = "arn:${data.aws_partition.current.partition}:iam::111122223333:role/aws-service-role/macie.amazonaws.com/AWSServiceRoleForAmazonMacie"
          }
        }
      },
    ]
  })

  depends_on = [aws_s3_bucket_public_access_block.bucket, aws_s3_bucket_ownership_controls.bucket]
}

# a way into the bucket; only its policy can change: for another VPC or Block Public Access take another name, which makes a new point
resource "aws_s3_access_point" "access_point_applications" {
  name   = "applications"
  bucket = aws_s3_bucket.bucket.id

  public_access_block_configuration {
    block_public_acls       = true
    ignore_public_acls      = true
    block_public_policy     = true
    restrict_public_buckets = true
  }

  depends_on = [aws_s3_bucket_policy.bucket_policy]
}

# a pattern that Macie looks for
resource "aws_macie2_custom_data_identifier" "identifier_applicant_id" {
  name                   = "applicant-id"
  regex                  = "A-[0-9]{8}"
  keywords               = ["applicant", "candidate"]
  ignore_words           = ["A-00000000"]
  maximum_match_distance = 40

  tags = {
    "owner" = "recruiting"
  }

  depends_on = [aws_macie2_account.macie_session]
}

# looks into objects for sensitive data
resource "aws_macie2_classification_job" "macie_job" {
  name                       = "acme-applications-sensitive-data"
  job_type                   = "SCHEDULED"
  sampling_percentage        = 50
  custom_data_identifier_ids = [aws_macie2_custom_data_identifier.identifier_applicant_id.id]
  initial_run                = true

  schedule_frequency {
    weekly_schedule = "MONDAY"
  }

  s3_job_definition {
    bucket_definitions {
      account_id = "111122223333"
      buckets    = [aws_s3_bucket.bucket.id]
    }

    scoping {
      includes {
        and {
          simple_scope_term {
            comparator = "STARTS_WITH"
            key        = "OBJECT_KEY"
            values     = ["incoming/", "archive/"]
          }
        }
        and {
          simple_scope_term {
            comparator = "EQ"
            key        = "OBJECT_EXTENSION"
            values     = ["csv", "docx", "pdf"]
          }
        }
      }

      excludes {
        and {
          tag_scope_term {
            comparator = "EQ"
            key        = "TAG"
            target     = "S3_OBJECT"

            tag_values {
              key   = "scanned"
              value = "clean"
            }
          }
        }
      }
    }
  }

  tags = {
    "owner" = "recruiting"
  }

  depends_on = [aws_macie2_account.macie_session]
}

# encrypts what Macie finds
resource "aws_kms_key" "macie_key" {
  description             = "Encrypts what Macie finds for acme-applications"
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
            "aws:SourceAccount" = "111122223333"
          }
          ArnLike = {
            "aws:SourceArn" = [
              "arn:${data.aws_partition.current.partition}:macie2:eu-west-1:111122223333:export-configuration:*",
              "arn:${data.aws_partition.current.partition}:macie2:eu-west-1:111122223333:classification-job/*",
            ]
          }
        }
      },
    ]
  })

  tags = {
    "owner" = "recruiting"
  }

  lifecycle {
    prevent_destroy = true
  }
}

# a name for the key, for people
resource "aws_kms_alias" "macie_key_alias" {
  name          = "alias/acme-applications-macie"
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
  description             = "Encrypts alerts about acme-applications"
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
    ]
  })

  tags = {
    "owner" = "recruiting"
  }

  lifecycle {
    prevent_destroy = true
  }
}

# a name for the key, for people
resource "aws_kms_alias" "alert_key_alias" {
  name          = "alias/acme-applications-alerts"
  target_key_id = aws_kms_key.alert_key.key_id
}

# takes alerts about the bucket to whoever subscribes
resource "aws_sns_topic" "alert_topic" {
  name              = "acme-applications-alerts"
  kms_master_key_id = aws_kms_key.alert_key.key_id

  tags = {
    "owner" = "recruiting"
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
    ]
  })
}

# findings of Macie
resource "aws_cloudwatch_event_rule" "alert_macie_finding" {
  name        = "acme-applications-macie-finding"
  description = "findings of Macie of acme-applications"
  event_pattern = jsonencode({
    source        = ["aws.macie"]
    "detail-type" = ["Macie Finding"]
    detail = {
      resourcesAffected = {
        s3Bucket = {
          name = ["acme-applications"]
        }
      }
    }
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
