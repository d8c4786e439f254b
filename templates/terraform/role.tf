resource "aws_iam_role" {{ r.label }} {
  name = {{ r.name }}
  description = {{ r.description }}
  assume_role_policy = jsonencode({{ r.trust }})
  {%- if r.tags is defined %}

  tags = {
    {%- for tag in r.tags %}
    {{ tag.key }} = {{ tag.value }}
    {%- endfor %}
  }
  {%- endif %}
}

resource "aws_iam_role_policy" {{ r.label }} {
  name = {{ r.policy_name }}
  role = {{ r.self }}
  policy = jsonencode({{ r.document }})
}
