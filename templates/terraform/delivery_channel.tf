resource "aws_config_delivery_channel" {{ r.label }} {
  name = {{ r.name }}
  s3_bucket_name = {{ r.bucket }}

  depends_on = {{ r.after }}
}

resource "aws_config_configuration_recorder_status" {{ r.label }} {
  {{ r.suppressions }}
  name = {{ r.recorder }}
  is_enabled = true

  depends_on = [{{ r.siblings.delivery_channel }}]
}
