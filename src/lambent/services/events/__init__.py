"""
Amazon EventBridge: event buses, the rules that watch them, and the targets that rules tell.

https://docs.aws.amazon.com/eventbridge/latest/APIReference/Welcome.html
"""
