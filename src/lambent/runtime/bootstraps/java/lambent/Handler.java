package lambent;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.Type;
import java.util.Arrays;
import java.util.Comparator;

/**
 * The function's own method: {@code package.Class::method}, or a class with the interface.
 *
 * <p>https://docs.aws.amazon.com/lambda/latest/dg/java-handler.html
 */
final class Handler {
    private static final String[] INTERFACES = {
        "com.amazonaws.services.lambda.runtime.RequestHandler",
        "com.amazonaws.services.lambda.runtime.RequestStreamHandler",
    };
    private static final byte[] NULL = {'n', 'u', 'l', 'l'};

    private final Object instance;
    private final Method method;
    private final Types types;
    private final Class<?> context; // null if the method does not want it
    private final int plain; // how many parameters there are but for the context

    private Handler(Object instance, Method method, Types types) {
        this.instance = instance;
        this.method = method;
        this.types = types;
        Class<?>[] wanted = method.getParameterTypes();
        Class<?> last = wanted.length == 0 ? null : wanted[wanted.length - 1];
        this.context = isContext(last) ? last : null;
        this.plain = wanted.length - (context == null ? 0 : 1);
    }

    static Handler load(String name) throws Throwable {
        String[] parts = name.split("::", 2);
        Class<?> type = find(parts[0]);
        if (parts.length == 1 && !hasInterface(type)) {
            throw new Failure.Fault(
                "Class " + type.getName() + " does not implement an appropriate handler interface."
                    + " Expected RequestHandler or RequestStreamHandler.", "Runtime.InvalidHandler");
        }
        Method method = choose(type, parts.length == 1 ? "handleRequest" : parts[1]);
        method.setAccessible(true);
        boolean isStatic = Modifier.isStatic(method.getModifiers());
        return new Handler(isStatic ? null : instance(type), method, Types.in(type));
    }

    private static Class<?> find(String name) throws Throwable {
        try {
            return Class.forName(name);
        } catch (ClassNotFoundException error) {
            String kind = error.getClass().getName();
            throw new Failure.Fault("Class not found: " + name, kind);
        } catch (ExceptionInInitializerError error) {
            throw error.getCause() == null ? error : error.getCause();
        }
    }

    private static boolean hasInterface(Class<?> type) {
        for (String name : INTERFACES) {
            try {
                if (Class.forName(name).isAssignableFrom(type)) {
                    return true;
                }
            } catch (ClassNotFoundException absent) {
                // Then the function's class cannot have it.
            }
        }
        return false;
    }

    private static Method choose(Class<?> type, String name) {
        // AWS: of several methods, the one with a context, then the one with the most parameters.
        return Arrays.stream(type.getMethods())
            .filter(each -> each.getName().equals(name) && !each.isBridge() && isHandler(each))
            .max(
                Comparator.comparing(Handler::wantsContext)
                    .thenComparing(Method::getParameterCount))
            .orElseThrow(() -> new Failure.Fault(
                "No public method named " + name + " with appropriate method signature found on"
                    + " class " + type.getName(), "Runtime.HandlerNotFound"));
    }

    private static boolean isContext(Class<?> type) {
        return type != null && type.getName().equals(FunctionContext.NAME);
    }

    private static boolean wantsContext(Method method) {
        Class<?>[] wanted = method.getParameterTypes();
        return wanted.length > 0 && isContext(wanted[wanted.length - 1]);
    }

    private static boolean isHandler(Method method) {
        Class<?>[] wanted = method.getParameterTypes();
        int plain = wanted.length - (wantsContext(method) ? 1 : 0);
        return plain < 2
            || plain == 2 && wanted[0] == InputStream.class && wanted[1] == OutputStream.class;
    }

    private static Object instance(Class<?> type) throws Throwable {
        try {
            return type.getConstructor().newInstance();
        } catch (NoSuchMethodException error) {
            throw new Failure.Fault(
                "Class " + type.getName() + " has no public zero-argument constructor",
                NoSuchMethodException.class.getName());
        } catch (InvocationTargetException error) {
            throw error.getCause();
        }
    }

    byte[] call(byte[] event, RuntimeApi.Answer invocation) throws Throwable {
        Class<?>[] wanted = method.getParameterTypes();
        Object[] arguments = new Object[wanted.length];
        ByteArrayOutputStream output = new ByteArrayOutputStream();
        Type[] kinds = method.getGenericParameterTypes();
        for (int i = 0; i < plain; i++) {
            arguments[i] = wanted[i] == OutputStream.class ? output
                : wanted[i] == InputStream.class ? new ByteArrayInputStream(event)
                : parsed(event, kinds[i]);
        }
        if (context != null) {
            arguments[plain] = FunctionContext.of(context, invocation.headers);
        }
        Object answer;
        try {
            answer = method.invoke(instance, arguments);
        } catch (InvocationTargetException error) {
            throw error.getCause();
        }
        boolean streams = Arrays.asList(wanted).contains(OutputStream.class);
        return streams ? output.toByteArray() : written(answer);
    }

    private Object parsed(byte[] event, Type type) {
        try {
            return Mapping.map(JsonReader.read(Bootstrap.text(event)), type, types);
        } catch (ReflectiveOperationException | RuntimeException | StackOverflowError error) {
            // AWS's words.
            throw new RuntimeException("An error occurred during JSON parsing", error);
        }
    }

    private byte[] written(Object answer) {
        if (answer == null) {
            return NULL;
        }
        try {
            return Bootstrap.bytes(JsonWriter.write(answer));
        } catch (RuntimeException | StackOverflowError error) {
            String words = "An error occurred during JSON serialization of response";
            throw new RuntimeException(words, error);
        }
    }
}
