"""
Simple Notification Service: topics, subscriptions, and the delivery of what is published.

Each delivery is a work row, written with the message; what can be delivered to is e-mail, HTTP(S),
SQS queues and functions.
"""
