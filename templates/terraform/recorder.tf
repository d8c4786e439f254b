resource "aws_config_configuration_recorder" {{ r.label }} {
  {{ r.suppressions }}
  name = {{ r.name }}
  role_arn = {{ r.role }}

  recording_group {
    all_supported = false
    include_global_resource_types = false
    resource_types = {{ r.types }}

    recording_strategy {
      use_only = "INCLUSION_BY_RESOURCE_TYPES"
    }
  }
}
