resource "aws_s3_bucket_policy" {{ r.label }} {
  {{ r.suppressions }}
  bucket = {{ r.bucket }}
  policy = jsonencode({{ r.document }})

  depends_on = {{ r.after }}
}
