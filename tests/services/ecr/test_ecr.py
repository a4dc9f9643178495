"""There are no repositories, and ECR says so."""

import pytest

from lambent.platform import Context
from lambent.services.ecr.errors import RepositoryNotFound


async def test_a_repository_that_is_asked_for_does_not_exist(context: Context) -> None:
    with pytest.raises(RepositoryNotFound, match="'serverless-greeting-dev' does not exist"):
        await context.call(
            "ecr", "DescribeRepositories", {"repositoryNames": ["serverless-greeting-dev"]}
        )


async def test_all_repositories_are_none(context: Context) -> None:
    assert await context.call("ecr", "DescribeRepositories", {}) == {"repositories": []}
