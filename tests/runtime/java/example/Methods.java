package example;

import com.amazonaws.services.lambda.runtime.Context;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.List;

public class Methods {
    public String text(String text) {
        return text + "!";
    }

    public static int number(int number, Context context) {
        return number + context.getMemoryLimitInMB();
    }

    public long sum(List<Long> numbers) {
        return numbers.stream().mapToLong(Long::longValue).sum();
    }

    public void stream(InputStream input, OutputStream output) throws IOException {
        output.write('<');
        for (int each = input.read(); each >= 0; each = input.read()) {
            output.write(each);
        }
        output.write('>');
    }

    public void nothing() {}

    public void several(String text) {}

    public String several(String text, Context context) {
        return "with a context";
    }

    public void fails(Object event) {
        try {
            inner();
        } catch (RuntimeException error) {
            throw new IllegalStateException("as told", error);
        }
    }

    private void inner() {
        throw new UnsupportedOperationException("within");
    }

    public void exits() {
        System.exit(3);
    }

    void hidden() {}
}
