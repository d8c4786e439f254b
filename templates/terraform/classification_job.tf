resource "aws_macie2_classification_job" {{ r.label }} {
  name = {{ r.name }}
  job_type = {{ r.type }}
  sampling_percentage = {{ r.sampling }}
  {%- if r.identifiers is defined %}
  custom_data_identifier_ids = {{ r.identifiers }}
  {%- endif %}
  {%- if r.daily is defined %}
  initial_run = true

  schedule_frequency {
    daily_schedule = {{ r.daily }}
  }
  {%- endif %}
  {%- if r.weekly is defined %}
  initial_run = true

  schedule_frequency {
    weekly_schedule = {{ r.weekly }}
  }
  {%- endif %}
  {%- if r.monthly is defined %}
  initial_run = true

  schedule_frequency {
    monthly_schedule = {{ r.monthly }}
  }
  {%- endif %}

  s3_job_definition {
    {%- if r.buckets is defined %}
    bucket_definitions {
      account_id = {{ r.account }}
      buckets = {{ r.buckets }}
    }
    {%- else %}
    bucket_criteria {
      includes {
        and {
          simple_criterion {
            comparator = "EQ"
            key = "ACCOUNT_ID"
            values = [{{ r.account }}]
          }
        }
      }
      {%- if r.all_but is defined %}

      excludes {
        and {
          simple_criterion {
            comparator = "EQ"
            key = "S3_BUCKET_NAME"
            values = {{ r.all_but }}
          }
        }
      }
      {%- endif %}
    }
    {%- endif %}
    {%- if r.scoped is defined %}

    scoping {
      {%- if r.include is defined %}

      includes {
        {%- for term in r.include %}
        and {
          {%- if term.tag is defined %}
          tag_scope_term {
            comparator = "EQ"
            key = "TAG"
            target = "S3_OBJECT"

            tag_values {
              key = {{ term.tag.key }}
              value = {{ term.tag.value }}
            }
          }
          {%- else %}
          simple_scope_term {
            comparator = {{ term.comparator }}
            key = {{ term.property }}
            values = {{ term.values }}
          }
          {%- endif %}
        }
        {%- endfor %}
      }
      {%- endif %}
      {%- if r.exclude is defined %}

      excludes {
        {%- for term in r.exclude %}
        and {
          {%- if term.tag is defined %}
          tag_scope_term {
            comparator = "EQ"
            key = "TAG"
            target = "S3_OBJECT"

            tag_values {
              key = {{ term.tag.key }}
              value = {{ term.tag.value }}
            }
          }
          {%- else %}
          simple_scope_term {
            comparator = {{ term.comparator }}
            key = {{ term.property }}
            values = {{ term.values }}
          }
          {%- endif %}
        }
        {%- endfor %}
      }
      {%- endif %}
    }
    {%- endif %}
  }
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
