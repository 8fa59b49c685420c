import { connect } from "node:net";
import { afterEach, describe, expect, it } from "@jest/globals";
import express from "express";
import { drain, listen } from "../../src/http/listen.js";
import type { Listening } from "../../src/http/listen.js";

const HOST = "127.0.0.1";
const HEAD = "POST / HTTP/1.1\r\nHost: a\r\n";

describe("a sender that takes its time, or says too much", () => {
  let listening: Listening | undefined;
  let answered = 0;
  afterEach(async () => {
    if (listening) await drain(listening, 0);
    answered = 0;
  });

  /** Sends these bytes and no more, and reads until the other side hangs up. */
  async function heardAfter(bytes: string): Promise<string> {
    const app = express();
    app.use(express.raw({ type: () => true }), (_req, res) => {
      answered += 1;
      res.end("heard");
    });
    listening = await listen(app, HOST, 0, {
      requestTimeout: 200,
      headersTimeout: 100,
      connectionsCheckingInterval: 20,
    });
    const socket = connect({ host: HOST, port: listening.port });
    socket.write(bytes);
    let heard = "";
    for await (const chunk of socket) heard += String(chunk);
    return heard;
  }

  it.each([
    ["within its head", HEAD],
    ["within its body", `${HEAD}Content-Length: 10\r\n\r\n{"a"`],
    ["within a chunk", `${HEAD}Transfer-Encoding: chunked\r\n\r\n9\r\n{"a"`],
    ["between chunks", `${HEAD}Transfer-Encoding: chunked\r\n\r\n1\r\n{\r\n`],
  ])("is let go with 408 when it stops %s", async (_where, bytes) => {
    expect(await heardAfter(bytes)).toMatch(/^HTTP\/1\.1 408 /);
    expect(answered).toBe(0);
  });

  it.each([
    ["a header of 64 KiB", `${HEAD}X: ${"y".repeat(64 * 1024)}\r\n\r\n`, 431],
    ["an address of 64 KiB", `GET /${"y".repeat(64 * 1024)} HTTP/1.1\r\nHost: a\r\n\r\n`, 431],
    ["two lengths", `${HEAD}Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}`, 400],
    ["a length and chunks", `${HEAD}Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`, 400],
    ["no HTTP", "\0\0\0\r\n\r\n", 400],
  ])("is refused for %s, and hears nothing of ours", async (_what, bytes, status) => {
    expect(await heardAfter(bytes)).toMatch(new RegExp(`^HTTP/1\\.1 ${String(status)} `));
    expect(answered).toBe(0);
  });
});
