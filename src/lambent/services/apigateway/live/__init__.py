"""
The data plane: a request to a deployed API, from the door to the reply.

    deployed       which API, stage and deployment; what is compiled of it and kept in memory
    routing        path and method → endpoint
    asked          the request as the rest of this package sees it
    gateway        the walk: authorized? allowed? valid? integration, reply
    authorizing, api_keys, validating     what may end it early, each with a gateway response
    mapping        parameters and templates: from one shape to another
    integrations   calls what is behind: lambda_proxy, aws_calls, HTTP, mock
    answers        what comes back → the reply
    logging, metrics, tracing             what is told of it
"""
