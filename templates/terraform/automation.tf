resource "aws_ssm_document" {{ r.label }} {
  name = {{ r.name }}
  document_type = "Automation"
  document_format = "JSON"
  content = jsonencode({{ r.content }})
  {%- if r.tags is defined %}

  tags = {
    {%- for tag in r.tags %}
    {{ tag.key }} = {{ tag.value }}
    {%- endfor %}
  }
  {%- endif %}
}
