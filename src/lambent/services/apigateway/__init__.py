"""API Gateway's REST APIs: what is configured of them, and the requests that they answer."""
