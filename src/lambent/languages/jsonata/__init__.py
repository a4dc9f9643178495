"""
JSONata as Step Functions has it: the language of jsonata.org with AWS's functions and limits.

The engine stands behind this package alone. `compile_expression` once, `Expression.evaluate` often.
"""

from lambent.languages.jsonata.expression import (
    AWS_FUNCTIONS,
    EvaluationFault,
    Expression,
    Randomness,
    Reads,
    SyntaxFault,
    compile_expression,
    read_part,
)

__all__ = [
    "AWS_FUNCTIONS",
    "EvaluationFault",
    "Expression",
    "Randomness",
    "Reads",
    "SyntaxFault",
    "compile_expression",
    "read_part",
]
