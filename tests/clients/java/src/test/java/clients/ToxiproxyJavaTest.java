package clients;

import static clients.Rig.HANG_UP;
import static clients.Rig.atLeast;
import static clients.Rig.mended;
import static clients.Rig.since;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import clients.Rig.Connection;
import eu.rekawek.toxiproxy.Proxy;
import eu.rekawek.toxiproxy.ToxiproxyClient;
import eu.rekawek.toxiproxy.model.Toxic;
import eu.rekawek.toxiproxy.model.ToxicDirection;
import eu.rekawek.toxiproxy.model.toxic.Latency;
import eu.rekawek.toxiproxy.model.toxic.Slicer;
import eu.rekawek.toxiproxy.model.toxic.Timeout;
import java.io.IOException;
import java.net.ConnectException;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The published Java client against a running server. It does not know populate. */
class ToxiproxyJavaTest {
    private static final ToxicDirection UP = ToxicDirection.UPSTREAM;
    private static final ToxicDirection DOWN = ToxicDirection.DOWNSTREAM;

    private static Rig rig;
    private static ToxiproxyClient client;
    private Proxy proxy;

    @BeforeAll
    static void start() throws Exception {
        rig = new Rig();
        client = new ToxiproxyClient("127.0.0.1", rig.port);
    }

    @AfterAll
    static void stop() throws Exception {
        rig.close();
    }

    @BeforeEach
    void createProxy() throws IOException {
        proxy = client.createProxy("echo", "127.0.0.1:0", rig.upstream);
    }

    @AfterEach
    void deleteProxies() throws IOException {
        for (Proxy each : client.getProxies()) {
            each.delete();
        }
    }

    private Connection connect() throws IOException {
        return new Connection(proxy.getListen());
    }

    @Test
    void version() throws IOException {
        assertTrue(client.version().contains("\"2."), client.version());
    }

    @Test
    void createListGetDelete() throws IOException {
        assertFalse(proxy.getListen().endsWith(":0"));
        assertEquals(1, client.getProxies().size());
        Proxy found = client.getProxy("echo");
        assertEquals(proxy.getListen(), found.getListen());
        assertEquals(rig.upstream, found.getUpstream());
        assertTrue(found.isEnabled());
        connect().echo(100);
        found.delete();
        assertThrows(ConnectException.class, this::connect);
        assertNull(client.getProxyOrNull("echo"));
    }

    @Test
    void setListenAndUpstream() throws Exception {
        String before = proxy.getListen();
        proxy.setListen("127.0.0.1:0");
        proxy = client.getProxy("echo");
        assertFalse(before.equals(proxy.getListen()));
        connect().echo(10);
        try (Rig other = new Rig()) {
            proxy.setUpstream(other.upstream);
            assertEquals(other.upstream, client.getProxy("echo").getUpstream());
            connect().echo(10);
        }
    }

    @Test
    void toggleWithALiveConnection() throws IOException {
        Connection live = connect();
        live.echo(10);
        proxy.disable();
        assertFalse(client.getProxy("echo").isEnabled());
        assertTrue(live.isCut());
        assertThrows(ConnectException.class, this::connect);
        proxy.enable();
        connect().echo(10);
    }

    @Test
    void latencyAndItsUpdates() throws IOException {
        Connection live = connect();
        Latency latency = proxy.toxics().latency("slow", UP, 150);
        atLeast(150, live.echo(10));
        latency.setJitter(1).setLatency(301);
        assertEquals(301, latency.getLatency());
        assertEquals(1, latency.getJitter());
        atLeast(300, live.echo(10));
        latency.setToxicity(0.5f);
        Latency found = proxy.toxics().get("slow", Latency.class);
        assertEquals(0.5f, found.getToxicity());
        assertEquals(301, found.getLatency());
        assertEquals(UP, found.getStream());
        found.remove();
        assertTrue(proxy.toxics().getAll().isEmpty());
    }

    @Test
    void toxicityDecidesForNewConnections() throws IOException {
        Timeout hole = proxy.toxics().timeout("hole", DOWN, 0);
        hole.setToxicity(0);
        connect().echo(10);
        hole.setToxicity(1);
        Connection connection = connect();
        connection.send("lost");
        assertTrue(connection.holds(200));
    }

    @Test
    void bandwidth() throws IOException {
        proxy.toxics().bandwidth("thin", DOWN, 1).setRate(100);
        atLeast(400, connect().echo(50_000));
    }

    /** How Testcontainers cuts a connection: nothing passes in either direction, and all of it later. */
    @Test
    void bandwidthOfZeroKeepsTheData() throws IOException {
        Connection live = connect();
        live.echo(10);
        Toxic down = proxy.toxics().bandwidth("CUT_CONNECTION_DOWNSTREAM", DOWN, 0);
        Toxic up = proxy.toxics().bandwidth("CUT_CONNECTION_UPSTREAM", UP, 0);
        live.send("kept" + HANG_UP);
        assertTrue(live.holds(300));
        down.remove();
        up.remove();
        assertEquals("kept" + HANG_UP, live.rest());
    }

    @Test
    void slowClose() throws IOException {
        proxy.toxics().slowClose("slow", DOWN, 1).setDelay(300);
        Connection connection = connect();
        long start = System.nanoTime();
        connection.send("last" + HANG_UP);
        assertEquals("last" + HANG_UP, connection.rest());
        atLeast(300, since(start));
    }

    @Test
    void timeoutCloses() throws IOException {
        proxy.toxics().timeout("hole", DOWN, 1).setTimeout(300);
        long start = System.nanoTime();
        Connection connection = connect();
        connection.send("lost");
        assertTrue(connection.isCut());
        atLeast(300, since(start));
    }

    @Test
    void timeoutOfZeroHoldsUntilRemoved() throws IOException {
        Timeout hole = proxy.toxics().timeout("hole", DOWN, 0);
        Connection connection = connect();
        connection.send("lost");
        assertTrue(connection.holds(300));
        hole.remove();
        assertTrue(connection.isCut());
    }

    @Test
    void slicerKeepsEveryByte() throws IOException {
        Slicer slicer = proxy.toxics().slicer("slices", DOWN, 50, 10_000);
        slicer.setAverageSize(100).setSizeVariation(10).setDelay(9_000);
        assertEquals(List.of(100L, 10L, 9_000L),
                List.of(slicer.getAverageSize(), slicer.getSizeVariation(), slicer.getDelay()));
        atLeast(60, connect().echo(1000));
    }

    @Test
    void limitData() throws IOException {
        proxy.toxics().limitData("limit", DOWN, 1).setBytes(10);
        Connection connection = connect();
        connection.send("0123456789, and this is too much");
        assertEquals("0123456789", connection.rest());
    }

    @Test
    void resetPeer() throws IOException {
        proxy.toxics().resetPeer("reset", DOWN, 1).setTimeout(100);
        long start = System.nanoTime();
        Connection connection = connect();
        connection.send("lost");
        assertTrue(connection.isReset());
        atLeast(100, since(start));
    }

    @Test
    void reset() throws IOException {
        proxy.toxics().timeout("hole", DOWN, 0);
        proxy.disable();
        client.reset();
        assertTrue(client.getProxy("echo").isEnabled());
        assertTrue(proxy.toxics().getAll().isEmpty());
        connect().echo(10);
    }

    @Test
    void errors() throws IOException {
        proxy.toxics().latency("slow", DOWN, 1);
        fails("[404] proxy not found", () -> client.getProxy("nobody"));
        fails("[409] proxy already exists", () -> client.createProxy("echo", "127.0.0.1:0", rig.upstream));
        fails("[409] toxic already exists", () -> proxy.toxics().timeout("slow", DOWN, 1));
        fails("[404] toxic not found", () -> proxy.toxics().get("nothing"));
        fails("[400] missing required field: upstream", () -> client.createProxy("half", "127.0.0.1:0", ""));
    }

    private static void fails(String message, org.junit.jupiter.api.function.Executable call) {
        assertEquals(message, assertThrows(IOException.class, call).getMessage());
    }

    @Test
    void mended06ResetOfALiveConnection() throws IOException {
        Connection live = connect();
        live.echo(10);
        proxy.toxics().resetPeer("reset", DOWN, 0);
        live.send("lost");
        mended(6, live.isReset(), "a live connection ends orderly instead of with a reset");
    }

    @Test
    void mended07HalfClose() throws IOException {
        Connection connection = connect();
        connection.echo(10);
        connection.endSending();
        mended(7, connection.rest().equals(Rig.FAREWELL), "the answer to the end of the request is lost");
    }
}
