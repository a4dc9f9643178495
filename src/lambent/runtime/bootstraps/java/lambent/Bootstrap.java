package lambent;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOError;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;

/** Runs a Java handler: asks the Runtime API for invocations and answers them, without end. */
public final class Bootstrap {
    private static final String TRACE = "com.amazonaws.xray.traceHeader";

    private Bootstrap() {}

    public static void main(String[] arguments) throws IOException {
        System.setOut(unbuffered(FileDescriptor.out));
        System.setErr(unbuffered(FileDescriptor.err));
        RuntimeApi api = new RuntimeApi(System.getenv("AWS_LAMBDA_RUNTIME_API"));
        Handler handler = load(api);
        while (true) {
            serve(api, handler);
        }
    }

    private static PrintStream unbuffered(FileDescriptor descriptor) throws IOException {
        return new PrintStream(new FileOutputStream(descriptor), true, "UTF-8");
    }

    private static Handler load(RuntimeApi api) throws IOException {
        try {
            return Handler.load(System.getenv("_HANDLER"));
        } catch (Throwable error) { // Static blocks and constructors may throw anything.
            Failure failure = new Failure(error);
            failure.log(null);
            api.fail("init/error", failure);
            System.exit(1);
            return null;
        }
    }

    private static void serve(RuntimeApi api, Handler handler) throws IOException {
        RuntimeApi.Answer invocation = api.ask("GET", "invocation/next", "", new byte[0]);
        String requestId = invocation.header("lambda-runtime-aws-request-id");
        String path = "invocation/" + requestId;
        String trace = invocation.header("lambda-runtime-trace-id");
        if (trace == null) {
            System.clearProperty(TRACE);
        } else {
            System.setProperty(TRACE, trace);
        }
        byte[] answer;
        try {
            answer = handler.call(invocation.body, invocation);
        } catch (Throwable error) {
            Failure failure = new Failure(error);
            failure.log(requestId);
            api.fail(path + "/error", failure);
            if (error instanceof VirtualMachineError || error instanceof IOError) {
                // AWS: after these nothing of the process can be relied upon.
                System.exit(1);
            }
            return;
        }
        api.ask("POST", path + "/response", "Content-Type: application/json\r\n", answer);
    }

    static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.UTF_8);
    }
}
