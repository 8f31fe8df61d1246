"""What ECR does by itself: each module attaches to a world; take it off the list and it no longer happens."""
