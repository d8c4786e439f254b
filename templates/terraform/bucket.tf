resource "aws_s3_bucket" {{ r.label }} {
  {{ r.suppressions }}
  bucket = {{ r.name }}
  {%- if r.tags is defined %}

  tags = {
    {%- for tag in r.tags %}
    {{ tag.key }} = {{ tag.value }}
    {%- endfor %}
  }
  {%- endif %}
  {%- if r.retain %}

  lifecycle {
    prevent_destroy = true
  }
  {%- endif %}
}

resource "aws_s3_bucket_ownership_controls" {{ r.label }} {
  bucket = {{ r.self }}

  rule {
    object_ownership = {{ r.ownership }}
  }
}

resource "aws_s3_bucket_public_access_block" {{ r.label }} {
  bucket = {{ r.self }}

  block_public_acls = {{ r.public_access_block.block_public_acls }}
  ignore_public_acls = {{ r.public_access_block.ignore_public_acls }}
  block_public_policy = {{ r.public_access_block.block_public_policy }}
  restrict_public_buckets = {{ r.public_access_block.restrict_public_buckets }}
}

resource "aws_s3_bucket_server_side_encryption_configuration" {{ r.label }} {
  bucket = {{ r.self }}

  rule {
    {%- if r.encryption.bucket_key is defined %}
    bucket_key_enabled = {{ r.encryption.bucket_key }}
    {%- endif %}
    {%- if provider >= 6 and r.encryption.blocked is defined %}
    blocked_encryption_types = {{ r.encryption.blocked }}
    {%- endif %}

    apply_server_side_encryption_by_default {
      sse_algorithm = {{ r.encryption.algorithm }}
      {%- if r.encryption.key is defined %}
      kms_master_key_id = {{ r.encryption.key }}
      {%- endif %}
    }
  }
}
{%- if r.versioning is defined %}

resource "aws_s3_bucket_versioning" {{ r.label }} {
  bucket = {{ r.self }}

  versioning_configuration {
    status = {{ r.versioning }}
  }
}
{%- endif %}
{%- if r.lifecycle is defined %}

resource "aws_s3_bucket_lifecycle_configuration" {{ r.label }} {
  bucket = {{ r.self }}

  {%- for rule in r.lifecycle %}
  rule {
    id = {{ rule.id }}
    status = "Enabled"

    filter {}

    {%- if rule.abort_days is defined %}
    abort_incomplete_multipart_upload {
      days_after_initiation = {{ rule.abort_days }}
    }
    {%- endif %}
    {%- if rule.noncurrent_days is defined %}
    noncurrent_version_expiration {
      noncurrent_days = {{ rule.noncurrent_days }}
    }

    expiration {
      expired_object_delete_marker = true
    }
    {%- endif %}
    {%- if rule.expire_days is defined %}
    expiration {
      days = {{ rule.expire_days }}
    }
    {%- endif %}
    {%- if rule.transitions is defined %}
    {%- for transition in rule.transitions %}

    transition {
      days = {{ transition.days }}
      storage_class = {{ transition.class }}
    }
    {%- endfor %}
    {%- endif %}
  }

  {%- endfor %}
  {%- if r.versioning is defined %}
  depends_on = [{{ r.siblings.versioning }}]
  {%- endif %}
}
{%- endif %}
{%- if r.logging is defined %}

resource "aws_s3_bucket_logging" {{ r.label }} {
  bucket = {{ r.self }}
  target_bucket = {{ r.logging.target }}
  target_prefix = {{ r.logging.prefix }}

  target_object_key_format {
    {%- if r.logging.partitioned %}
    partitioned_prefix {
      partition_date_source = "EventTime"
    }
    {%- else %}
    simple_prefix {}
    {%- endif %}
  }
  {%- if r.after is defined %}

  depends_on = {{ r.after }}
  {%- endif %}
}
{%- endif %}
