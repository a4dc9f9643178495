"""API Gateway's HTTP APIs: what is configured of them, and the requests that they answer."""
