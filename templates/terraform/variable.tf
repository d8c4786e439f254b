variable {{ v.label }} {
  description = {{ v.description }}
  type = string
  {%- if v.default is defined %}
  default = {{ v.default }}
  {%- endif %}
  {%- if v.allowed is defined %}

  validation {
    condition = contains({{ v.allowed }}, {{ v.self }})
    error_message = {{ v.not_listed }}
  }
  {%- endif %}
  {%- if v.pattern is defined %}

  validation {
    condition = can(regex({{ v.pattern }}, {{ v.self }}))
    error_message = {{ v.error }}
  }
  {%- endif %}
}
