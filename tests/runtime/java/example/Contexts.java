package example;

import com.amazonaws.services.lambda.runtime.Context;
import com.amazonaws.services.lambda.runtime.RequestHandler;
import java.util.LinkedHashMap;
import java.util.Map;

public class Contexts implements RequestHandler<Map<String, Object>, Map<String, Object>> {
    private int count;

    @Override
    public Map<String, Object> handleRequest(Map<String, Object> event, Context context) {
        System.out.println("größer: " + event.get("n"));
        context.getLogger().log("one\nevent");
        Map<String, Object> seen = new LinkedHashMap<>();
        seen.put("event", event);
        seen.put("count", ++count);
        seen.put("id", context.getAwsRequestId());
        seen.put("name", context.getFunctionName());
        seen.put("version", context.getFunctionVersion());
        seen.put("arn", context.getInvokedFunctionArn());
        seen.put("memory", context.getMemoryLimitInMB());
        seen.put("group", context.getLogGroupName());
        seen.put("stream", context.getLogStreamName());
        seen.put("left", context.getRemainingTimeInMillis());
        seen.put("identity", context.getIdentity() == null ? null : context.getIdentity().getIdentityId());
        seen.put("custom", context.getClientContext() == null ? null : context.getClientContext().getCustom());
        seen.put("title", context.getClientContext() == null ? null : context.getClientContext().getClient().getAppTitle());
        seen.put("trace", System.getProperty("com.amazonaws.xray.traceHeader"));
        seen.put("kind", System.getenv("AWS_EXECUTION_ENV"));
        seen.put("heap", Runtime.getRuntime().maxMemory() >> 20);
        seen.put("property", System.getProperty("chosen"));
        return seen;
    }
}
