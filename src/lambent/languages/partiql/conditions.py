"""
WHERE: what stands after it, as a condition of DynamoDB's expressions.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ql-operators.html
"""

from lambent.languages.dynamodb_expressions import ExpressionRefused, syntax
from lambent.languages.dynamodb_expressions.words import CONDITION_FUNCTIONS, OPERAND_FUNCTIONS
from lambent.languages.partiql.reader import Reader, malformed

_FUNCTIONS = CONDITION_FUNCTIONS | OPERAND_FUNCTIONS
_COMPARATORS = {"=": "=", "<>": "<>", "!=": "<>", "<": "<", "<=": "<=", ">": ">", ">=": ">="}

# What IS asks of an attribute's type.
_TYPES = {
    **dict.fromkeys(("BOOL", "BOOLEAN"), ("BOOL",)),
    **dict.fromkeys(("STRING", "VARCHAR", "CHAR", "CHARACTER", "SYMBOL", "CLOB"), ("S",)),
    **dict.fromkeys(("INT", "INTEGER", "INT2", "INT4", "INT8", "SMALLINT", "BIGINT"), ("N",)),
    **dict.fromkeys(("DECIMAL", "NUMERIC", "FLOAT", "REAL", "DOUBLE"), ("N",)),
    **dict.fromkeys(("BLOB",), ("B",)),
    **dict.fromkeys(("LIST", "SEXP"), ("L",)),
    **dict.fromkeys(("STRUCT", "TUPLE"), ("M",)),
    **dict.fromkeys(("BAG",), ("SS", "NS", "BS")),
}
_SECOND_WORDS = {"DOUBLE": "PRECISION", "CHARACTER": "VARYING"}

_Node = syntax.Tree | syntax.Operand


def where_condition(reader: Reader) -> syntax.Tree:
    return _as_condition(_disjunction(reader))


def _as_condition(node: _Node) -> syntax.Tree:
    if isinstance(node, syntax.Path | syntax.Value) or not _is_condition(node):
        raise ExpressionRefused("Unsupported operation in the where clause: it is no condition")
    return node


def _is_condition(node: _Node) -> bool:
    if isinstance(node, syntax.Call):
        return node.name in CONDITION_FUNCTIONS
    return isinstance(node, syntax.Comparison | syntax.Not | syntax.Junction)


def _disjunction(reader: Reader) -> _Node:
    """ORs of ANDs of NOTs; a single term is given back as it is."""
    either: list[_Node] = []
    both: list[_Node] = []
    while True:
        negations = 0
        while reader.take("NOT"):
            negations += 1
        term = _comparison(reader)
        both.append(syntax.Not(_as_condition(term)) if negations % 2 else term)
        if reader.kind in ("AND", "OR") and reader.following in ("end", ";"):
            raise malformed("Missing right-hand side expression of infix operator")
        if reader.take("AND"):
            continue
        either.append(_joined("AND", both))
        both = []
        if not reader.take("OR"):
            return _joined("OR", either)


def _joined(operator: str, nodes: list[_Node]) -> _Node:
    if len(nodes) == 1:
        return nodes[0]
    return syntax.Junction(operator, tuple(_as_condition(node) for node in nodes))


def _comparison(reader: Reader) -> _Node:
    left = _term(reader)
    while True:
        if reader.kind in _COMPARATORS:
            left = _compared(reader, left)
        elif reader.take("IS"):
            left = _typed(reader, left)
        elif reader.take("BETWEEN"):
            left = _between(reader, left)
        elif reader.take("NOT", "BETWEEN"):
            left = syntax.Not(_between(reader, left))
        elif reader.take("IN"):
            left = _member(reader, left)
        elif reader.take("NOT", "IN"):
            left = syntax.Not(_member(reader, left))
        elif reader.take("LIKE") or reader.take("NOT", "LIKE"):
            raise ExpressionRefused("Unsupported operation: Like")
        else:
            return left


def _compared(reader: Reader, left: _Node) -> syntax.Tree:
    operator = _COMPARATORS[reader.next().kind]
    if reader.kind in ("end", ";"):
        raise malformed("Missing right-hand side expression of infix operator")
    right = _term(reader)
    for condition, other in ((left, right), (right, left)):
        if _is_condition(condition):
            return _compared_with_boolean(reader, operator, _as_condition(condition), other)
    return syntax.Comparison(operator, (_operand(left), _operand(right)))


def _compared_with_boolean(
    reader: Reader, operator: str, condition: syntax.Tree, other: _Node
) -> syntax.Tree:
    value = reader.values.get(other.name, {}) if isinstance(other, syntax.Value) else {}
    if operator not in ("=", "<>"):
        raise ExpressionRefused(
            "Incorrect operand type for operator or function;"
            f" operator or function: {operator}, operand type: BOOL"
        )
    if "BOOL" not in value:
        raise ExpressionRefused("Conditions can be compared with true and false only")
    return condition if value["BOOL"] == (operator == "=") else syntax.Not(condition)


def _operand(node: _Node) -> syntax.Operand:
    if isinstance(node, syntax.Path | syntax.Value | syntax.Call):
        return node
    raise ExpressionRefused("Conditions can be compared with true and false only")


def _typed(reader: Reader, left: _Node) -> syntax.Tree:
    negated = reader.take("NOT")
    operand = _operand(left)
    tree: syntax.Tree
    if reader.take("MISSING"):
        tree = syntax.Call("attribute_not_exists", (operand,))
    elif reader.take("NULL"):
        tree = _of_type(reader, operand, "NULL")
    else:
        word = reader.token.text.upper() if reader.kind == "word" else ""
        if word not in _TYPES:
            raise malformed("Expected type name")
        reader.next()
        if word in _SECOND_WORDS:
            reader.take_word(_SECOND_WORDS[word])
        tests = tuple(_of_type(reader, operand, kind) for kind in _TYPES[word])
        tree = tests[0] if len(tests) == 1 else syntax.Junction("OR", tests)
    return syntax.Not(tree) if negated else tree


def _of_type(reader: Reader, operand: syntax.Operand, kind: str) -> syntax.Call:
    return syntax.Call("attribute_type", (operand, reader.named({"S": kind})))


def _between(reader: Reader, left: _Node) -> syntax.Comparison:
    lower = _operand(_term(reader))
    reader.expect("AND")
    return syntax.Comparison("BETWEEN", (_operand(left), lower, _operand(_term(reader))))


def _member(reader: Reader, left: _Node) -> syntax.Comparison:
    closing = {"[": "]", "(": ")", "<<": ">>"}.get(reader.kind)
    if closing is None:
        raise reader.unexpected()
    reader.next()
    members = reader.several(lambda: _operand(_term(reader)))
    reader.expect(closing)
    return syntax.Comparison("IN", (_operand(left), *members))


def _term(reader: Reader) -> _Node:
    if reader.take("("):
        inner = _disjunction(reader)
        reader.expect(")")
        return inner
    if reader.kind == "?":
        return reader.parameter()
    if reader.at_literal():
        return reader.literal()
    if reader.kind in ("word", "EXISTS") and reader.following == "(":
        return _call(reader)
    return reader.path()


def _call(reader: Reader) -> syntax.Call:
    token = reader.next()
    name = token.text.lower()
    if name not in _FUNCTIONS:
        raise ExpressionRefused(f"Unrecognized function: {name} {token.place}")
    reader.expect("(")
    operands: list[syntax.Operand] = []
    if reader.kind != ")":
        operands = reader.several(lambda: _operand(_term(reader)))
    reader.expect(")")
    return syntax.Call(name, tuple(operands))
