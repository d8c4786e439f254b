resource "aws_s3_bucket" {{ r.label }} {
  {{ r.suppressions }}
  bucket = {{ r.name }}
  {%- if r.namespace is defined %}
  bucket_namespace = {{ r.namespace }}
  {%- endif %}
  {%- if r.object_lock is defined and r.object_lock_at_creation %}
  object_lock_enabled = true
  {%- endif %}
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
  {{ r.inside_ownership }}
  bucket = {{ r.self }}

  rule {
    object_ownership = {{ r.ownership }}
  }
}

{{ r.above_public_access_block }}
resource "aws_s3_bucket_public_access_block" {{ r.label }} {
  {{ r.inside_public_access_block }}
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
{%- if r.object_lock is defined %}

resource "aws_s3_bucket_object_lock_configuration" {{ r.label }} {
  bucket = {{ r.self }}

  rule {
    default_retention {
      mode = {{ r.object_lock.mode }}
      {%- if r.object_lock.days is defined %}
      days = {{ r.object_lock.days }}
      {%- else %}
      years = {{ r.object_lock.years }}
      {%- endif %}
    }
  }

  depends_on = [{{ r.siblings.versioning }}]
}
{%- endif %}
{%- if r.replication is defined %}

resource "aws_s3_bucket_replication_configuration" {{ r.label }} {
  bucket = {{ r.self }}
  role = {{ r.replication.role }}
  {%- for rule in r.replication.rules %}

  rule {
    id = {{ rule.id }}
    status = "Enabled"
    priority = {{ rule.priority }}

    filter {
      prefix = {{ rule.prefix }}
    }

    delete_marker_replication {
      status = {{ r.replication.delete_markers }}
    }
    {%- if r.replication.key is defined %}

    source_selection_criteria {
      sse_kms_encrypted_objects {
        status = "Enabled"
      }
    }
    {%- endif %}

    destination {
      bucket = {{ r.replication.to }}
      {%- if r.replication.account is defined %}
      account = {{ r.replication.account }}

      access_control_translation {
        owner = "Destination"
      }
      {%- endif %}
      {%- if r.replication.key is defined %}

      encryption_configuration {
        replica_kms_key_id = {{ r.replication.key }}
      }
      {%- endif %}
    }
  }
  {%- endfor %}

  depends_on = [{{ r.siblings.versioning }}]
}
{%- endif %}
{%- if r.cors is defined %}

resource "aws_s3_bucket_cors_configuration" {{ r.label }} {
  bucket = {{ r.self }}
  {%- for rule in r.cors %}

  cors_rule {
    allowed_origins = {{ rule.origins }}
    allowed_methods = {{ rule.methods }}
    {%- if rule.headers is defined %}
    allowed_headers = {{ rule.headers }}
    {%- endif %}
    {%- if rule.expose is defined %}
    expose_headers = {{ rule.expose }}
    {%- endif %}
    {%- if rule.max_age is defined %}
    max_age_seconds = {{ rule.max_age }}
    {%- endif %}
  }
  {%- endfor %}
}
{%- endif %}
{%- if r.eventbridge is defined %}

resource "aws_s3_bucket_notification" {{ r.label }} {
  bucket = {{ r.self }}
  eventbridge = true
}
{%- endif %}
{%- if r.acl is defined %}

data "aws_canonical_user_id" {{ r.label }} {}

resource "aws_s3_bucket_acl" {{ r.label }} {
  bucket = {{ r.self }}

  access_control_policy {
    owner {
      id = {{ r.siblings.owner }}
    }

    grant {
      grantee {
        type = "CanonicalUser"
        id = {{ r.siblings.owner }}
      }
      permission = "FULL_CONTROL"
    }
    {%- for grant in r.acl %}

    grant {
      grantee {
        {%- if grant.group is defined %}
        type = "Group"
        uri = {{ grant.group }}
        {%- else %}
        type = "CanonicalUser"
        id = {{ grant.user }}
        {%- endif %}
      }
      permission = {{ grant.permission }}
    }
    {%- endfor %}
  }

  depends_on = [{{ r.siblings.ownership }}, {{ r.siblings.public_access_block }}]
}
{%- endif %}
