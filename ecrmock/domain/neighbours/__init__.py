"""The little that we remember of services beside ECR: keys of KMS, secrets of Secrets Manager, sessions of STS."""
