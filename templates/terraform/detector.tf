resource "aws_guardduty_detector" {{ r.label }} {
  {{ r.suppressions }}
  enable = true
  {%- if r.tags is defined %}

  tags = {
    {%- for tag in r.tags %}
    {{ tag.key }} = {{ tag.value }}
    {%- endfor %}
  }
  {%- endif %}
}

resource "aws_guardduty_detector_feature" {{ r.label }} {
  detector_id = {{ r.self }}
  name = "S3_DATA_EVENTS"
  status = {{ r.status }}
}
