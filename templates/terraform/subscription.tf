resource "aws_sns_topic_subscription" {{ r.label }} {
  topic_arn = {{ r.topic }}
  protocol = {{ r.protocol }}
  endpoint = {{ r.endpoint }}
}
