resource "aws_cloudwatch_log_metric_filter" {{ r.label }} {
  name = {{ r.name }}
  log_group_name = {{ r.group }}
  pattern = {{ r.pattern }}

  metric_transformation {
    namespace = {{ r.metric.namespace }}
    name = {{ r.metric.name }}
    value = "1"
  }
}
