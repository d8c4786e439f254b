resource "aws_macie2_classification_export_configuration" {{ r.label }} {
  s3_destination {
    bucket_name = {{ r.bucket }}
    kms_key_arn = {{ r.key }}
  }
  {%- if r.after is defined %}

  depends_on = {{ r.after }}
  {%- endif %}
}
