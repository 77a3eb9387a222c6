package clients;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** What the tests stand on: a server process, an upstream, and connections with their measurements. */
final class Rig implements AutoCloseable {
    /** The upstream echoes; it closes after a chunk that ends in this byte. */
    static final char HANG_UP = '\u0004';

    /** What the upstream answers when the other side has ended its sending. */
    static final String FAREWELL = "bye";

    static final InetAddress HERE = InetAddress.getLoopbackAddress();

    final int port;
    final String upstream;
    private final Process server;
    private final ServerSocket listener;

    Rig() throws Exception {
        try (ServerSocket probe = new ServerSocket(0, 1, HERE)) {
            port = probe.getLocalPort();
        }
        List<String> command = new ArrayList<>(serverCommand());
        command.addAll(List.of("-host", "127.0.0.1", "-port", String.valueOf(port)));
        server = new ProcessBuilder(command)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        Runtime.getRuntime().addShutdownHook(new Thread(server::destroyForcibly));
        listener = new ServerSocket(0, 50, HERE);
        upstream = "127.0.0.1:" + listener.getLocalPort();
        background(this::accept);
        for (int i = 0; !listens(); i++) {
            assertTrue(i < 100, command + " does not listen");
            Thread.sleep(50);
        }
    }

    private static List<String> serverCommand() {
        String command = System.getenv("ACONITE_SERVER_CMD");
        if (command != null && !command.isBlank()) {
            return Arrays.asList(command.split("\\s+"));
        }
        String binary = System.getenv("ACONITE_BIN");
        return List.of(binary != null ? binary : "../../../target/debug/aconite", "server");
    }

    private boolean listens() {
        try (Socket probe = new Socket(HERE, port)) {
            return true;
        } catch (IOException error) {
            return false;
        }
    }

    private static void background(Runnable work) {
        Thread thread = new Thread(work);
        thread.setDaemon(true);
        thread.start();
    }

    private void accept() {
        try {
            while (true) {
                Socket socket = listener.accept();
                background(() -> serve(socket));
            }
        } catch (IOException closed) {
            // The rig is closed.
        }
    }

    private static void serve(Socket socket) {
        try (socket) {
            byte[] buffer = new byte[64 * 1024];
            int count;
            while ((count = socket.getInputStream().read(buffer)) > 0) {
                socket.getOutputStream().write(buffer, 0, count);
                if (buffer[count - 1] == HANG_UP) {
                    return;
                }
            }
            socket.getOutputStream().write(FAREWELL.getBytes(StandardCharsets.US_ASCII));
        } catch (IOException gone) {
            // The other side went first.
        }
    }

    @Override
    public void close() throws Exception {
        server.destroyForcibly().waitFor();
        listener.close();
    }

    /** A connection through the proxy that listens on an address. */
    static final class Connection {
        private final Socket socket;

        Connection(String listen) throws IOException {
            socket = new Socket(HERE, Integer.parseInt(listen.substring(listen.lastIndexOf(':') + 1)));
            socket.setSoTimeout(10_000);
            socket.setTcpNoDelay(true);
        }

        void send(String text) throws IOException {
            socket.getOutputStream().write(text.getBytes(StandardCharsets.US_ASCII));
        }

        void endSending() throws IOException {
            socket.shutdownOutput();
        }

        /** How many milliseconds some bytes took to come back whole. */
        long echo(int size) throws IOException {
            String sent = "0123456789".repeat(size / 10);
            long start = System.nanoTime();
            send(sent);
            byte[] got = socket.getInputStream().readNBytes(size);
            assertEquals(sent, new String(got, StandardCharsets.US_ASCII));
            return since(start);
        }

        /** Everything until the end; a reset is thrown. */
        String rest() throws IOException {
            ByteArrayOutputStream got = new ByteArrayOutputStream();
            socket.getInputStream().transferTo(got);
            return got.toString(StandardCharsets.US_ASCII);
        }

        /** Whether it ends with a reset. */
        boolean isReset() throws IOException {
            try {
                rest();
                return false;
            } catch (SocketException error) {
                return "Connection reset".equals(error.getMessage());
            }
        }

        /** Whether it ends, one way or the other, without a byte. */
        boolean isCut() throws IOException {
            try {
                return rest().isEmpty();
            } catch (SocketException reset) {
                return true;
            }
        }

        /** Whether nothing at all arrives within the time: neither a byte nor the end. */
        boolean holds(int milliseconds) throws IOException {
            socket.setSoTimeout(milliseconds);
            try {
                socket.getInputStream().read();
                return false;
            } catch (SocketTimeoutException nothing) {
                return true;
            } finally {
                socket.setSoTimeout(10_000);
            }
        }
    }

    static long since(long start) {
        return (System.nanoTime() - start) / 1_000_000;
    }

    static void atLeast(long milliseconds, long took) {
        assertTrue(took >= milliseconds, "took " + took + " ms, want at least " + milliseconds);
    }

    /**
     * For what Toxiproxy gets wrong: the number is that of the table in docs/compatibility.md. With
     * ACONITE_EXPECT=reference it passes if and only if the defect shows.
     */
    static void mended(int number, boolean right, String defect) {
        if ("reference".equals(System.getenv("ACONITE_EXPECT"))) {
            assertFalse(right, "defect " + number + " does not show");
            System.out.println("difference: " + number + ": " + defect);
        } else {
            assertTrue(right, "defect " + number + ": " + defect);
        }
    }
}
