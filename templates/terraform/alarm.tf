resource "aws_cloudwatch_metric_alarm" {{ r.label }} {
  alarm_name = {{ r.name }}
  alarm_description = {{ r.description }}
  namespace = {{ r.metric.namespace }}
  metric_name = {{ r.metric.name }}
  statistic = "Sum"
  period = {{ r.period }}
  evaluation_periods = 1
  comparison_operator = "GreaterThanOrEqualToThreshold"
  threshold = {{ r.threshold }}
  treat_missing_data = "notBreaching"
  alarm_actions = {{ r.actions }}
  {%- if r.tags is defined %}

  tags = {
    {%- for tag in r.tags %}
    {{ tag.key }} = {{ tag.value }}
    {%- endfor %}
  }
  {%- endif %}
}
