"""AWS's protocols, driven by botocore's models; botocore itself is not imported."""
