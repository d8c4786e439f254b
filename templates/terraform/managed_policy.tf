resource "aws_iam_policy" {{ r.label }} {
  {{ r.suppressions }}
  name = {{ r.name }}
  path = {{ r.path }}
  description = {{ r.description }}
  policy = jsonencode({{ r.document }})
}
{%- if r.users is defined %}

{{ r.above_users }}
resource "aws_iam_user_policy_attachment" {{ r.label }} {
  {{ r.inside_users }}
  for_each = toset({{ r.users }})

  user = each.value
  policy_arn = {{ r.arn }}
}
{%- endif %}
{%- if r.groups is defined %}

resource "aws_iam_group_policy_attachment" {{ r.label }} {
  for_each = toset({{ r.groups }})

  group = each.value
  policy_arn = {{ r.arn }}
}
{%- endif %}
{%- if r.roles is defined %}

resource "aws_iam_role_policy_attachment" {{ r.label }} {
  for_each = toset({{ r.roles }})

  role = each.value
  policy_arn = {{ r.arn }}
}
{%- endif %}
