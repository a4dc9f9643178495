package lambent;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** An error as AWS's runtime for Java describes and logs it. */
final class Failure {
    // A record of several lines is one event of the log: this character is its line break.
    static final char RECORD_BREAK = '\u001e';

    private final Throwable error;

    Failure(Throwable error) {
        this.error = error;
    }

    /** A mistake in how the function is made, in words of its own. */
    static final class Fault extends RuntimeException {
        final String kind;

        Fault(String message, String kind) {
            super(message, null, false, false);
            this.kind = kind;
        }
    }

    String kind() {
        return error instanceof Fault ? ((Fault) error).kind : error.getClass().getName();
    }

    byte[] described() {
        return Bootstrap.bytes(JsonWriter.write(described(error, 0)));
    }

    private Map<String, Object> described(Throwable thrown, int depth) {
        Map<String, Object> described = new LinkedHashMap<>();
        described.put("errorMessage", thrown.getMessage());
        described.put("errorType", thrown == error ? kind() : thrown.getClass().getName());
        if (!(thrown instanceof Fault)) {
            described.put("stackTrace", trace(thrown));
        }
        if (thrown.getCause() != null && depth < 20) {
            described.put("cause", described(thrown.getCause(), depth + 1));
        }
        return described;
    }

    private static List<String> trace(Throwable thrown) {
        StackTraceElement[] frames = thrown.getStackTrace();
        int end = 0;
        while (end < frames.length && !frames[end].getClassName().startsWith("lambent.")) {
            end++;
        }
        // What called the handler for us is not the function's either.
        while (end > 0 && end < frames.length && isReflection(frames[end - 1].getClassName())) {
            end--;
        }
        List<String> trace = new ArrayList<>();
        for (int i = 0; i < end; i++) {
            trace.add(frames[i].toString());
        }
        return trace;
    }

    private static boolean isReflection(String name) {
        return name.startsWith("java.lang.reflect.")
            || name.startsWith("jdk.internal.reflect.")
            || name.startsWith("sun.reflect.");
    }

    void log(String requestId) {
        StringBuilder record = new StringBuilder();
        if (error instanceof Fault) {
            record.append(error.getMessage());
        } else {
            record.append(error.getMessage()).append(": ").append(kind());
            for (Throwable each = error; each != null; each = each.getCause()) {
                record.append(each == error ? "\n" : "\nCaused by: ").append(each);
                for (String line : trace(each)) {
                    record.append("\n\tat ").append(line);
                }
            }
        }
        FunctionLog.failed(record.toString(), requestId);
    }
}
