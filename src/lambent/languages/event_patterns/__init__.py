"""
Event patterns: which events match? Spoken by EventBridge, Pipes, event source mappings and SNS.

A pattern is compiled once into one closure; nothing here knows whose pattern it is. What differs
between the services (limits, whose words an error begins with) is theirs.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html
"""

from lambent.languages.event_patterns.errors import PatternInvalid
from lambent.languages.event_patterns.matching import Matcher, compile_pattern
from lambent.languages.event_patterns.places import reason_in, syntax_reason

__all__ = ["Matcher", "PatternInvalid", "compile_pattern", "reason_in", "syntax_reason"]
