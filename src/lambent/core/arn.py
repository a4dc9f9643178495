"""Amazon resource names."""

from dataclasses import dataclass

from lambent.core.errors import ValidationFailed


@dataclass(frozen=True, slots=True)
class Arn:
    """`arn:partition:service:region:account:resource`; `resource` may hold further colons."""

    service: str
    region: str
    account: str
    resource: str
    partition: str = "aws"

    @staticmethod
    def parse(text: str) -> "Arn":
        parts = text.split(":", 5)
        if len(parts) != 6 or parts[0] != "arn" or not parts[2]:
            raise ValidationFailed(f"{text} is not a valid ARN")
        _, partition, service, region, account, resource = parts
        return Arn(service, region, account, resource, partition)

    def __str__(self) -> str:
        return f"arn:{self.partition}:{self.service}:{self.region}:{self.account}:{self.resource}"
