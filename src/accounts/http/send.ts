import { Agent } from "undici";
import type { Dispatcher } from "undici";
import type { HttpAccountsOptions } from "./options.js";

export interface WireRequest {
  readonly method: string;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | null;
}

export interface WireReply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
}

/** No reply came. `sent` is false only where not a byte of the request has left us. */
export class NoReply extends Error {
  constructor(
    readonly sent: boolean,
    override readonly cause: unknown,
  ) {
    super(sent ? "no reply came" : "nothing was sent");
    this.name = "NoReply";
  }
}

/** Throws NoReply, and nothing else. */
export type Send = (request: WireRequest, signal: AbortSignal) => Promise<WireReply>;

const REPLY_BYTES_MAX = 1024 * 1024;
const CONNECT_TIMEOUT_MS = 3000;
export const KEEP_ALIVE_MS = 10_000;

/** Connections that are kept, at most so many to one host; redirects are answers like others. */
export function openPool({ connections, tls }: Pick<HttpAccountsOptions, "connections" | "tls">): {
  readonly send: Send;
  readonly close: () => Promise<void>;
} {
  const agent = new Agent({
    connections,
    keepAliveTimeout: KEEP_ALIVE_MS,
    connect: {
      timeout: CONNECT_TIMEOUT_MS,
      ...(tls?.cert === undefined ? {} : { cert: tls.cert }),
      ...(tls?.key === undefined ? {} : { key: tls.key }),
      ...(tls?.ca === undefined ? {} : { ca: tls.ca }),
    },
    maxResponseSize: REPLY_BYTES_MAX,
    // The signal is the only clock of a request.
    headersTimeout: 0,
    bodyTimeout: 0,
  });
  return {
    send: (request, signal) => exchange(agent, request, signal),
    // Whoever waits for an answer has its own deadline; a pool that is closed waits for none of them.
    close: () => agent.destroy(),
  };
}

/**
 * undici's own handler tells when a request goes out, which its `request()` does not: what still waited for a
 * connection has certainly had no effect.
 */
function exchange(agent: Agent, request: WireRequest, signal: AbortSignal): Promise<WireReply> {
  return new Promise((resolve, reject) => {
    let started: Dispatcher.DispatchController | null = null;
    let status = 0;
    let headers: WireReply["headers"] = {};
    const chunks: Buffer[] = [];
    const fail = (error: unknown): void => {
      signal.removeEventListener("abort", stop);
      reject(new NoReply(started !== null, error));
    };
    const stop = (): void => {
      started?.abort(asError(signal.reason));
      fail(signal.reason);
    };
    if (signal.aborted) {
      stop();
      return;
    }
    signal.addEventListener("abort", stop, { once: true });
    const handler: Dispatcher.DispatchHandler = {
      onRequestStart(controller) {
        // Given up while it waited for a connection: stopped before its first byte.
        if (signal.aborted) controller.abort(asError(signal.reason));
        else started = controller;
      },
      onResponseStart(_controller, statusCode, received) {
        status = statusCode;
        headers = plainHeaders(received);
      },
      onResponseData(_controller, chunk) {
        chunks.push(chunk);
      },
      onResponseEnd() {
        signal.removeEventListener("abort", stop);
        resolve({ status, headers, text: Buffer.concat(chunks).toString("utf8") });
      },
      onResponseError(_controller, error) {
        fail(error);
      },
    };
    try {
      agent.dispatch(dispatchOf(request), handler);
    } catch (error) {
      fail(error);
    }
  });
}

const dispatchOf = ({ method, url, headers, body }: WireRequest): Agent.DispatchOptions => ({
  origin: url.origin,
  path: url.pathname + url.search,
  method,
  headers,
  body,
});

const plainHeaders = (
  headers: Readonly<Record<string, string | string[] | undefined>>,
): WireReply["headers"] =>
  Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) =>
      value === undefined ? [] : [[name.toLowerCase(), Array.isArray(value) ? value.join(", ") : value]],
    ),
  );

const asError = (reason: unknown): Error => (reason instanceof Error ? reason : new Error("stopped"));
