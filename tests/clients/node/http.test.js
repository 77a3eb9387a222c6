// fetch, the openai package and ws against an API whose answers go wrong.
import assert from "node:assert/strict";
import { once } from "node:events";
import http from "node:http";
import { after, before, beforeEach, afterEach, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import OpenAI from "openai";
import { WebSocket, WebSocketServer } from "ws";
import { atLeast, startServer } from "./rig.js";

const TOKENS = ["one ", "two ", "three ", "four ", "five ", "six "];

let server;
let upstream;
let proxy;
let seen = [];

const chunk = (token, finish = null) => ({
  id: "c1", object: "chat.completion.chunk", created: 1, model: "m",
  choices: [{ index: 0, delta: token ? { content: token } : {}, finish_reason: finish }],
});

const stream = async (response) => {
  response.writeHead(200, { "content-type": "text/event-stream" });
  for (const token of TOKENS) response.write(`data: ${JSON.stringify(chunk(token))}\n\n`);
  response.write(`data: ${JSON.stringify(chunk(null, "stop"))}\n\n`);
  response.end("data: [DONE]\n\n");
};

const serve = async (request, response) => {
  seen.push(`${request.method} ${request.url}`);
  let size = 0;
  for await (const part of request) size += part.length;
  if (request.url === "/v1/chat/completions") await stream(response);
  else response.end(JSON.stringify({ url: request.url, size }));
};

before(async () => {
  server = await startServer();
  upstream = http.createServer(serve);
  const sockets = new WebSocketServer({ server: upstream });
  sockets.on("connection", (socket) => socket.on("message", (data, binary) => socket.send(data, { binary })));
  upstream.listen(0, "127.0.0.1");
  await once(upstream, "listening");
});
after(() => {
  server.stop();
  upstream.closeAllConnections();
  upstream.close();
});

const call = async (method, path, body) => {
  const answer = await fetch(server.url + path, { method, body: body && JSON.stringify(body) });
  assert.ok(answer.ok, `${method} ${path}: ${await answer.clone().text()}`);
  return method === "DELETE" ? null : answer.json();
};
const add = (toxic) => call("POST", "/proxies/api/toxics", toxic);

beforeEach(async () => {
  seen = [];
  const body = { name: "api", listen: "127.0.0.1:0", upstream: `http://127.0.0.1:${upstream.address().port}` };
  const made = await call("POST", "/proxies", body);
  proxy = `http://${made.listen}`;
});
afterEach(() => call("DELETE", "/proxies/api"));

const openai = (maxRetries) => new OpenAI({ apiKey: "k", baseURL: `${proxy}/v1`, maxRetries });
const chat = (client) => client.chat.completions.create({
  model: "m", messages: [{ role: "user", content: "hello" }], stream: true,
});

test("fetch gets a given answer, and the next real one", async () => {
  await add({ type: "respond", attributes: { status: 429, retry_after: 3 }, body: "later", match: { http: { requests: "1" } } });
  const given = await fetch(`${proxy}/a`, { method: "POST", body: "x".repeat(100_000) });
  assert.equal(given.status, 429);
  assert.equal(given.headers.get("retry-after"), "3");
  assert.equal(await given.text(), "later");
  const real = await (await fetch(`${proxy}/a`, { method: "POST", body: "x".repeat(100_000) })).json();
  assert.deepEqual(real, { url: "/a", size: 100_000 });
  assert.deepEqual(seen, ["POST /a"]);
});

test("fetch fails in the middle of a stream that is reset after three events", async () => {
  await add({ type: "reset_peer", match: { http: { content_type: "text/event-stream", after: { events: 3 } } } });
  const answer = await fetch(`${proxy}/v1/chat/completions`, { method: "POST", body: "{}" });
  assert.equal(answer.status, 200);
  await assert.rejects(answer.text());
});

test("tokens come one by one, as slow as asked", async () => {
  await add({ type: "slicer", attributes: { average_size: 65536, delay: 100_000 }, match: { http: { split: "events" } } });
  const start = performance.now();
  const times = [];
  for await (const part of await chat(openai(0))) {
    if (part.choices[0].delta.content) times.push(performance.now() - start);
  }
  assert.equal(times.length, TOKENS.length);
  for (let index = 1; index < times.length; index += 1) {
    assert.ok(times.at(index) - times.at(index - 1) > 50, `at ${times.map(Math.round)} ms`);
  }
  atLeast(500, times.at(-1));
});

test("the openai package waits before it tries again, and then succeeds", async () => {
  await add({ type: "respond", preset: "openai-rate-limit", attributes: { retry_after: 1 }, match: { http: { requests: "1-2" } } });
  const start = performance.now();
  let text = "";
  for await (const part of await chat(openai(3))) text += part.choices[0].delta.content ?? "";
  atLeast(2000, performance.now() - start);
  assert.equal(text, TOKENS.join(""));
  const { requests, retries } = await call("GET", "/proxies/api/toxics/respond_downstream/stats");
  assert.equal(requests.acted, 2);
  assert.equal(retries.early, 0);
});

test("the openai package raises its own error for a preset", async () => {
  await add({ type: "respond", preset: "openai-rate-limit" });
  await assert.rejects(chat(openai(0)), OpenAI.RateLimitError);
});

test("the openai package does not notice a stream that ends early and cleanly", async () => {
  await add({ type: "limit_data", attributes: { bytes: 0 }, end: "message", match: { http: { after: { events: 3 } } } });
  const parts = [];
  for await (const part of await chat(openai(0))) parts.push(part.choices[0]);
  assert.equal(parts.length, 3);
  assert.equal(parts.at(-1).finish_reason, null);
});

test("a websocket passes byte for byte beside a rule, and its handshake can be refused", async () => {
  await add({ type: "latency", attributes: { latency: 50 }, match: { http: { path: "/slow" } } });
  await add({ type: "respond", attributes: { status: 503 }, match: { http: { path: "/refused" } } });
  const socket = new WebSocket(proxy.replace("http", "ws") + "/ws");
  await once(socket, "open");
  const data = Buffer.alloc(1_000_000, "0123456789abcdef\r\n\r\n");
  socket.send(data);
  const [got] = await once(socket, "message");
  assert.ok(data.equals(got));
  socket.close();
  const refused = new WebSocket(proxy.replace("http", "ws") + "/refused");
  const [error] = await once(refused, "error");
  assert.match(error.message, /503/);
  await sleep(0);
});
