"""What is wrong with a template, in CloudFormation's words."""

from lambent.core import errors


class TemplateInvalid(errors.ClientError):
    """CloudFormation has one code for everything that is wrong with a template or its values."""

    code = "ValidationError"
