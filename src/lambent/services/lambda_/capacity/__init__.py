"""
Capacity providers and the functions that run on them (Lambda Managed Instances).

There are no instances to manage here: such functions run in sandboxes of this machine like all
others, with as many environments as their scaling configuration says.

https://docs.aws.amazon.com/lambda/latest/dg/lambda-managed-instances.html
"""
