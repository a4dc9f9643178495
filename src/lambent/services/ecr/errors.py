"""The errors of ECR."""

from lambent.core import errors


class RepositoryNotFound(errors.ClientError):
    code = "RepositoryNotFoundException"
