"""AllowedPattern of parameters: somebody else's regular expression."""

import pytest

from lambent.languages.jsonpath import compile_path
from lambent.languages.regular_expressions import TooSlow
from lambent.languages.templates.errors import TemplateInvalid
from lambent.languages.templates.parameters import _matches


def test_a_pattern_that_never_ends_makes_the_template_invalid() -> None:
    with pytest.raises(TemplateInvalid, match="takes too long"):
        _matches("P", "(a+)+", "a" * 60 + "!")


def test_a_path_that_never_ends_is_ended() -> None:
    with pytest.raises(TooSlow):
        compile_path("$.a[?(@ =~ /(a+)+$/)]").find({"a": ["a" * 60 + "!"]})
