"""ECR in plain Python: rules over records; no HTTP, botocore or Flask."""
