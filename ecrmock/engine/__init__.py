"""What runs a small AWS: transactions, time, scheduled jobs, events. No word of ECR in here."""
