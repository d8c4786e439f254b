# Rendered by s3harden from the profile organization-perimeter. Change the profile, not this file.

# no bucket and no access point of the account is public
resource "aws_s3_account_public_access_block" "account_public_access_block" {
  block_public_acls       = true
  ignore_public_acls      = true
  block_public_policy     = true
  restrict_public_buckets = true
}
