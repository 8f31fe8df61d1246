"""Pull through cache: rules, and images that come from an upstream."""
