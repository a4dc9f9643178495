"""
Durable functions: executions that outlive invocations, by checkpoint and replay.

The function's SDK says what it has done (`CheckpointDurableExecution`); what it waits for is a row
with a time; when something has happened the function is invoked again with all that it has said.

https://docs.aws.amazon.com/lambda/latest/dg/durable-functions.html
"""
