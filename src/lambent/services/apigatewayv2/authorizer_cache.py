"""
What authorizers have said, for as long as they want it remembered. In memory: another node asks
for itself.
"""

from dataclasses import dataclass

from lambent.platform import Platform
from lambent.services.apigatewayv2.requests import Authorized

_CACHE = "apigatewayv2.authorizers"
_MOST_ANSWERS = 10_000

# API, stage, authorizer, and what identified the client.
Key = tuple[str, str, str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Answer:
    """
    `policy` is None where the authorizer answers yes or no. `settings` are those of the
    authorizer that was asked: one that was changed is another.
    """

    is_authorized: bool
    policy: object
    authorized: Authorized
    settings: object
    expires: float


def find_answer(platform: Platform, key: Key, settings: object) -> Answer | None:
    answer = _answers(platform).get(key)
    if answer is None or answer.expires <= platform.clock.now() or answer.settings != settings:
        return None
    return answer


def keep_answer(platform: Platform, key: Key, answer: Answer) -> None:
    answers = _answers(platform)
    if len(answers) >= _MOST_ANSWERS:
        now = platform.clock.now()
        for old in [known for known, one in answers.items() if one.expires <= now]:
            del answers[old]
        if len(answers) >= _MOST_ANSWERS:
            answers.clear()
    answers[key] = answer


def forget(platform: Platform, api_id: str, stage: str) -> None:
    answers = _answers(platform)
    for key in [key for key in answers if key[:2] == (api_id, stage)]:
        del answers[key]


def _answers(platform: Platform) -> dict[Key, Answer]:
    answers: dict[Key, Answer] = platform.caches.setdefault(_CACHE, {})
    return answers
