package clients;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import eu.rekawek.toxiproxy.Proxy;
import eu.rekawek.toxiproxy.ToxiproxyClient;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executors;
import okhttp3.MediaType;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.RequestBody;
import okhttp3.Response;
import org.apache.hc.client5.http.classic.methods.HttpGet;
import org.apache.hc.client5.http.impl.classic.CloseableHttpClient;
import org.apache.hc.client5.http.impl.classic.HttpClients;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The clients that Java programs use, against an API whose answers go wrong. */
class HttpClientsTest {
    private static Rig rig;
    private static HttpServer upstream;
    private static final HttpClient API = HttpClient.newHttpClient();
    private static final Queue<String> SEEN = new ConcurrentLinkedQueue<>();
    private String url;

    @BeforeAll
    static void start() throws Exception {
        rig = new Rig();
        upstream = HttpServer.create(new InetSocketAddress(Rig.HERE, 0), 0);
        upstream.setExecutor(Executors.newCachedThreadPool(work -> {
            Thread thread = new Thread(work);
            thread.setDaemon(true);
            return thread;
        }));
        upstream.createContext("/", HttpClientsTest::serve);
        upstream.start();
    }

    @AfterAll
    static void stop() throws Exception {
        upstream.stop(0);
        rig.close();
    }

    private static void serve(HttpExchange exchange) throws IOException {
        int size = exchange.getRequestBody().readAllBytes().length;
        String path = exchange.getRequestURI().getPath();
        SEEN.add(exchange.getRequestMethod() + " " + path);
        byte[] text = (path + " " + size).getBytes(StandardCharsets.US_ASCII);
        exchange.sendResponseHeaders(200, text.length);
        try (exchange) {
            exchange.getResponseBody().write(text);
        }
    }

    @BeforeEach
    void createProxy() throws Exception {
        SEEN.clear();
        String address = "http://127.0.0.1:" + upstream.getAddress().getPort();
        call("POST", "/proxies", "{'name': 'api', 'listen': '127.0.0.1:0', 'upstream': '" + address + "'}");
        Proxy proxy = new ToxiproxyClient("127.0.0.1", rig.port).getProxy("api");
        url = "http://" + proxy.getListen();
    }

    @AfterEach
    void deleteProxy() throws Exception {
        call("DELETE", "/proxies/api", "");
    }

    private static String call(String method, String path, String body) throws Exception {
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + rig.port + path))
                .method(method, BodyPublishers.ofString(body.replace('\'', '"')))
                .build();
        HttpResponse<String> answer = API.send(request, BodyHandlers.ofString());
        assertTrue(answer.statusCode() < 300, answer.body());
        return answer.body();
    }

    private void add(String toxic) throws Exception {
        call("POST", "/proxies/api/toxics", toxic);
    }

    @Test
    void httpClientSharesAConnectionBetweenGivenAndRealAnswers() throws Exception {
        add("{'type': 'respond', 'attributes': {'status': 503, 'retry_after': 7}, 'body': 'later',"
                + " 'match': {'http': {'method': 'PUT'}}}");
        HttpClient client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
        for (int i = 0; i < 5; i++) {
            HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(url + "/a"));
            var body = BodyPublishers.ofByteArray(new byte[200_000]);
            HttpResponse<String> given = client.send(request.PUT(body).build(), BodyHandlers.ofString());
            assertEquals("503 later", given.statusCode() + " " + given.body());
            assertEquals("7", given.headers().firstValue("Retry-After").orElseThrow());
            HttpResponse<String> real = client.send(request.POST(body).build(), BodyHandlers.ofString());
            assertEquals("/a 200000", real.body());
        }
        assertEquals(List.of("POST /a", "POST /a", "POST /a", "POST /a", "POST /a"), List.copyOf(SEEN));
        assertTrue(call("GET", "/proxies/api/toxics/respond_downstream/stats", "").contains("\"acted\":5"));
    }

    /** HttpClient's default asks for HTTP/2 with an Upgrade, which a server may ignore. */
    @Test
    void httpClientsOfferOfHttp2IsNoTrouble() throws Exception {
        add("{'type': 'latency', 'attributes': {'latency': 300}, 'match': {'http': {'path': '/slow'}}}");
        HttpRequest request = HttpRequest.newBuilder(URI.create(url + "/slow")).build();
        long start = System.nanoTime();
        assertEquals("/slow 0", API.send(request, BodyHandlers.ofString()).body());
        Rig.atLeast(300, Rig.since(start));
    }

    @Test
    void okHttpRepeatsARequestThatWasResetOnAConnectionOfItsPool() throws Exception {
        OkHttpClient client = new OkHttpClient();
        Request request = new Request.Builder().url(url + "/a").build();
        try (Response first = client.newCall(request).execute()) {
            assertEquals("/a 0", first.body().string());
        }
        add("{'type': 'reset_peer', 'match': {'http': {'requests': '1'}}}");
        try (Response again = client.newCall(request).execute()) {
            assertEquals("/a 0", again.body().string());
        }
        client.connectionPool().evictAll();
        client.dispatcher().executorService().shutdown();
    }

    @Test
    void okHttpReportsAnAnswerThatIsCut() throws Exception {
        add("{'type': 'limit_data', 'attributes': {'bytes': 0}, 'match': {'http': {'after': {'bytes': 2}}}}");
        OkHttpClient client = new OkHttpClient.Builder().retryOnConnectionFailure(false).build();
        RequestBody body = RequestBody.create("x", MediaType.get("text/plain"));
        Request request = new Request.Builder().url(url + "/a").post(body).build();
        assertThrows(IOException.class, () -> {
            try (Response answer = client.newCall(request).execute()) {
                answer.body().string();
            }
        });
        client.dispatcher().executorService().shutdown();
    }

    @Test
    void apacheWaitsAsRetryAfterSaysAndTriesAgain() throws Exception {
        add("{'type': 'respond', 'attributes': {'status': 503, 'retry_after': 1},"
                + " 'match': {'http': {'requests': '1'}}}");
        long start = System.nanoTime();
        try (CloseableHttpClient client = HttpClients.createDefault()) {
            int status = client.execute(new HttpGet(url + "/a"), answer -> answer.getCode());
            assertEquals(200, status);
        }
        Rig.atLeast(1000, Rig.since(start));
        assertEquals(List.of("GET /a"), List.copyOf(SEEN));
    }

    /** Attributes of the kinds that Toxiproxy has stay integers, so the published client lists them. */
    @Test
    void toxiproxyJavaListsAProxyWhoseLatencyHasAMatch() throws Exception {
        add("{'type': 'latency', 'attributes': {'latency': 5},"
                + " 'match': {'http': {'path': '/a*', 'headers': {'X-A': true}}}}");
        Proxy proxy = new ToxiproxyClient("127.0.0.1", rig.port).getProxy("api");
        assertEquals("latency_downstream", proxy.toxics().getAll().get(0).getName());
    }
}
