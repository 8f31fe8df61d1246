"""The docker door: OCI distribution 1.1 over ECR's domain (facts/registry)."""
