"""Things that know nothing of ECR: clock, store, bytes, ids, pages, requests and answers."""
