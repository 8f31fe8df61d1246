"""Who may do what? Policy documents, their conditions, one evaluation, login tokens."""
