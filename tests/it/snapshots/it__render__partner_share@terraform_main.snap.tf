# Rendered by s3harden from the profile partner-drop. Change the profile, not this file.

data "aws_partition" "current" {}

# receives the access logs of the bucket
#trivy:ignore:AWS-0089 the bucket receives access logs and would log its own deliveries
#trivy:ignore:AWS-0132 S3 delivers access logs to buckets with SSE-S3 only
resource "aws_s3_bucket" "log_bucket" {
  #checkov:skip=CKV_AWS_18:the bucket receives access logs and would log its own deliveries
  #checkov:skip=CKV2_AWS_62:the profile asks for no events of objects
  #checkov:skip=CKV_AWS_144:the profile asks for no copies in another bucket
  #checkov:skip=CKV_AWS_145:S3 delivers access logs to buckets with SSE-S3 only

  bucket = "acme-partner-drop-logs"

  tags = {
    "owner" = "partner-integrations"
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
          "arn:${data.aws_partition.current.partition}:s3:::acme-partner-drop-logs",
          "arn:${data.aws_partition.current.partition}:s3:::acme-partner-drop-logs/*",
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
          "arn:${data.aws_partition.current.partition}:s3:::acme-partner-drop-logs",
          "arn:${data.aws_partition.current.partition}:s3:::acme-partner-drop-logs/*",
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
        Resource  = ["arn:${data.aws_partition.current.partition}:s3:::acme-partner-drop-logs/*"]
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
        Resource = ["arn:${data.aws_partition.current.partition}:s3:::acme-partner-drop-logs/access/*"]
        Condition = {
          StringEquals = {
            "aws:SourceAccount" = "111122223333"
          }
          ArnLike = {
            "aws:SourceArn" = "arn:${data.aws_partition.current.partition}:s3:::acme-partner-drop"
          }
        }
      },
    ]
  })

  depends_on = [aws_s3_bucket_public_access_block.log_bucket, aws_s3_bucket_ownership_controls.log_bucket]
}

# encrypts the bucket's objects
resource "aws_kms_key" "key" {
  description             = "Encrypts the bucket acme-partner-drop"
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
          AWS = ["arn:${data.aws_partition.current.partition}:iam::111122223333:role/LakeReader"]
        }
        Action   = ["kms:Decrypt"]
        Resource = ["*"]
        Condition = {
          StringEquals = {
            "kms:ViaService" = "s3.us-east-1.${data.aws_partition.current.dns_suffix}"
          }
          StringLike = {
            "kms:EncryptionContext:aws:s3:arn" = [
              "arn:${data.aws_partition.current.partition}:s3:::acme-partner-drop",
              "arn:${data.aws_partition.current.partition}:s3:::acme-partner-drop/*",
            ]
          }
        }
      },
      # whoever the grants let in uses the key, through S3 and for this bucket only
      {
        Sid    = "AllowWritersToEncrypt"
        Effect = "Allow"
        Principal = {
          AWS = ["arn:${data.aws_partition.current.partition}:iam::444455556666:root"]
        }
        Action   = ["kms:Decrypt", "kms:GenerateDataKey"]
        Resource = ["*"]
        Condition = {
          StringEquals = {
            "kms:ViaService" = "s3.us-east-1.${data.aws_partition.current.dns_suffix}"
          }
          StringLike = {
            "kms:EncryptionContext:aws:s3:arn" = [
              "arn:${data.aws_partition.current.partition}:s3:::acme-partner-drop",
              "arn:${data.aws_partition.current.partition}:s3:::acme-partner-drop/*",
            ]
          }
        }
      },
    ]
  })

  tags = {
    "owner" = "partner-integrations"
  }

  lifecycle {
    prevent_destroy = true
  }
}

# a name for the key, for people
resource "aws_kms_alias" "key_alias" {
  name          = "alias/acme-partner-drop"
  target_key_id = aws_kms_key.key.key_id
}

# the bucket of the profile
resource "aws_s3_bucket" "bucket" {
  #checkov:skip=CKV2_AWS_62:the profile asks for no events of objects
  #checkov:skip=CKV_AWS_144:the profile asks for no copies in another bucket

  bucket = "acme-partner-drop"

  tags = {
    "owner" = "partner-integrations"
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
          "arn:${data.aws_partition.current.partition}:s3:::acme-partner-drop",
          "arn:${data.aws_partition.current.partition}:s3:::acme-partner-drop/*",
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
          "arn:${data.aws_partition.current.partition}:s3:::acme-partner-drop",
          "arn:${data.aws_partition.current.partition}:s3:::acme-partner-drop/*",
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
        Resource  = ["arn:${data.aws_partition.current.partition}:s3:::acme-partner-drop/*"]
        Condition = {
          Null = {
            "s3:x-amz-server-side-encryption-customer-algorithm" = "false"
          }
        }
      },
      # who may do this is left to the access points of the profile
      {
        Sid    = "DelegateToAccessPoints"
        Effect = "Allow"
        Principal = {
          AWS = ["*"]
        }
        Action = [
          "s3:AbortMultipartUpload",
          "s3:GetObject",
          "s3:GetObjectAttributes",
          "s3:ListBucket",
          "s3:ListMultipartUploadParts",
          "s3:PutObject",
        ]
        Resource = [
          "arn:${data.aws_partition.current.partition}:s3:::acme-partner-drop",
          "arn:${data.aws_partition.current.partition}:s3:::acme-partner-drop/*",
        ]
        Condition = {
          ArnEquals = {
            "s3:DataAccessPointArn" = [
              "arn:${data.aws_partition.current.partition}:s3:us-east-1:111122223333:accesspoint/partner-inbox",
              "arn:${data.aws_partition.current.partition}:s3:us-east-1:111122223333:accesspoint/lake",
            ]
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
          "arn:${data.aws_partition.current.partition}:s3:::acme-partner-drop",
          "arn:${data.aws_partition.current.partition}:s3:::acme-partner-drop/*",
        ]
        Condition = {
          ArnNotEquals = {
            "s3:DataAccessPointArn" = [
              "arn:${data.aws_partition.current.partition}:s3:us-east-1:111122223333:accesspoint/partner-inbox",
              "arn:${data.aws_partition.current.partition}:s3:us-east-1:111122223333:accesspoint/lake",
            ]
          }
          BoolIfExists = {
            "aws:PrincipalIsAWSService" = "false"
          }
        }
      },
    ]
  })

  depends_on = [aws_s3_bucket_public_access_block.bucket, aws_s3_bucket_ownership_controls.bucket]
}

# a way into the bucket; only its policy can change: for another VPC or Block Public Access take another name, which makes a new point
resource "aws_s3_access_point" "access_point_partner_inbox" {
  name   = "partner-inbox"
  bucket = aws_s3_bucket.bucket.id

  public_access_block_configuration {
    block_public_acls       = true
    ignore_public_acls      = true
    block_public_policy     = true
    restrict_public_buckets = true
  }

  depends_on = [aws_s3_bucket_policy.bucket_policy]
}

resource "aws_s3control_access_point_policy" "access_point_partner_inbox" {
  access_point_arn = aws_s3_access_point.access_point_partner_inbox.arn
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      # partner-writes: write
      {
        Sid    = "PartnerWritesObjects"
        Effect = "Allow"
        Principal = {
          AWS = ["arn:${data.aws_partition.current.partition}:iam::444455556666:root"]
        }
        Action = [
          "s3:AbortMultipartUpload",
          "s3:ListMultipartUploadParts",
          "s3:PutObject",
        ]
        Resource = ["arn:${data.aws_partition.current.partition}:s3:us-east-1:111122223333:accesspoint/partner-inbox/object/inbox/*"]
      },
      # requests through the point come from its addresses only
      {
        Sid       = "DenyOutsidePointAddresses"
        Effect    = "Deny"
        Principal = "*"
        NotAction = ["s3:*AccessPoint*"]
        Resource = [
          "arn:${data.aws_partition.current.partition}:s3:us-east-1:111122223333:accesspoint/partner-inbox",
          "arn:${data.aws_partition.current.partition}:s3:us-east-1:111122223333:accesspoint/partner-inbox/object/*",
        ]
        Condition = {
          NotIpAddress = {
            "aws:SourceIp" = ["198.51.100.0/24", "2001:db8:5ca1::/48"]
          }
        }
      },
    ]
  })
}

# a way into the bucket; only its policy can change: for another VPC or Block Public Access take another name, which makes a new point
resource "aws_s3_access_point" "access_point_lake" {
  name   = "lake"
  bucket = aws_s3_bucket.bucket.id

  public_access_block_configuration {
    block_public_acls       = true
    ignore_public_acls      = true
    block_public_policy     = true
    restrict_public_buckets = true
  }

  vpc_configuration {
    vpc_id = "vpc-0123456789abcdef0"
  }

  depends_on = [aws_s3_bucket_policy.bucket_policy]
}

resource "aws_s3control_access_point_policy" "access_point_lake" {
  access_point_arn = aws_s3_access_point.access_point_lake.arn
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      # lake-reads: read, list
      {
        Sid    = "LakeReadsObjects"
        Effect = "Allow"
        Principal = {
          AWS = ["arn:${data.aws_partition.current.partition}:iam::111122223333:role/LakeReader"]
        }
        Action   = ["s3:GetObject", "s3:GetObjectAttributes"]
        Resource = ["arn:${data.aws_partition.current.partition}:s3:us-east-1:111122223333:accesspoint/lake/object/*"]
      },
      # lake-reads: read, list
      {
        Sid    = "LakeReadsListing"
        Effect = "Allow"
        Principal = {
          AWS = ["arn:${data.aws_partition.current.partition}:iam::111122223333:role/LakeReader"]
        }
        Action   = ["s3:ListBucket"]
        Resource = ["arn:${data.aws_partition.current.partition}:s3:us-east-1:111122223333:accesspoint/lake"]
      },
    ]
  })
}
