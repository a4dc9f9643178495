"""
AWS Step Functions: state machines, their executions, activities and task tokens.

What an execution does is decided by `lambent.languages.asl`; this service remembers it, carries
its commands out and answers for it.
"""
