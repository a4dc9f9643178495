"""CloudWatch Logs: log groups, their streams, and the events in them."""
