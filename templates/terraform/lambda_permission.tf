resource "aws_lambda_permission" {{ r.label }} {
  function_name = {{ r.function }}
  action = "lambda:InvokeFunction"
  principal = {{ r.service }}
  source_account = {{ r.account }}
  source_arn = {{ r.source }}
}
