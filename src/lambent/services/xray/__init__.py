"""AWS X-Ray: segments of traces, kept for thirty days, and what can be asked of them."""
