{#- What s3harden renders to main.tf for the same profiles, as one template that asks the profile itself. -#}
{%- set profile = name | safe -%}
{%- set bucket_name = bucket.name | safe -%}
{%- set tls = (transport?.minimum_tls or "1.2") | safe -%}
{%- set provider6 = targets?.terraform?.provider is defined -%}
{%- set own_logs = logging?.server_access?.to is undefined -%}
{%- set given = encryption?.key is defined -%}
{%- set created = preset is defined and preset == "sensitive" -%}
# Rendered by s3harden from the profile {{ profile }}. Change the profile, not this file.

data "aws_partition" "current" {}

{% if own_logs -%}
# receives the access logs of the bucket
#trivy:ignore:AWS-0089 the bucket receives access logs and would log its own deliveries
#trivy:ignore:AWS-0132 S3 delivers access logs to buckets with SSE-S3 only
resource "aws_s3_bucket" "log_bucket" {
  #checkov:skip=CKV_AWS_18:the bucket receives access logs and would log its own deliveries
  #checkov:skip=CKV_AWS_145:S3 delivers access logs to buckets with SSE-S3 only

  bucket = "{{ bucket_name }}-logs"
{%- if bucket.tags is defined or owner is defined %}
  tags = {
    {%- for key, value in bucket?.tags or {} %}
    {{ key }} = {{ value }}
    {%- endfor %}
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
    {%- if provider6 %}
    blocked_encryption_types = ["SSE-C"]

    {%- endif %}
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
      days = {{ logging?.server_access?.retain_days or 365 }}
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
          "arn:${data.aws_partition.current.partition}:s3:::{{ bucket_name }}-logs",
          "arn:${data.aws_partition.current.partition}:s3:::{{ bucket_name }}-logs/*",
        ]
        Condition = {
          Bool = {
            "aws:SecureTransport" = "false"
          }
        }
      },
      # TLS older than {{ tls }} is refused
      {
        Sid       = "DenyOutdatedTls"
        Effect    = "Deny"
        Principal = "*"
        Action    = ["s3:*"]
        Resource = [
          "arn:${data.aws_partition.current.partition}:s3:::{{ bucket_name }}-logs",
          "arn:${data.aws_partition.current.partition}:s3:::{{ bucket_name }}-logs/*",
        ]
        Condition = {
          NumericLessThan = {
            "s3:TlsVersion" = "{{ tls }}"
          }
        }
      },
      # uploads under a key that the caller brings along are refused
      {
        Sid       = "DenyCustomerProvidedKeys"
        Effect    = "Deny"
        Principal = "*"
        Action    = ["s3:PutObject"]
        Resource  = ["arn:${data.aws_partition.current.partition}:s3:::{{ bucket_name }}-logs/*"]
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
        Resource = ["arn:${data.aws_partition.current.partition}:s3:::{{ bucket_name }}-logs/access/*"]
        Condition = {
          StringEquals = {
            "aws:SourceAccount" = {% if bucket?.account is defined %}{{ bucket.account }}{% else %}data.aws_caller_identity.current.account_id{% endif %}
          }
          ArnLike = {
            "aws:SourceArn" = "arn:${data.aws_partition.current.partition}:s3:::{{ bucket_name }}"
          }
        }
      },
    ]
  })

  depends_on = [aws_s3_bucket_public_access_block.log_bucket, aws_s3_bucket_ownership_controls.log_bucket]
}

{% endif -%}
{% if created -%}
# encrypts the bucket's objects
resource "aws_kms_key" "key" {
  description             = "Encrypts the bucket {{ bucket_name }}"
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
          AWS = ["arn:${data.aws_partition.current.partition}:iam::{{ bucket.account | safe }}:root"]
        }
        Action   = ["kms:*"]
        Resource = ["*"]
      },
    ]
  })
{%- if bucket.tags is defined or owner is defined %}
  tags = {
    {%- for key, value in bucket?.tags or {} %}
    {{ key }} = {{ value }}
    {%- endfor %}
    {%- if owner is defined %}
    "owner" = {{ owner }}
    {%- endif %}
  }

{%- endif %}

  lifecycle {
    prevent_destroy = true
  }
}

# a name for the key, for people
resource "aws_kms_alias" "key_alias" {
  name          = "alias/{{ bucket_name }}"
  target_key_id = aws_kms_key.key.key_id
}

{% endif -%}
# the bucket of the profile
{%- if not given and not created %}
#trivy:ignore:AWS-0132 the profile asks for SSE-S3, whose keys S3 holds
{%- endif %}
resource "aws_s3_bucket" "bucket" {
  {%- if not given and not created %}
  #checkov:skip=CKV_AWS_145:the profile asks for SSE-S3, whose keys S3 holds

  {%- endif %}
  bucket = "{{ bucket_name }}"
{%- if bucket.tags is defined or owner is defined %}
  tags = {
    {%- for key, value in bucket?.tags or {} %}
    {{ key }} = {{ value }}
    {%- endfor %}
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
    {%- if given or created %}
    bucket_key_enabled = true
    {%- endif %}
    {%- if provider6 %}
    blocked_encryption_types = ["SSE-C"]
    {%- endif %}

    apply_server_side_encryption_by_default {
      {%- if given %}
      sse_algorithm     = "aws:kms"
      kms_master_key_id = {{ encryption.key }}
      {%- elif created %}
      sse_algorithm     = "aws:kms"
      kms_master_key_id = aws_kms_key.key.arn
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
      noncurrent_days = {{ bucket?.lifecycle?.expire_noncurrent_after_days or (created and 365) or 90 }}
    }

    expiration {
      expired_object_delete_marker = true
    }
  }
{%- if bucket?.lifecycle?.expire_after_days is defined %}
  rule {
    id     = "expire-objects"
    status = "Enabled"

    filter {}
    expiration {
      days = {{ bucket.lifecycle.expire_after_days }}
    }
  }
{%- endif %}
{%- if bucket?.lifecycle?.transitions is defined %}
  rule {
    id     = "move-to-cheaper-storage"
    status = "Enabled"

    filter {}
{%- for transition in bucket.lifecycle.transitions %}

    transition {
      days          = {{ transition.after_days }}
      storage_class = "{{ transition.to | replace(from="-", to="_") | upper | safe }}"
    }
{%- endfor %}
  }
{%- endif %}
  depends_on = [aws_s3_bucket_versioning.bucket]
}

resource "aws_s3_bucket_logging" "bucket" {
  bucket        = aws_s3_bucket.bucket.id
  {%- if own_logs %}
  target_bucket = aws_s3_bucket.log_bucket.id
  target_prefix = "access/"
  {%- else %}
  target_bucket = {{ logging.server_access.to }}
  target_prefix = {{ logging.server_access.prefix }}
  {%- endif %}

  target_object_key_format {
    partitioned_prefix {
      partition_date_source = "EventTime"
    }
  }

  {%- if own_logs %}

  depends_on = [aws_s3_bucket_policy.log_bucket_policy]
  {%- endif %}
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
          "arn:${data.aws_partition.current.partition}:s3:::{{ bucket_name }}",
          "arn:${data.aws_partition.current.partition}:s3:::{{ bucket_name }}/*",
        ]
        Condition = {
          Bool = {
            "aws:SecureTransport" = "false"
          }
        }
      },
      # TLS older than {{ tls }} is refused
      {
        Sid       = "DenyOutdatedTls"
        Effect    = "Deny"
        Principal = "*"
        Action    = ["s3:*"]
        Resource = [
          "arn:${data.aws_partition.current.partition}:s3:::{{ bucket_name }}",
          "arn:${data.aws_partition.current.partition}:s3:::{{ bucket_name }}/*",
        ]
        Condition = {
          NumericLessThan = {
            "s3:TlsVersion" = "{{ tls }}"
          }
        }
      },
      # uploads under a key that the caller brings along are refused
      {
        Sid       = "DenyCustomerProvidedKeys"
        Effect    = "Deny"
        Principal = "*"
        Action    = ["s3:PutObject"]
        Resource  = ["arn:${data.aws_partition.current.partition}:s3:::{{ bucket_name }}/*"]
        Condition = {
          Null = {
            "s3:x-amz-server-side-encryption-customer-algorithm" = "false"
          }
        }
      },
{%- if encryption?.uploads is defined %}
      # uploads that name another algorithm are refused
      {
        Sid       = "DenyOtherAlgorithm"
        Effect    = "Deny"
        Principal = "*"
        Action    = ["s3:PutObject"]
        Resource  = ["arn:${data.aws_partition.current.partition}:s3:::{{ bucket_name }}/*"]
        Condition = {
          StringNotEquals = {
            "s3:x-amz-server-side-encryption" = "aws:kms"
          }
          Null = {
            "s3:x-amz-server-side-encryption" = "false"
          }
        }
      },
      # uploads that name another key are refused
      {
        Sid       = "DenyOtherKey"
        Effect    = "Deny"
        Principal = "*"
        Action    = ["s3:PutObject"]
        Resource  = ["arn:${data.aws_partition.current.partition}:s3:::{{ bucket_name }}/*"]
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
        Resource  = ["arn:${data.aws_partition.current.partition}:s3:::{{ bucket_name }}/*"]
        Condition = {
          StringEquals = {
            "s3:x-amz-server-side-encryption" = "aws:kms"
          }
          Null = {
            "s3:x-amz-server-side-encryption-aws-kms-key-id" = "true"
          }
        }
      },
{%- endif %}
{%- if network is defined %}
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
          "arn:${data.aws_partition.current.partition}:s3:::{{ bucket_name }}",
          "arn:${data.aws_partition.current.partition}:s3:::{{ bucket_name }}/*",
        ]
        Condition = {
          NotIpAddress = {
            "aws:SourceIp" = [{% for cidr in network.allow.cidrs %}{% if not loop.first %}, {% endif %}{{ cidr }}{% endfor %}]
          }
          BoolIfExists = {
            "aws:PrincipalIsAWSService" = "false"
            "aws:ViaAWSService"         = "false"
          }
        }
      },
{%- endif %}
    ]
  })

  depends_on = [aws_s3_bucket_public_access_block.bucket, aws_s3_bucket_ownership_controls.bucket]
}
