// node-postgres against a Postgres whose messages are torn, at a border that the server knows by its framing.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import pg from "pg";
import { startServer } from "./rig.js";

let server;
before(async () => { server = await startServer(); });
after(() => server.stop());

const call = async (method, path, body) => {
  const answer = await fetch(server.url + path, { method, body: body && JSON.stringify(body) });
  assert.ok(answer.ok, `${method} ${path}: ${await answer.clone().text()}`);
  return answer;
};

for (const end of ["fin", "rst"]) {
  test(`a pool whose connection is torn in the third message by ${end} reports an error and reconnects`, async () => {
    const upstream = `127.0.0.1:${process.env.PGPORT}`;
    const made = await call("POST", "/proxies", { name: end, listen: "127.0.0.1:0", upstream });
    const port = Number((await made.json()).listen.split(":").at(-1));
    await call("POST", `/proxies/${end}/toxics`, {
      name: "torn", type: "limit_data", framing: "postgres", cut: { message: 3, byte: 5 }, end,
      match: { connections: "1" },
    });
    const pool = new pg.Pool({ host: "127.0.0.1", port, user: "postgres", database: "postgres", max: 1, connectionTimeoutMillis: 5000 });
    pool.on("error", () => {});
    await assert.rejects(pool.query("SELECT 1"));
    const { rows } = await pool.query("SELECT 40 + 2 AS answer");
    assert.equal(rows[0].answer, 42);
    await pool.end();
  });
}
