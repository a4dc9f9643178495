package lambent;

import java.lang.reflect.Array;
import java.nio.ByteBuffer;
import java.util.Base64;
import java.util.Date;
import java.util.Map;
import java.util.Optional;

/** Objects into JSON, as AWS's runtime writes them: by their getters and public fields. */
final class JsonWriter {
    private final StringBuilder json = new StringBuilder();

    private JsonWriter() {}

    static String write(Object value) {
        JsonWriter writer = new JsonWriter();
        writer.value(value);
        return writer.json.toString();
    }

    private void value(Object value) {
        if (value == null || value instanceof Boolean) {
            json.append(value);
        } else if (value instanceof Number) {
            number((Number) value);
        } else if (value instanceof Map) {
            object((Map<?, ?>) value);
        } else if (value instanceof Iterable && !(value instanceof java.nio.file.Path)) {
            array((Iterable<?>) value);
        } else if (value instanceof byte[]) {
            string(Base64.getEncoder().encodeToString((byte[]) value));
        } else if (value instanceof ByteBuffer) {
            string(Bootstrap.text(Base64.getEncoder().encode((ByteBuffer) value).array()));
        } else if (value.getClass().isArray()) {
            elements(value);
        } else if (value instanceof Optional) {
            value(((Optional<?>) value).orElse(null));
        } else if (value instanceof Date) {
            json.append(((Date) value).getTime());
        } else if (value instanceof Enum) {
            string(((Enum<?>) value).name());
        } else if (isText(value)) {
            string(value.toString());
        } else {
            object(Beans.of(value.getClass()).values(value));
        }
    }

    private static boolean isText(Object value) {
        String name = value.getClass().getName();
        return value instanceof CharSequence
            || value instanceof Character
            || value instanceof Class
            || value instanceof java.io.File
            || value instanceof java.nio.file.Path
            || value instanceof java.util.UUID
            || name.startsWith("java.time.")
            || name.startsWith("java.net.")
            || name.startsWith("org.joda.time.");
    }

    private void number(Number number) {
        String written = number.toString();
        if (written.equals("NaN") || written.endsWith("Infinity")) {
            string(written);
        } else {
            json.append(written);
        }
    }

    private void object(Map<?, ?> members) {
        char before = '{';
        for (Map.Entry<?, ?> member : members.entrySet()) {
            json.append(before);
            before = ',';
            string(String.valueOf(member.getKey()));
            json.append(':');
            value(member.getValue());
        }
        json.append(before == '{' ? "{}" : "}");
    }

    private void array(Iterable<?> elements) {
        char before = '[';
        for (Object element : elements) {
            json.append(before);
            before = ',';
            value(element);
        }
        json.append(before == '[' ? "[]" : "]");
    }

    private void elements(Object array) {
        json.append('[');
        for (int i = 0; i < Array.getLength(array); i++) {
            if (i > 0) {
                json.append(',');
            }
            value(Array.get(array, i));
        }
        json.append(']');
    }

    private void string(String text) {
        json.append('"');
        for (int i = 0; i < text.length(); i++) {
            char each = text.charAt(i);
            int which = "\"\\\b\f\n\r\t".indexOf(each);
            if (which >= 0) {
                json.append('\\').append("\"\\bfnrt".charAt(which));
            } else if (each < ' ') {
                json.append(String.format("\\u%04x", (int) each));
            } else {
                json.append(each);
            }
        }
        json.append('"');
    }
}
