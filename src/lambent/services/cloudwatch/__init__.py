"""CloudWatch: metrics, the platform's own and those that users put, and their statistics."""
