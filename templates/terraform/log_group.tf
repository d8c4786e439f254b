resource "aws_cloudwatch_log_group" {{ r.label }} {
  {{ r.suppressions }}
  name = {{ r.name }}
  {%- if r.retain_days is defined %}
  retention_in_days = {{ r.retain_days }}
  {%- endif %}
  {%- if r.key is defined %}
  kms_key_id = {{ r.key }}
  {%- endif %}
  skip_destroy = {{ r.retain }}
  {%- if r.tags is defined %}

  tags = {
    {%- for tag in r.tags %}
    {{ tag.key }} = {{ tag.value }}
    {%- endfor %}
  }
  {%- endif %}
}
