package example;

import com.amazonaws.services.lambda.runtime.Context;
import com.amazonaws.services.lambda.runtime.LambdaLogger;
import com.amazonaws.services.lambda.runtime.RequestHandler;
import com.amazonaws.services.lambda.runtime.logging.LogLevel;
import java.nio.charset.StandardCharsets;

public class Logs implements RequestHandler<Object, String> {
    @Override
    public String handleRequest(Object event, Context context) {
        LambdaLogger logger = context.getLogger();
        logger.log("plain\nlines");
        logger.log("finely", LogLevel.DEBUG);
        logger.log("größer", LogLevel.WARN);
        logger.log("bytes".getBytes(StandardCharsets.UTF_8));
        System.out.println("printed");
        if ("fail".equals(event)) {
            throw new IllegalStateException("as told");
        }
        return logger.toString();
    }
}
