resource "aws_s3_access_point" {{ r.label }} {
  {{ r.suppressions }}
  name = {{ r.name }}
  bucket = {{ r.bucket }}

  public_access_block_configuration {
    block_public_acls = {{ r.public_access_block.block_public_acls }}
    ignore_public_acls = {{ r.public_access_block.ignore_public_acls }}
    block_public_policy = {{ r.public_access_block.block_public_policy }}
    restrict_public_buckets = {{ r.public_access_block.restrict_public_buckets }}
  }
  {%- if r.vpc is defined %}

  vpc_configuration {
    vpc_id = {{ r.vpc }}
  }
  {%- endif %}
  {%- if r.after is defined %}

  depends_on = {{ r.after }}
  {%- endif %}
}
{%- if r.document is defined %}

resource "aws_s3control_access_point_policy" {{ r.label }} {
  access_point_arn = {{ r.arn }}
  policy = jsonencode({{ r.document }})
}
{%- endif %}
