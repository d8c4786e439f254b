resource "aws_cloudwatch_event_rule" {{ r.label }} {
  name = {{ r.name }}
  description = {{ r.description }}
  event_pattern = jsonencode({{ r.pattern }})
}

resource "aws_cloudwatch_event_target" {{ r.label }} {
  for_each = {{ r.targets_by_id }}

  rule = {{ r.self }}
  target_id = each.key
  arn = each.value
}
