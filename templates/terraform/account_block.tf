resource "aws_s3_account_public_access_block" {{ r.label }} {
  {{ r.suppressions }}
  block_public_acls = {{ r.block_public_acls }}
  ignore_public_acls = {{ r.ignore_public_acls }}
  block_public_policy = {{ r.block_public_policy }}
  restrict_public_buckets = {{ r.restrict_public_buckets }}
}
