"""
IAM policies: who may do what with which resource.

So far what an API's Lambda authorizer gives: the effect of a document on one action and resource.
"""

from lambent.languages.policies.documents import Effect, MalformedPolicy, effect, is_policy

__all__ = ["Effect", "MalformedPolicy", "effect", "is_policy"]
