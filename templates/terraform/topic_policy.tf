resource "aws_sns_topic_policy" {{ r.label }} {
  arn = {{ r.topic }}
  policy = jsonencode({{ r.document }})
}
