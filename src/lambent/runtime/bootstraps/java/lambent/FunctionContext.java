package lambent;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.Collections;
import java.util.Map;

/**
 * The context object. Its interfaces are in the function's own package, so it is made of proxies.
 *
 * <p>https://docs.aws.amazon.com/lambda/latest/dg/java-context.html
 */
final class FunctionContext implements InvocationHandler {
    static final String NAME = "com.amazonaws.services.lambda.runtime.Context";

    private final Map<String, String> headers;

    private FunctionContext(Map<String, String> headers) {
        this.headers = headers;
    }

    static Object of(Class<?> context, Map<String, String> headers) {
        return proxy(context, new FunctionContext(headers));
    }

    private static Object proxy(Class<?> type, InvocationHandler handler) {
        return Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, handler);
    }

    @Override
    public Object invoke(Object self, Method method, Object[] arguments) {
        Class<?> type = method.getReturnType();
        switch (method.getName()) {
            case "getAwsRequestId":
                return headers.get("lambda-runtime-aws-request-id");
            case "getInvokedFunctionArn":
                return headers.get("lambda-runtime-invoked-function-arn");
            case "getFunctionName":
                return System.getenv("AWS_LAMBDA_FUNCTION_NAME");
            case "getFunctionVersion":
                return System.getenv("AWS_LAMBDA_FUNCTION_VERSION");
            case "getLogGroupName":
                return System.getenv("AWS_LAMBDA_LOG_GROUP_NAME");
            case "getLogStreamName":
                return System.getenv("AWS_LAMBDA_LOG_STREAM_NAME");
            case "getMemoryLimitInMB":
                return Integer.valueOf(System.getenv("AWS_LAMBDA_FUNCTION_MEMORY_SIZE"));
            case "getRemainingTimeInMillis":
                long deadline = Long.parseLong(headers.get("lambda-runtime-deadline-ms"));
                return (int) Math.max(0, deadline - System.currentTimeMillis());
            case "getXrayTraceId":
                return headers.get("lambda-runtime-trace-id");
            case "getLogger":
                return proxy(type, this::log);
            case "getIdentity":
                return told(type, "lambda-runtime-cognito-identity");
            case "getClientContext":
                return told(type, "lambda-runtime-client-context");
            default:
                return plain(this, self, method, arguments);
        }
    }

    private Object told(Class<?> type, String header) {
        String text = headers.get(header);
        return text == null ? null : proxy(type, new Told((Map<?, ?>) JsonReader.read(text)));
    }

    /** What JSON says, behind an interface of getters. */
    private static final class Told implements InvocationHandler {
        private final Map<?, ?> members;

        Told(Map<?, ?> members) {
            this.members = members;
        }

        @Override
        public Object invoke(Object self, Method method, Object[] arguments) {
            if (!method.getName().startsWith("get") || method.getParameterCount() > 0) {
                return plain(this, self, method, arguments);
            }
            String name = Beans.mangled(method.getName().substring(3));
            Object value = members.get("environment".equals(name) ? "env" : name);
            if (value == null && name.startsWith("identity")) {
                // AWS: the header says cognitoIdentityId, the interface getIdentityId.
                value = members.get("cognito" + Character.toUpperCase(name.charAt(0))
                    + name.substring(1));
            }
            if (value instanceof Map && method.getReturnType() != Map.class) {
                return proxy(method.getReturnType(), new Told((Map<?, ?>) value));
            }
            boolean wantsMap = method.getReturnType() == Map.class;
            return value == null && wantsMap ? Collections.emptyMap() : value;
        }
    }

    private Object log(Object self, Method method, Object[] arguments) {
        if (!"log".equals(method.getName())) {
            return plain(headers, self, method, arguments);
        }
        String level = arguments.length > 1 ? arguments[1].toString() : FunctionLog.NO_LEVEL;
        FunctionLog.log(arguments[0], level, headers.get("lambda-runtime-aws-request-id"));
        return null;
    }

    /** What every object has. Members that AWS adds later are null. */
    private static Object plain(Object of, Object self, Method method, Object[] arguments) {
        switch (method.getName()) {
            case "equals":
                return self == arguments[0];
            case "hashCode":
                return System.identityHashCode(self);
            case "toString":
                return of.getClass().getName();
            default:
                return null;
        }
    }
}
