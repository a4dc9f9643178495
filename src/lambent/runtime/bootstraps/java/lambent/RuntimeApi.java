package lambent;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.net.Socket;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;

/** The Lambda Runtime API, over one connection that stays. The JDK's clients take long to load. */
final class RuntimeApi {
    private final String address;
    private final DataInputStream input;
    private final OutputStream output;

    RuntimeApi(String address) throws IOException {
        String[] parts = address.split(":");
        Socket socket = new Socket(parts[0], Integer.parseInt(parts[1]));
        socket.setTcpNoDelay(true);
        this.address = address;
        this.input = new DataInputStream(new BufferedInputStream(socket.getInputStream(), 1 << 16));
        this.output = socket.getOutputStream();
    }

    static final class Answer {
        final Map<String, String> headers = new HashMap<>();
        byte[] body;

        String header(String name) {
            return headers.get(name);
        }
    }

    Answer ask(String method, String path, String headers, byte[] body) throws IOException {
        String head =
            method + " /2018-06-01/runtime/" + path + " HTTP/1.1\r\nHost: " + address + "\r\n"
                + headers + "Content-Length: " + body.length + "\r\n\r\n";
        ByteArrayOutputStream request = new ByteArrayOutputStream(head.length() + body.length);
        request.write(Bootstrap.bytes(head));
        request.write(body);
        request.writeTo(output);
        output.flush();
        return read();
    }

    void fail(String path, Failure failure) throws IOException {
        String headers =
            "Content-Type: application/json\r\nLambda-Runtime-Function-Error-Type: "
                + failure.kind() + "\r\n";
        ask("POST", path, headers, failure.described());
    }

    private Answer read() throws IOException {
        Answer answer = new Answer();
        line();
        for (String line = line(); !line.isEmpty(); line = line()) {
            int colon = line.indexOf(':');
            String name = line.substring(0, colon).toLowerCase(Locale.ROOT);
            answer.headers.put(name, line.substring(colon + 1).trim());
        }
        String length = answer.header("content-length");
        answer.body = new byte[length == null ? 0 : Integer.parseInt(length)];
        input.readFully(answer.body);
        return answer;
    }

    private String line() throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        for (int each = input.read(); each != '\n'; each = input.read()) {
            if (each < 0) {
                throw new EOFException("The server has ended");
            }
            if (each != '\r') {
                line.write(each);
            }
        }
        return Bootstrap.text(line.toByteArray());
    }
}
