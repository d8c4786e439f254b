resource "aws_macie2_custom_data_identifier" {{ r.label }} {
  name = {{ r.name }}
  regex = {{ r.regex }}
  {%- if r.keywords is defined %}
  keywords = {{ r.keywords }}
  {%- endif %}
  {%- if r.ignore is defined %}
  ignore_words = {{ r.ignore }}
  {%- endif %}
  {%- if r.distance is defined %}
  maximum_match_distance = {{ r.distance }}
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
