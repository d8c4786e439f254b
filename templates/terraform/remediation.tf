resource "aws_config_remediation_configuration" {{ r.label }} {
  config_rule_name = {{ r.rule }}
  resource_type = "AWS::S3::Bucket"
  target_type = "SSM_DOCUMENT"
  target_id = {{ r.automation }}
  automatic = true
  maximum_automatic_attempts = 3
  retry_attempt_seconds = 60

  parameter {
    name = "AutomationAssumeRole"
    static_value = {{ r.role }}
  }

  parameter {
    name = "BucketName"
    resource_value = "RESOURCE_ID"
  }
}
