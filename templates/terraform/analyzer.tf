resource "aws_accessanalyzer_analyzer" {{ r.label }} {
  analyzer_name = {{ r.name }}
  type = {{ r.type }}
  {%- if r.unused_days is defined %}

  configuration {
    unused_access {
      unused_access_age = {{ r.unused_days }}
    }
  }
  {%- endif %}
  {%- if r.inside is defined %}

  configuration {
    internal_access {
      analysis_rule {
        inclusion {
          resource_arns = {{ r.inside }}
        }
      }
    }
  }
  {%- endif %}
  {%- if r.tags is defined %}

  tags = {
    {%- for tag in r.tags %}
    {{ tag.key }} = {{ tag.value }}
    {%- endfor %}
  }
  {%- endif %}
}
{%- if r.archive is defined %}
{%- for rule in r.archive %}

resource "aws_accessanalyzer_archive_rule" {{ rule.label }} {
  analyzer_name = {{ r.self }}
  rule_name = {{ rule.name }}
  {%- for fits in rule.fits %}

  filter {
    criteria = {{ fits.property }}
    {%- if fits.contains is defined %}
    contains = {{ fits.contains }}
    {%- else %}
    eq = {{ fits.eq }}
    {%- endif %}
  }
  {%- endfor %}
}
{%- endfor %}
{%- endif %}
