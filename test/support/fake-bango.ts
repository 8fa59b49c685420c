import { createServer } from "node:http";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export const BANGO_USER = "merchant";
export const BANGO_PASSWORD = "outbound-secret-0123456789";
export const BANGO_BASIC = Buffer.from(`${BANGO_USER}:${BANGO_PASSWORD}`).toString("base64");

/** One request that arrived, whatever it was answered. */
export interface Told {
  readonly kind: string;
  readonly method: string;
  readonly entitlementId: string;
  readonly requestId: string;
  readonly authorization: string;
  readonly body: Readonly<Record<string, unknown>>;
}

/** How Bango answers one request; without one of these it does what it is told, and says so. */
export type BangoAnswer =
  | {
      readonly status: number;
      readonly body?: unknown;
      readonly headers?: Readonly<Record<string, string>>;
    }
  | "hangs"
  | "hangs after its effect"
  | "cut before any effect"
  | "cut after its effect"
  | { readonly waits: Promise<unknown>; readonly then?: "cut after its effect" };

/** A request as it came over the wire. */
export interface Raw {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
}

/** How this Bango reads what it is told, and writes what it says; without one, as 4.1 has it. */
export interface BangoDialect {
  readonly read: (raw: Raw) => Omit<Told, "method" | "authorization">;
  readonly write: (body: { readonly responseCode: string; readonly status: string }) => unknown;
}

export interface FakeBango {
  readonly baseUrl: string;
  readonly raw: Raw[];
  /** Whether a secret is good by now; a request with another is answered 401 and has no effect. */
  accepts: (password: string) => boolean;
  readonly told: Told[];
  readonly toldOf: (entitlementId: string) => Told[];
  /** What Bango has, by its own id: put there by what it is told, and by its own calls. */
  readonly states: Map<string, string>;
  /** The next answers to requests on this entitlement, in order. */
  readonly next: (entitlementId: string, ...answers: readonly BangoAnswer[]) => void;
  /** Every answer to everybody, until it is null again. */
  always: BangoAnswer | null;
  readonly close: () => Promise<void>;
}

/** Bango's side, on a port of its own: what it answers a test decides; what it becomes follows from what it is told. */
export async function startFakeBango(dialect: BangoDialect = PLAIN): Promise<FakeBango> {
  const raw: Raw[] = [];
  const told: Told[] = [];
  const states = new Map<string, string>();
  const scripts = new Map<string, BangoAnswer[]>();
  const server = createServer((req, res) => {
    void readBody(req).then(async (text) => {
      const one = { method: req.method ?? "", url: req.url ?? "", headers: req.headers, text };
      raw.push(one);
      if (fake.accepts(passwordIn(req))) await answer(toldBy(dialect, one), req, res);
      else send(res, 401, { responseCode: "UNAUTHORIZED" });
    });
  });
  const fake: FakeBango = {
    baseUrl: "",
    raw,
    accepts: () => true,
    told,
    states,
    toldOf: (id) => told.filter(({ entitlementId }) => entitlementId === id),
    next: (id, ...answers) => {
      scripts.set(id, [...(scripts.get(id) ?? []), ...answers]);
    },
    always: null,
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  };

  async function answer(one: Told, req: IncomingMessage, res: ServerResponse): Promise<void> {
    told.push(one);
    let scripted = scripts.get(one.entitlementId)?.shift() ?? fake.always;
    if (typeof scripted === "object" && scripted !== null && "waits" in scripted) {
      await scripted.waits;
      scripted = scripted.then ?? null;
    }
    if (scripted !== null && typeof scripted === "object") {
      send(res, scripted.status, scripted.body ?? {}, scripted.headers);
      return;
    }
    if (scripted === "hangs") return;
    if (scripted === "cut before any effect") {
      req.socket.destroy();
      return;
    }
    const reply = takeEffect(states, one);
    const body = dialect.write(reply.body);
    if (scripted === "hangs after its effect") return;
    if (scripted === "cut after its effect") req.socket.destroy();
    else send(res, reply.status, body);
  }

  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return Object.assign(fake, {
    baseUrl: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`,
  });
}

async function readBody(req: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of req) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

const toldBy = (dialect: BangoDialect, raw: Raw): Told => {
  const { kind, ...read } = dialect.read(raw);
  return { kind, method: raw.method, ...read, authorization: String(raw.headers.authorization) };
};

const PLAIN: BangoDialect = {
  read: ({ url, headers, text }) => {
    const [, , place = "", id = "", step] = url.split("/");
    return {
      kind: place === "echo" ? "echo" : (step ?? "update"),
      entitlementId: decodeURIComponent(id),
      requestId: String(headers["x-requestidentifier"]),
      body: text === "" ? {} : (JSON.parse(text) as Told["body"]),
    };
  },
  write: (body) => body,
};

const passwordIn = (req: IncomingMessage): string =>
  Buffer.from((req.headers.authorization ?? "").replace("Basic ", ""), "base64")
    .toString()
    .replace(/^[^:]*:/, "");

function send(
  res: ServerResponse,
  status: number,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): void {
  res.writeHead(status, { "content-type": "application/json", ...headers });
  res.end(typeof body === "string" ? body : JSON.stringify(body));
}

/** Written out here, not taken from the code under test. */
export function goalOf({ kind, body }: Pick<Told, "kind" | "body">): string | null {
  switch (kind) {
    case "activate":
    case "resume":
      return "ACTIVE";
    case "suspend":
      return "SUSPENDED";
    case "terminate":
      if (body.immediate === false) return "ACTIVE-ENDING";
      return body.reasonCategory === "REVOKED" ? "REVOKED" : "CANCELLED";
    default:
      return null;
  }
}

/** What Bango becomes by a message, and what it answers. */
export function takeEffect(
  states: Map<string, string>,
  one: Pick<Told, "kind" | "entitlementId" | "body">,
): { readonly status: number; readonly body: { readonly responseCode: string; readonly status: string } } {
  const goal = goalOf(one);
  const state = states.get(one.entitlementId) ?? "PENDING";
  if (state === "CANCELLED" || state === "REVOKED" || goal === state)
    return { status: 409, body: { responseCode: "CONFLICT", status: state } };
  if (goal !== null) states.set(one.entitlementId, goal);
  return { status: 200, body: { responseCode: "OK", status: goal ?? state } };
}
