resource "aws_cloudtrail" {{ r.label }} {
  {{ r.suppressions }}
  name = {{ r.name }}
  s3_bucket_name = {{ r.bucket }}
  is_multi_region_trail = {{ r.multi_region }}
  include_global_service_events = {{ r.multi_region }}
  enable_log_file_validation = true
  {%- if r.key is defined %}
  kms_key_id = {{ r.key }}
  {%- endif %}
  {%- if r.logs is defined %}
  cloud_watch_logs_group_arn = {{ r.logs.group }}
  cloud_watch_logs_role_arn = {{ r.logs.role }}
  {%- endif %}
  {%- for selector in r.selectors %}

  advanced_event_selector {
    name = {{ selector.name }}
    {%- for field in selector.fields %}

    field_selector {
      field = {{ field.name }}
      {%- if field.equals is defined %}
      equals = {{ field.equals }}
      {%- endif %}
      {%- if field.starts_with is defined %}
      starts_with = {{ field.starts_with }}
      {%- endif %}
      {%- if field.not_starts_with is defined %}
      not_starts_with = {{ field.not_starts_with }}
      {%- endif %}
    }
    {%- endfor %}
  }
  {%- endfor %}
  {%- if r.insights is defined %}
  {%- for insight in r.insights %}

  insight_selector {
    insight_type = {{ insight }}
  }
  {%- endfor %}
  {%- endif %}
  {%- if r.tags is defined %}

  tags = {
    {%- for tag in r.tags %}
    {{ tag.key }} = {{ tag.value }}
    {%- endfor %}
  }
  {%- endif %}
  {%- if r.after is defined %}

  depends_on = {{ r.after }}
  {%- endif %}
}
