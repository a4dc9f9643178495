"""What a policy document says of an action on a resource."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lambent.languages.policies import MalformedPolicy, effect, is_policy

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**40), 2**40) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
ACTION = "execute-api:Invoke"
ARN = "arn:aws:execute-api:us-east-1:000000000000:api/live/GET/pets/1"


def statement(effect: str = "Allow", **members: Any) -> dict[str, Any]:
    return {"Effect": effect, "Action": "execute-api:Invoke", "Resource": "*", **members}


@pytest.mark.parametrize(
    ("statements", "allowed"),
    [
        ([], False),
        (statement(), True),
        ([statement(Resource=ARN)], True),
        ([statement(Resource=ARN.replace("GET", "*").replace("1", "?"))], True),
        ([statement(Resource=[ARN + "0", "arn:aws:execute-api:*/pets/1"])], True),
        ([statement(Resource=ARN + "/2")], False),
        ([statement(Action="EXECUTE-API:*")], True),
        ([statement(Action="lambda:Invoke")], False),
        ([statement(), statement("Deny", Resource="*/GET/*")], False),
        ([statement(NotResource="*/POST/*")], True),
        ([{"Effect": "Allow", "NotAction": "s3:*", "Resource": "*"}], True),
        ([statement(Condition={"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}})], False),
        ([statement(), statement("Deny", Condition={"Bool": {"a": "true"}})], False),
    ],
)
def test_a_policy_allows_what_it_names_and_does_not_deny(statements: Any, allowed: bool) -> None:
    assert (effect({"Statement": statements}, ACTION, ARN) == "Allow") is allowed


@given(JSON)
def test_any_policy_is_read_or_malformed(policy: Any) -> None:
    for document in (policy, {"Statement": policy}, {"Statement": [{"Effect": "Allow"}, policy]}):
        if is_policy(document):
            effect(document, ACTION, ARN)
            continue
        with pytest.raises(MalformedPolicy):
            effect(document, ACTION, ARN)
