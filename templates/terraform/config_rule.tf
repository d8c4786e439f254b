resource "aws_config_config_rule" {{ r.label }} {
  name = {{ r.name }}
  description = {{ r.description }}
  {%- if r.parameters is defined %}
  input_parameters = jsonencode({{ r.parameters }})
  {%- endif %}

  source {
    owner = "AWS"
    source_identifier = {{ r.identifier }}
  }
  {%- if r.scope is defined %}

  scope {
    compliance_resource_types = [{{ r.scope.type }}]
    compliance_resource_id = {{ r.scope.id }}
  }
  {%- endif %}
  {%- if r.after is defined %}

  depends_on = {{ r.after }}
  {%- endif %}
}
