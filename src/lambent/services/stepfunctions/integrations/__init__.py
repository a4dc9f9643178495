"""
What a Task state can call: one table from the Resource to an API call, and the way back.

    table      which operation a Resource names, and what is special about it
    spelling   Step Functions' names (those of the AWS SDK for Java) ↔ boto3's members
    failures   an error of the call as the error name and the cause that Retry and Catch see
    nested     states:startExecution.sync
    http_requests, http_invoke   http:invoke
    api_gateway_requests, api_gateway   apigateway:invoke
    calls      makes the call
"""
