// The published Node client against a running server.
import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import { Toxiproxy, ToxiproxyError } from "toxiproxy-node-client";
import { Connection, FAREWELL, HANG_UP, atLeast, mended, refused, startServer, startUpstream } from "./rig.js";

let server, upstream, toxiproxy, proxy;

before(async () => {
  server = await startServer();
  upstream = await startUpstream();
  toxiproxy = new Toxiproxy(server.url);
});

after(() => {
  upstream.stop();
  server.stop();
});

const config = (name, more = {}) => ({ name, listen: "127.0.0.1:0", upstream: upstream.address, ...more });

beforeEach(async () => {
  for (const old of Object.values(await toxiproxy.getAll())) await old.remove();
  proxy = await toxiproxy.createProxy(config("echo"));
});

const toxic = (type, attributes, more = {}) =>
  proxy.addToxic({ name: "toxic", type, stream: "downstream", toxicity: 1, attributes, ...more });

const connect = () => Connection.to(proxy.listen);

const status = (code) => (error) => error instanceof ToxiproxyError && error.message.endsWith(` ${code}`);

test("version", async () => {
  assert.match(await toxiproxy.getVersion(), /"2\.\d+/);
});

test("create, list, get, remove", async () => {
  assert.doesNotMatch(proxy.listen, /:0$/);
  const names = Object.keys(await toxiproxy.getAll());
  // `../run --extended` has one of its own.
  assert.deepEqual(names.filter((name) => name !== "extended"), ["echo"]);
  const found = await toxiproxy.get("echo");
  assert.deepEqual(found.toJson(), { name: "echo", listen: proxy.listen, upstream: upstream.address, enabled: true });
  await (await connect()).echo(100);
  await found.remove();
  await refused(proxy.listen);
  await assert.rejects(toxiproxy.get("echo"), status(404));
});

test("populate, and again with what came back", async () => {
  const made = await toxiproxy.populate([config("one"), config("two", { enabled: false })]);
  assert.equal(made.one.enabled, true);
  assert.equal(made.two.enabled, false);
  const live = await Connection.to(made.one.listen);
  await live.echo(10);
  const again = await toxiproxy.populate([made.one.toJson()]);
  assert.equal(again.one.listen, made.one.listen);
  await live.echo(10);
});

test("toggle with a live connection", async () => {
  const live = await connect();
  await live.echo(10);
  live.got = Buffer.alloc(0);
  const off = await proxy.update({ enabled: false });
  assert.equal(off.enabled, false);
  assert.equal(await live.rest(), "");
  await refused(proxy.listen);
  await proxy.update({ enabled: true, listen: proxy.listen, upstream: proxy.upstream });
  await (await connect()).echo(10);
});

test("latency, and updates of attributes with the whole object posted back", async () => {
  const slow = await toxic("latency", { latency: 150, jitter: 0 }, { stream: "upstream" });
  const live = await connect();
  atLeast(150, await live.echo(10));
  const slower = await slow.update({ ...slow.toJson(), attributes: { latency: 300, jitter: 0 } });
  assert.equal(slower.attributes.latency, 300);
  atLeast(300, await live.echo(10));
  const partly = await slow.update({ attributes: { jitter: 5 } });
  assert.deepEqual(partly.attributes, { latency: 300, jitter: 5 });
  const found = await proxy.getToxic("toxic");
  assert.deepEqual(found.toJson(), partly.toJson());
  await found.remove();
  await assert.rejects(proxy.getToxic("toxic"), status(404));
});

test("update of the toxicity alone", async () => {
  const hole = await toxic("timeout", { timeout: 0 }, { toxicity: 0 });
  await (await connect()).echo(10);
  const always = await hole.update({ toxicity: 1 });
  assert.deepEqual(always.attributes, { timeout: 0 });
  const connection = await connect();
  connection.send("lost");
  assert.ok(await connection.holds(200));
});

test("bandwidth", async () => {
  await toxic("bandwidth", { rate: 100 });
  atLeast(400, await (await connect()).echo(50_000));
});

test("slow_close", async () => {
  await toxic("slow_close", { delay: 300 });
  const connection = await connect();
  const start = performance.now();
  connection.send(`last${HANG_UP}`);
  assert.equal(await connection.rest(), `last${HANG_UP}`);
  atLeast(300, performance.now() - start);
});

test("timeout closes", async () => {
  await toxic("timeout", { timeout: 300 });
  const start = performance.now();
  const connection = await connect();
  connection.send("lost");
  assert.equal(await connection.rest(), "");
  atLeast(300, performance.now() - start);
});

test("timeout of zero holds until removed", async () => {
  const hole = await toxic("timeout", { timeout: 0 });
  const connection = await connect();
  connection.send("lost");
  assert.ok(await connection.holds(300));
  await hole.remove();
  assert.equal(await connection.rest(), "");
});

test("slicer keeps every byte", async () => {
  await toxic("slicer", { average_size: 100, size_variation: 10, delay: 10_000 });
  atLeast(60, await (await connect()).echo(1000));
});

test("limit_data", async () => {
  await toxic("limit_data", { bytes: 10 });
  const connection = await connect();
  connection.send("0123456789, and this is too much");
  assert.equal(await connection.rest(), "0123456789");
});

test("reset_peer", async () => {
  await toxic("reset_peer", { timeout: 100 });
  const start = performance.now();
  const connection = await connect();
  connection.send("lost");
  await connection.rest();
  assert.equal(connection.ended, "ECONNRESET");
  atLeast(100, performance.now() - start);
});

test("reset", async () => {
  await toxic("timeout", { timeout: 0 });
  await proxy.update({ enabled: false });
  await toxiproxy.reset();
  assert.equal((await toxiproxy.get("echo")).enabled, true);
  await assert.rejects(proxy.getToxic("toxic"), status(404));
  await (await connect()).echo(10);
});

test("errors", async () => {
  await toxic("noop", {});
  await assert.rejects(toxiproxy.get("nobody"), status(404));
  await assert.rejects(toxiproxy.createProxy(config("echo")), status(409));
  await assert.rejects(toxic("down", {}), status(400));
  await assert.rejects(toxic("noop", {}, { name: "other", stream: "sideways" }), status(400));
  await assert.rejects(toxic("noop", {}), status(409));
  await assert.rejects(toxiproxy.createProxy({ name: "half" }), status(400));
});

test("mended 06: reset_peer resets a live connection", async () => {
  const live = await connect();
  await live.echo(10);
  await toxic("reset_peer", { timeout: 0 });
  live.send("lost");
  await live.rest();
  mended(6, live.ended === "ECONNRESET", "a live connection ends orderly instead of with a reset");
});

test("mended 07: half-close", async () => {
  const connection = await connect();
  await connection.echo(10);
  connection.got = Buffer.alloc(0);
  connection.endSending();
  mended(7, (await connection.rest()) === FAREWELL, "the answer to the end of the request is lost");
});

test("mended 15: toxics given with the proxy", async () => {
  const toxics = [{ type: "latency", stream: "upstream", attributes: { latency: 200 } }];
  proxy = await toxiproxy.createProxy(config("with toxics", { toxics }));
  const took = await (await connect()).echo(10);
  mended(15, took >= 199, "the toxics of a new proxy are left out");
});
