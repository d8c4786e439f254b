resource "aws_macie2_account" {{ r.label }} {
  status = "ENABLED"
  finding_publishing_frequency = {{ r.frequency }}
}
