"""The names of the world's things, and names of things that are none."""

ACCOUNT = "000000000000"
REGION = "us-east-1"


def arn(service: str, resource: str, account: str = ACCOUNT, region: str = REGION) -> str:
    return f"arn:aws:{service}:{region}:{account}:{resource}"


POLICY = f"arn:aws:iam::{ACCOUNT}:policy/p"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/r"
QUEUE_URL = f"http://127.0.0.1:4566/{ACCOUNT}/q"
FUNCTION = arn("lambda", "function:f")
QUEUE = arn("sqs", "q")
TOPIC = arn("sns", "t")
MACHINE = arn("states", "stateMachine:m")
EXPRESS = arn("states", "stateMachine:x")
ACTIVITY = arn("states", "activity:a")
EXECUTION = arn("states", "execution:m:e")
LOG_GROUP = arn("logs", "log-group:/g")
BUS = arn("events", "event-bus/b")
RULE = arn("events", "rule/r")
ARCHIVE = arn("events", "archive/ar")
SCHEDULE = arn("scheduler", "schedule/default/s")
STACK = arn("cloudformation", "stack/st/1")

ARNS = (
    FUNCTION,
    f"{FUNCTION}:1",
    f"{FUNCTION}:$LATEST",
    QUEUE,
    TOPIC,
    f"{TOPIC}:11111111-2222-3333-4444-555555555555",
    MACHINE,
    EXPRESS,
    f"{MACHINE}:1",
    f"{MACHINE}:live",
    ACTIVITY,
    EXECUTION,
    arn("states", "express:x:e:1"),
    arn("states", "mapRun:m/label:1"),
    LOG_GROUP,
    f"{LOG_GROUP}:*",
    ROLE,
    BUS,
    RULE,
    ARCHIVE,
    arn("events", "connection/c/1"),
    arn("events", "api-destination/d/1"),
    arn("events", "rule/b/"),
    arn("events", "event-bus/"),
    "arn:aws:events:::event-bus",
    SCHEDULE,
    arn("scheduler", "schedule-group/default"),
    STACK,
    "arn:aws:s3:::bucket",
    "arn:aws:s3:::bucket/key",
    "arn:aws:scheduler:::aws-sdk:sqs:sendMessage",
    "arn:aws:scheduler:::aws-sdk:nosuch:thing",
    "arn:aws:states:::sqs:sendMessage",
    f"arn:aws:iam::{ACCOUNT}:policy/p",
    "arn:aws:iam::aws:policy/AdministratorAccess",
    f"arn:aws:iam::{ACCOUNT}:user/u",
    arn("lambda", "function:f", account="999999999999"),
    arn("sqs", "q", region="eu-central-1"),
    arn("sns", "t", region="mars-north-9"),
    arn("dynamodb", "table/x"),
    "arn:aws:lambda:us-east-1",
    "arn:aws:lambda:us-east-1:000000000000:function",
    "arn:aws:lambda:us-east-1:000000000000:function:",
    "arn:aws:lambda:us-east-1:000000000000:function:f:g:h:i",
    "arn:aws:lambda:::",
    "arn:aws:sqs:::q",
    "arn:aws:sns:us-east-1:000000000000:",
    "arn:aws:states:us-east-1:000000000000:stateMachine:",
    "arn:aws:states:us-east-1:000000000000:stateMachine:m:",
    "arn:aws:states:us-east-1:000000000000:execution:m",
    "arn:aws:states:us-east-1:000000000000:execution:m:e:f",
    "arn:aws:logs:us-east-1:000000000000:log-group:",
    "arn:aws:scheduler:us-east-1:000000000000:schedule/",
    "arn:aws:scheduler:us-east-1:000000000000:schedule/default",
    "arn:aws:scheduler:us-east-1:000000000000:schedule/default/s/t/u",
    "arn:aws:iam::000000000000:role/",
    "arn:aws:iam::000000000000:role",
    "arn:aws:iam::abc:role/x",
    "arn:aws-cn:sqs:cn-north-1:000000000000:q",
    "arn:::::",
    "arn:",
    "arn",
    ":::::",
    "arn:aws:sqs:us-east-1:000000000000:\x00",
    "arn:aws:s3:::",
)
