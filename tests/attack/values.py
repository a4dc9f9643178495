"""
Texts that have broken somebody's server before, by what the member that holds them is called.

Each list begins with values that an operation can use, so that a call gets deep enough to meet
the next member's bad one.
"""

import re
from functools import cache

from tests.attack.arns import (
    ACCOUNT,
    ACTIVITY,
    ARNS,
    EXECUTION,
    EXPRESS,
    FUNCTION,
    LOG_GROUP,
    MACHINE,
    POLICY,
    QUEUE,
    QUEUE_URL,
    ROLE,
    TOPIC,
    arn,
)
from tests.attack.documents import DEFINITIONS, EXPRESSIONS, INPUTS, POLICIES, ZONES
from tests.attack.templates import TEMPLATES
from tests.attack.tokens import HANDLES, TASK_TOKENS, TOKENS

STRANGE = (
    "",
    " ",
    "a",
    "\x00",
    "a\x00b",
    "\r\nX-Injected: yes\r\n\r\n",
    "\x7f\x1b[31m\x85\u2028",
    "'; DROP TABLE sqs_queue; --",
    '"',
    "\\",
    "%",
    "%00",
    "%s%n%d{0}",
    "${jndi:ldap://x}",
    "_",
    "*",
    "../../../etc/passwd",
    "/",
    "//",
    ".",
    "..",
    "é",
    "e\u0301",
    "\u202egnp.exe",
    "\U0001f600" * 3,
    "\ufeffbom",
    "\ufffe\uffff",
    "null",
    "true",
    "NaN",
    "-1",
    "1e999",
    "9" * 400,
    "٣",
    "²",
    "<a>&amp;</a>",
    "]]>",
    "a" * 65,
    "a" * 257,
    "ü" * 1025,
    "x" * 300_000,
    "a." * 5_000,
    "[" * 100_000,
    '{"a":' * 100_000,
    "(" * 50_000,
    "$" * 1000,
    "{{resolve:ssm:x}}",
)

NAMES = (*"fqtmsrpuae", "bucket", "/g", "stream", "st", "missing")

URLS = (
    QUEUE_URL,
    QUEUE_URL.replace("/q", "/fifo.fifo"),
    QUEUE_URL.replace("/q", "/missing"),
    "q",
    "",
    "http://",
    "http://[::1",
    "http://x:99999999/a",
    "https://example.com/bucket/key",
    "file:///etc/passwd",
    "https://bucket.s3.amazonaws.com/t.yaml",
    "http://127.0.0.1:4566/bucket/t.yaml",
    "http://127.0.0.1:4566/999999999999/q",
    "//",
    "http://a/%zz",
    "\x00",
)

JSONATA = ("$.a", "$", "{% 1 %}", "{ $.level = 500 }", "[a, b]", "?x", "%x%", '"a', "%(%", "{ $.a")

PERTINENT: tuple[tuple[str, tuple[str, ...]], ...] = (
    (r"(?i)receipthandle", HANDLES),
    (r"(?i)tasktoken", TASK_TOKENS),
    (r"(?i)nexttoken|marker|continuationtoken", TOKENS),
    (r"(?i)^definition$", DEFINITIONS),
    (r"(?i)templatebody", TEMPLATES),
    (r"(?i)policy|document", POLICIES),
    (r"ScheduleExpressionTimezone", ZONES),
    (r"ScheduleExpression", EXPRESSIONS),
    (r"(?i)^(input|output|context|variables|result|message|messagebody|cause)$", INPUTS),
    (r"(?i)arn$|arns$|resource$|^role$|resourceid|^target", ARNS),
    (r"(?i)url", URLS),
    (r"(?i)pattern", JSONATA + POLICIES[-12:]),
    (r"(?i)attributevalue|value$|#value", POLICIES + INPUTS + ARNS[:6] + ("0", "1", "30", "true")),
    (
        r"AttributeName|attributes#key",
        (
            *("VisibilityTimeout", "Policy", "RedrivePolicy", "FilterPolicy", "DeliveryPolicy"),
            *("KmsMasterKeyId", "RawMessageDelivery", "DisplayName", "FilterPolicyScope"),
            *("RedriveAllowPolicy", "FifoQueue", "TracingConfig", "SubscriptionRoleArn", "x"),
        ),
    ),
    (r"Range$", ("bytes=0-1", "bytes=-5", "bytes=5-1", "bytes=", "bytes=a-b", "bytes=9-", "x")),
    (r"CopySource$", ("bucket/key", "/bucket/key", "bucket", "", "%zz", "a/b?versionId=x")),
    (r"^(Key|S3Key|Prefix|StartAfter)$", ("key", "t.yaml", "code.zip", "missing", "a/../b")),
    (r"(?i)bucket", ("bucket", "Bucket", "missing", "a..b", "192.168.1.1")),
    (r"Protocol", ("sqs", "lambda", "email", "http", "https", "sms", "firehose", "x")),
    (r"Endpoint", ("a@b.example", QUEUE, FUNCTION, "http://127.0.0.1:1/x", "http://[", "x")),
    (r"(?i)name|identifier|group|prefix|^key$", NAMES + ARNS[:16]),
)


@cache
def pertinent(member: str) -> tuple[str, ...]:
    """Values that mean something to a member of this name."""
    for pattern, values in PERTINENT:
        if re.search(pattern, member):
            return values
    return NAMES


# What a call needs so that it gets somewhere, by service and member or by member alone.
USABLE: dict[str, tuple[str, ...]] = {
    "QueueUrl": (QUEUE_URL, QUEUE_URL.replace("/q", "/fifo.fifo")),
    "TopicArn": (TOPIC,),
    "sns.ResourceArn": (TOPIC,),
    "sns.Protocol": ("sqs", "lambda", "email", "http"),
    "sns.Endpoint": (QUEUE, FUNCTION, "a@b.example", "http://127.0.0.1:1/x"),
    "sns.SubscriptionArn": (f"{TOPIC}:11111111-2222-3333-4444-555555555555",),
    "scheduler.ResourceArn": (arn("scheduler", "schedule-group/default"),),
    "scheduler.RoleArn": (ROLE,),
    "scheduler.Arn": (QUEUE, FUNCTION, MACHINE, "arn:aws:scheduler:::aws-sdk:sqs:sendMessage"),
    "scheduler.Name": ("s", "made"),
    "scheduler.GroupName": ("default",),
    "scheduler.ScheduleExpression": EXPRESSIONS[:4],
    "scheduler.ScheduleExpressionTimezone": ZONES[:2],
    "scheduler.KmsKeyArn": (arn("kms", "key/1"),),
    "logs.logGroupName": ("/g",),
    "logs.logStreamName": ("stream", "made"),
    "logs.resourceArn": (LOG_GROUP,),
    "logs.logGroupIdentifier": ("/g", LOG_GROUP),
    "logs.logGroupIdentifiers": ("/g", LOG_GROUP),
    "logs.kmsKeyId": (arn("kms", "key/1"),),
    "logs.resourceIdentifier": (f"{LOG_GROUP}:*",),
    "RoleSessionName": ("session",),
    "RoleArn": (ROLE,),
    "roleArn": (ROLE,),
    "ReceiptHandle": ("AQEB", "abc"),
    "MessageBody": ("hello", "{}"),
    "Message": ("hello", '{"default":"x"}'),
    "sqs.SourceArn": (QUEUE,),
    "sqs.AWSAccountIds": (ACCOUNT,),
    "sns.AWSAccountId": (ACCOUNT,),
    "sqs.Actions": ("SendMessage", "*"),
    "sns.ActionName": ("Publish",),
    "Label": ("label",),
    "Id": ("one", "two"),
    "QueueName": ("q", "made", "made.fifo"),
    "Key": ("key", "t.yaml"),
    "Value": ("v",),
    "TagKeys": ("key",),
    "tagKeys": ("key",),
    "FunctionName": ("f", FUNCTION, "made"),
    "Qualifier": ("$LATEST", "1", "live"),
    "lambda.Handler": ("index.handler",),
    "lambda.Role": (ROLE,),
    "lambda.Resource": (FUNCTION,),
    "lambda.FunctionVersion": ("$LATEST", "1"),
    "lambda.Name": ("live",),
    "lambda.Principal": ("s3.amazonaws.com", ACCOUNT),
    "lambda.Action": ("lambda:InvokeFunction",),
    "lambda.StatementId": ("one",),
    "lambda.Destination": (QUEUE,),
    "lambda.TargetArn": (QUEUE,),
    "lambda.S3Bucket": ("bucket",),
    "lambda.S3Key": ("code.zip",),
    "Bucket": ("bucket", "made-bucket"),
    "s3.ExpectedBucketOwner": (ACCOUNT,),
    "s3.CopySource": ("bucket/key",),
    "StackName": ("st", "made"),
    "ChangeSetName": ("change",),
    "cloudformation.TemplateBody": TEMPLATES[:3],
    "cloudformation.RoleARN": (ROLE,),
    "UserName": ("u", "made"),
    "RoleName": ("r", "made"),
    "GroupName": ("g", "made"),
    "PolicyName": ("p", "made"),
    "PolicyArn": (POLICY, "arn:aws:iam::aws:policy/AdministratorAccess"),
    "InstanceProfileName": ("ip",),
    "PolicyDocument": (POLICIES[1],),
    "AssumeRolePolicyDocument": (POLICIES[0],),
    "iam.VersionId": ("v1", "v2"),
    "iam.Path": ("/", "/a/"),
    "iam.PathPrefix": ("/",),
    "stateMachineArn": (MACHINE, EXPRESS),
    "stateMachineAliasArn": (f"{MACHINE}:live",),
    "stateMachineVersionArn": (f"{MACHINE}:1",),
    "executionArn": (EXECUTION,),
    "activityArn": (ACTIVITY,),
    "stepfunctions.resourceArn": (MACHINE,),
    "stepfunctions.definition": DEFINITIONS[:8],
    "stepfunctions.input": INPUTS[:5],
    "stepfunctions.output": INPUTS[:5],
    "stepfunctions.name": ("m", "made", "live"),
    "stepfunctions.taskToken": ("abc",),
    "logGroupArn": (f"{LOG_GROUP}:*",),
}


def usable(service: str, member: str) -> tuple[str, ...]:
    """Values with which an operation does its work."""
    return USABLE.get(f"{service}.{member}") or USABLE.get(member) or pertinent(member)[:8]
