resource "aws_sns_topic" {{ r.label }} {
  {{ r.suppressions }}
  name = {{ r.name }}
  kms_master_key_id = {{ r.key }}
  {%- if r.tags is defined %}

  tags = {
    {%- for tag in r.tags %}
    {{ tag.key }} = {{ tag.value }}
    {%- endfor %}
  }
  {%- endif %}
}
