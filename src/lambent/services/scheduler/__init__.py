"""
EventBridge Scheduler: calls any operation at a time, at a rate or by a cron, in any time zone.

https://docs.aws.amazon.com/scheduler/latest/APIReference/Welcome.html
"""
