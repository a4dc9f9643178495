import pytest

from lambent.languages.templates.dynamic_references import dynamic_references, with_references
from lambent.languages.templates.errors import TemplateInvalid


def test_references_are_found_wherever_they_stand() -> None:
    value = {
        "a": ["{{resolve:ssm:/name:3}}"],
        "b": "x-{{resolve:secretsmanager:db:SecretString:password:AWSPREVIOUS}}-y",
    }

    found = [(r.service, r.name, r.version, r.key, r.stage) for r in dynamic_references(value)]

    assert found == [
        ("ssm", "/name", "3", "", ""),
        ("secretsmanager", "db", "", "password", "AWSPREVIOUS"),
    ]


def test_a_secret_may_be_named_by_its_arn() -> None:
    arn = "arn:aws:secretsmanager:us-east-1:000000000000:secret:db-AbCdEf"

    [found] = dynamic_references(f"{{{{resolve:secretsmanager:{arn}:SecretString:user}}}}")

    assert (found.name, found.key) == (arn, "user")


def test_results_take_the_place_of_references() -> None:
    value = {"a": ["<{{resolve:ssm:x}}>", 1]}

    assert with_references(value, {"{{resolve:ssm:x}}": "found"}) == {"a": ["<found>", 1]}


def test_a_reference_to_another_service_is_refused() -> None:
    with pytest.raises(TemplateInvalid, match="is not supported"):
        list(dynamic_references("{{resolve:vault:x}}"))
