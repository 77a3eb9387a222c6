// What the tests stand on: a server process, an upstream, and connections with their measurements.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import net from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";

// The upstream echoes; it closes after a chunk that ends in this byte.
export const HANG_UP = "\x04";

// What the upstream answers when the other side has ended its sending.
export const FAREWELL = "bye";

const listen = async (server) => {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return server.address().port;
};

const serverCommand = () => {
  if (process.env.ACONITE_SERVER_CMD) return process.env.ACONITE_SERVER_CMD.split(/\s+/);
  const built = fileURLToPath(new URL("../../../target/debug/aconite", import.meta.url));
  return [process.env.ACONITE_BIN || built, "server"];
};

const accepts = async (port) => {
  const socket = net.connect(port, "127.0.0.1");
  try {
    await once(socket, "connect");
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
};

export const startServer = async () => {
  const probe = net.createServer();
  const port = await listen(probe);
  probe.close();
  const [binary, ...args] = serverCommand();
  const server = spawn(binary, [...args, "-host", "127.0.0.1", "-port", port], { stdio: "ignore" });
  for (let i = 0; i < 100; i += 1) {
    if (await accepts(port)) return { url: `http://127.0.0.1:${port}`, stop: () => server.kill("SIGKILL") };
    await sleep(50);
  }
  server.kill("SIGKILL");
  throw new Error(`${binary} does not listen on ${port}`);
};

export const startUpstream = async () => {
  const server = net.createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
    socket.on("error", () => socket.destroy());
    socket.on("end", () => socket.end(FAREWELL));
    socket.on("data", (chunk) => {
      if (chunk.at(-1) === HANG_UP.charCodeAt(0)) socket.removeAllListeners("end").end(chunk);
      else socket.write(chunk);
    });
  });
  const port = await listen(server);
  server.unref();
  return { address: `127.0.0.1:${port}`, stop: () => server.close() };
};

// A connection that notes what came, and how it ended: "eof", or the error's code.
export class Connection {
  static async to(address) {
    const at = address.lastIndexOf(":");
    const socket = net.connect({ host: address.slice(0, at), port: address.slice(at + 1), noDelay: true, allowHalfOpen: true });
    await once(socket, "connect");
    return new Connection(socket);
  }

  constructor(socket) {
    this.socket = socket;
    this.got = Buffer.alloc(0);
    this.ended = null;
    socket.on("data", (chunk) => { this.got = Buffer.concat([this.got, chunk]); });
    socket.on("end", () => { this.ended ??= "eof"; });
    socket.on("error", (error) => { this.ended ??= error.code; });
  }

  send(text) {
    this.socket.write(text);
  }

  endSending() {
    this.socket.end();
  }

  async until(condition) {
    const limit = Date.now() + 10_000;
    while (!condition()) {
      assert.ok(Date.now() < limit, `ten seconds passed; got ${this.got.length} bytes, ended: ${this.ended}`);
      await sleep(2);
    }
  }

  // Sends some bytes; how many milliseconds until they came back whole.
  async echo(size) {
    const sent = Buffer.alloc(size, "0123456789");
    this.got = Buffer.alloc(0);
    const start = performance.now();
    this.socket.write(sent);
    await this.until(() => this.got.length >= size || this.ended);
    assert.ok(this.got.equals(sent), `${size} bytes came back as ${this.got.length}, ended: ${this.ended}`);
    return performance.now() - start;
  }

  // Everything until the end, as text.
  async rest() {
    await this.until(() => this.ended);
    this.socket.destroy();
    return this.got.toString();
  }

  // Whether nothing at all arrives within the time: neither a byte nor the end.
  async holds(milliseconds) {
    await sleep(milliseconds);
    return this.got.length === 0 && this.ended === null;
  }
}

export const refused = (address) =>
  assert.rejects(Connection.to(address), { code: "ECONNREFUSED" });

// Timers of this runtime may fire a part of a millisecond early.
export const atLeast = (milliseconds, took) =>
  assert.ok(took >= milliseconds - 1, `took ${took} ms, want at least ${milliseconds} ms`);

// For what Toxiproxy gets wrong: the number is that of the table in docs/compatibility.md.
// With ACONITE_EXPECT=reference it passes if and only if the defect shows.
export const mended = (number, right, defect) => {
  if (process.env.ACONITE_EXPECT === "reference") {
    assert.ok(!right, `defect ${number} does not show`);
    console.log(`difference: ${number}: ${defect}`);
  } else {
    assert.ok(right, `defect ${number}: ${defect}`);
  }
};
