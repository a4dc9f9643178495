package lambent;

import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What LambdaLogger is given, in the function's format and from its level on.
 *
 * <p>https://docs.aws.amazon.com/lambda/latest/dg/java-logging.html
 */
final class FunctionLog {
    // AWS: a message without a level is logged whatever the function's is.
    static final String NO_LEVEL = "UNDEFINED";

    private static final List<String> LEVELS =
        Arrays.asList(NO_LEVEL, "TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL");
    private static final boolean IS_JSON = "JSON".equals(System.getenv("AWS_LAMBDA_LOG_FORMAT"));
    private static final int LEAST = LEVELS.indexOf(System.getenv("AWS_LAMBDA_LOG_LEVEL"));
    private static final DateTimeFormatter TIME =
        DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm:ss.SSS'Z'").withZone(ZoneOffset.UTC);

    private FunctionLog() {}

    /** An error that the handler did not catch. */
    static void failed(String record, String requestId) {
        log(record, IS_JSON ? "ERROR" : NO_LEVEL, requestId);
    }

    static void log(Object said, String level, String requestId) {
        if (!NO_LEVEL.equals(level) && LEVELS.indexOf(level) < LEAST) {
            return;
        }
        if (said instanceof byte[]) {
            // AWS: bytes are written as they are, whatever the format.
            write(Bootstrap.text((byte[]) said));
        } else if (IS_JSON) {
            Map<String, Object> members = new LinkedHashMap<>();
            members.put("timestamp", TIME.format(Instant.now()));
            members.put("message", String.valueOf(said));
            members.put("level", level);
            if (requestId != null) {
                members.put("AWSRequestId", requestId);
            }
            write(JsonWriter.write(members));
        } else {
            write(NO_LEVEL.equals(level) ? String.valueOf(said) : "[" + level + "] " + said);
        }
    }

    /** One event of the log, however many lines it has. */
    private static void write(String record) {
        if (record.endsWith("\n")) {
            record = record.substring(0, record.length() - 1);
        }
        System.out.print(record.replace('\n', Failure.RECORD_BREAK) + "\n");
    }
}
