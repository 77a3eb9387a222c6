import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import eu.rekawek.toxiproxy.Proxy;
import eu.rekawek.toxiproxy.ToxiproxyClient;
import eu.rekawek.toxiproxy.model.ToxicDirection;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.testcontainers.containers.GenericContainer;
import org.testcontainers.containers.Network;
import org.testcontainers.junit.jupiter.Container;
import org.testcontainers.junit.jupiter.Testcontainers;
import org.testcontainers.toxiproxy.ToxiproxyContainer;
import org.testcontainers.utility.DockerImageName;

/** Testcontainers' own Toxiproxy module, with another image in it. */
@Testcontainers
class SlowRedisTest {
    /** The swap. All else is as for Toxiproxy. */
    private static final DockerImageName ACONITE =
            DockerImageName.parse("aconite/aconite").asCompatibleSubstituteFor("ghcr.io/shopify/toxiproxy");

    private static final int PROXY_PORT = 8666;

    private static final Network NETWORK = Network.newNetwork();

    @Container
    private static final GenericContainer<?> REDIS = new GenericContainer<>("redis:7-alpine")
            .withNetwork(NETWORK).withNetworkAliases("redis").withExposedPorts(6379);

    @Container
    private static final ToxiproxyContainer PROXIES = new ToxiproxyContainer(ACONITE).withNetwork(NETWORK);

    private Proxy redis;

    @BeforeEach
    void healthy() throws IOException {
        ToxiproxyClient client = new ToxiproxyClient(PROXIES.getHost(), PROXIES.getControlPort());
        redis = client.getProxyOrNull("redis");
        if (redis == null) {
            redis = client.createProxy("redis", "0.0.0.0:" + PROXY_PORT, "redis:6379");
        }
        client.reset();
    }

    @Test
    void latencyIsWhatTheClientWaits() throws IOException {
        redis.toxics().latency("slow", ToxicDirection.DOWNSTREAM, 300);
        long start = System.nanoTime();
        assertEquals("+PONG", ping(Duration.ofSeconds(5)));
        assertTrue(System.nanoTime() - start >= 300_000_000L);
    }

    @Test
    void silenceEndsWithTheClientsPatience() throws IOException {
        redis.toxics().timeout("silent", ToxicDirection.DOWNSTREAM, 0);
        assertThrows(SocketTimeoutException.class, () -> ping(Duration.ofMillis(500)));
    }

    private static String ping(Duration patience) throws IOException {
        try (Socket socket = new Socket()) {
            int millis = (int) patience.toMillis();
            socket.connect(new InetSocketAddress(PROXIES.getHost(), PROXIES.getMappedPort(PROXY_PORT)), millis);
            socket.setSoTimeout(millis);
            socket.getOutputStream().write("PING\r\n".getBytes(StandardCharsets.US_ASCII));
            byte[] answer = socket.getInputStream().readNBytes("+PONG\r\n".length());
            return new String(answer, StandardCharsets.US_ASCII).strip();
        }
    }
}
