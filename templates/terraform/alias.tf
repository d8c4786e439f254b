resource "aws_kms_alias" {{ r.label }} {
  name = {{ r.name }}
  target_key_id = {{ r.key }}
}
