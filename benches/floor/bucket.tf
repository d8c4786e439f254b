{# What s3harden renders to main.tf for the same profiles, as one template that asks the profile itself. #}
# Change the profile, not this file.

locals {
  bucket = {{ bucket.name }}
}

data "aws_partition" "current" {}

data "aws_caller_identity" "current" {}

{% if logging is not defined or logging.server_access is not defined or logging.server_access.to is not defined -%}
# receives the access logs of the bucket
#trivy:ignore:AWS-0089 the bucket receives access logs and would log its own deliveries
#trivy:ignore:AWS-0132 S3 delivers access logs to buckets with SSE-S3 only
resource "aws_s3_bucket" "log_bucket" {
  #checkov:skip=CKV_AWS_145:S3 delivers access logs to buckets with SSE-S3 only
  #checkov:skip=CKV_AWS_18:the bucket receives access logs and would log its own deliveries

  bucket = "${local.bucket}-logs"
  {%- if bucket.tags is defined or owner is defined %}

  tags = {
    {%- if bucket.tags is defined %}
    {%- for key, value in bucket.tags %}
    {{ key }} = {{ value }}
    {%- endfor %}
    {%- endif %}
    {%- if owner is defined %}
    "owner" = {{ owner }}
    {%- endif %}
  }
  {%- endif %}

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
          "arn:${data.aws_partition.current.partition}:s3:::${local.bucket}-logs",
          "arn:${data.aws_partition.current.partition}:s3:::${local.bucket}-logs/*",
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
          "arn:${data.aws_partition.current.partition}:s3:::${local.bucket}-logs",
          "arn:${data.aws_partition.current.partition}:s3:::${local.bucket}-logs/*",
        ]
        Condition = {
          NumericLessThan = {
            "s3:TlsVersion" = {% if transport is defined and transport.minimum_tls is defined %}{{ transport.minimum_tls }}{% else %}"1.2"{% endif %}
          }
        }
      },
      # uploads under a key that the caller brings along are refused
      {
        Sid       = "DenyCustomerProvidedKeys"
        Effect    = "Deny"
        Principal = "*"
        Action    = ["s3:PutObject"]
        Resource  = ["arn:${data.aws_partition.current.partition}:s3:::${local.bucket}-logs/*"]
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
        Resource = ["arn:${data.aws_partition.current.partition}:s3:::${local.bucket}-logs/access/*"]
        Condition = {
          StringEquals = {
            "aws:SourceAccount" = data.aws_caller_identity.current.account_id
          }
          ArnLike = {
            "aws:SourceArn" = "arn:${data.aws_partition.current.partition}:s3:::${local.bucket}"
          }
        }
      },
    ]
  })

  depends_on = [aws_s3_bucket_public_access_block.log_bucket, aws_s3_bucket_ownership_controls.log_bucket]
}

{% endif -%}
# the bucket of the profile
#trivy:ignore:AWS-0132 the profile asks for SSE-S3, whose keys S3 holds
resource "aws_s3_bucket" "bucket" {
  #checkov:skip=CKV_AWS_145:the profile asks for SSE-S3, whose keys S3 holds

  bucket = local.bucket
  {%- if bucket.tags is defined or owner is defined %}

  tags = {
    {%- if bucket.tags is defined %}
    {%- for key, value in bucket.tags %}
    {{ key }} = {{ value }}
    {%- endfor %}
    {%- endif %}
    {%- if owner is defined %}
    "owner" = {{ owner }}
    {%- endif %}
  }
  {%- endif %}

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
      {%- if encryption is defined and encryption.key is defined %}
      sse_algorithm     = "aws:kms"
      kms_master_key_id = {{ encryption.key }}
      {%- else %}
      sse_algorithm = "AES256"
      {%- endif %}
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
      noncurrent_days = {% if bucket.lifecycle is defined and bucket.lifecycle.expire_noncurrent_after_days is defined %}{{ bucket.lifecycle.expire_noncurrent_after_days }}{% else %}90{% endif %}
    }

    expiration {
      expired_object_delete_marker = true
    }
  }
  {%- if bucket.lifecycle is defined and bucket.lifecycle.transitions is defined %}
  rule {
    id     = "move-to-cheaper-storage"
    status = "Enabled"

    filter {}
    {%- for transition in bucket.lifecycle.transitions %}

    transition {
      days          = {{ transition.after_days }}
      storage_class = {{ transition.to }}
    }
    {%- endfor %}
  }
  {%- endif %}
  depends_on = [aws_s3_bucket_versioning.bucket]
}

resource "aws_s3_bucket_logging" "bucket" {
  bucket        = aws_s3_bucket.bucket.id
  {%- if logging is defined and logging.server_access is defined and logging.server_access.to is defined %}
  target_bucket = {{ logging.server_access.to }}
  target_prefix = {{ logging.server_access.prefix }}
  {%- else %}
  target_bucket = aws_s3_bucket.log_bucket.id
  target_prefix = "access/"
  {%- endif %}

  target_object_key_format {
    partitioned_prefix {
      partition_date_source = "EventTime"
    }
  }
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
          "arn:${data.aws_partition.current.partition}:s3:::${local.bucket}",
          "arn:${data.aws_partition.current.partition}:s3:::${local.bucket}/*",
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
          "arn:${data.aws_partition.current.partition}:s3:::${local.bucket}",
          "arn:${data.aws_partition.current.partition}:s3:::${local.bucket}/*",
        ]
        Condition = {
          NumericLessThan = {
            "s3:TlsVersion" = {% if transport is defined and transport.minimum_tls is defined %}{{ transport.minimum_tls }}{% else %}"1.2"{% endif %}
          }
        }
      },
      # uploads under a key that the caller brings along are refused
      {
        Sid       = "DenyCustomerProvidedKeys"
        Effect    = "Deny"
        Principal = "*"
        Action    = ["s3:PutObject"]
        Resource  = ["arn:${data.aws_partition.current.partition}:s3:::${local.bucket}/*"]
        Condition = {
          Null = {
            "s3:x-amz-server-side-encryption-customer-algorithm" = "false"
          }
        }
      },
    ]
  })

  depends_on = [aws_s3_bucket_public_access_block.bucket, aws_s3_bucket_ownership_controls.bucket]
}
