"""
SET and REMOVE of an UPDATE, as actions of an UpdateExpression.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ql-reference.update.html
"""

from lambent.languages.dynamodb_expressions import ExpressionRefused, syntax
from lambent.languages.partiql.reader import Reader
from lambent.languages.partiql.tokens import Token

# What these functions do to a set is what these sections do.
_SET_FUNCTIONS = {"set_add": "ADD", "set_delete": "DELETE"}
_SET_TYPES = ("SS", "NS", "BS")


def set_actions(reader: Reader) -> tuple[syntax.Action, ...]:
    actions: list[syntax.Action] = []
    while True:
        if reader.take("SET"):
            actions += reader.several(lambda: _assignment(reader))
        elif reader.take("REMOVE"):
            actions += reader.several(lambda: syntax.Action("REMOVE", reader.path()))
        elif actions:
            return tuple(actions)
        else:
            raise reader.unexpected()


def _assignment(reader: Reader) -> syntax.Action:
    path = reader.path()
    reader.expect("=")
    if reader.kind == "word" and reader.following == "(":
        section = _SET_FUNCTIONS.get(reader.token.text.lower())
        if section is not None:
            return _set_change(reader, section, path)
    left = _operand(reader)
    if reader.kind not in ("+", "-"):
        return syntax.Action("SET", path, left)
    operator = reader.next().kind
    return syntax.Action("SET", path, syntax.Arithmetic(operator, left, _operand(reader)))


def _operand(reader: Reader) -> syntax.Operand:
    if reader.take("("):
        inner = _operand(reader)
        reader.expect(")")
        return inner
    if reader.kind == "?":
        return reader.parameter()
    if reader.at_literal():
        return reader.literal()
    if reader.kind == "word" and reader.following == "(":
        return _list_append(reader)
    return reader.path()


def _list_append(reader: Reader) -> syntax.Call:
    token = reader.next()
    name = token.text.lower()
    if name != "list_append":
        raise ExpressionRefused(f"Unrecognized function: {name} {token.place}")
    reader.expect("(")
    operands = reader.several(lambda: _operand(reader))
    reader.expect(")")
    return syntax.Call(name, tuple(operands))


def _set_change(reader: Reader, section: str, path: syntax.Path) -> syntax.Action:
    token = reader.next()
    name = token.text.upper()
    reader.expect("(")
    arguments: list[tuple[Token, syntax.Operand]] = []
    if reader.kind != ")":
        arguments = reader.several(lambda: (reader.token, _operand(reader)))
    reader.expect(")")
    if len(arguments) != 2:
        raise ExpressionRefused(f"{name} must have exactly two arguments {token.place}")
    (first, target), (_, members) = arguments
    if target != path:
        raise ExpressionRefused(
            f"The first argument to {name} must equal the assignment value {token.place}"
        )
    value = reader.values.get(members.name) if isinstance(members, syntax.Value) else {}
    # The type of a parameter is not known yet; the update's checks know it.
    if value is not None and not any(kind in value for kind in _SET_TYPES):
        raise ExpressionRefused(
            f"The second argument to {name} must be a value with type SET {first.place}"
        )
    return syntax.Action(section, path, members)
