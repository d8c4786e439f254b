resource "aws_kms_key" {{ r.label }} {
  {{ r.suppressions }}
  description = {{ r.description }}
  enable_key_rotation = true
  deletion_window_in_days = {{ r.deletion_window_days }}
  policy = jsonencode({{ r.document }})
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
  {%- if r.after is defined %}

  depends_on = {{ r.after }}
  {%- endif %}
}
