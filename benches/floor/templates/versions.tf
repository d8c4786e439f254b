terraform {
  required_version = ">= 1.5"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "{% if targets?.terraform?.provider is defined %}>= 6.40, < 7.0{% else %}>= 5.70, < 7.0{% endif %}"
    }
  }
}
