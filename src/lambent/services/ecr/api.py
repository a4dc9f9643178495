"""The operations of ECR."""

from lambent.platform import Context, Params, Reply
from lambent.services.ecr.errors import RepositoryNotFound

PARTLY = {"DescribeRepositories": "there are none, since none can be created"}


async def describe_repositories(context: Context, params: Params) -> Reply:
    """
    The Serverless Framework asks for its repository when it removes a service.

    https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_DescribeRepositories.html
    """
    for name in params.get("repositoryNames", ()):
        registry_id = params.get("registryId", context.account)
        raise RepositoryNotFound(
            f"The repository with name '{name}' does not exist"
            f" in the registry with id '{registry_id}'"
        )
    return {"repositories": []}
