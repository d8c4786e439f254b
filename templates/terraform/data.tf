{% if partition is defined %}
data "aws_partition" "current" {}
{% endif %}
{% if region is defined %}
data "aws_region" "current" {}
{% endif %}
{% if account is defined %}
data "aws_caller_identity" "current" {}
{% endif %}
