import type { Response } from "supertest";
import type { OperationName } from "../../src/contract/operations.js";
import type { CallOptions, Scenario } from "./scenario.js";

export const CLIENT_SECRET = "client-secret-of-many-letters-0123456789";

/** One client of the configuration file. */
export const client = (clientId: string, rest: object = {}): object => ({
  id: `${clientId}-1`,
  type: "oauth2-client",
  clientId,
  clientSecret: CLIENT_SECRET,
  resellers: ["*"],
  ...rest,
});

type Http = Pick<Scenario, "http">;

/** As curl would: the client in the body, unless the headers say otherwise. */
export const askToken = (
  { http }: Http,
  form: string | Readonly<Record<string, string>>,
  headers: Readonly<Record<string, string>> = {},
): Promise<Response> =>
  Promise.resolve(
    http
      .post("/oauth2/token")
      .set("Content-Type", "application/x-www-form-urlencoded")
      .set(headers)
      .send(typeof form === "string" ? form : new URLSearchParams(form).toString()),
  );

export const grantOf = (clientId: string, secret = CLIENT_SECRET): Record<string, string> => ({
  grant_type: "client_credentials",
  client_id: clientId,
  client_secret: secret,
});

export async function tokenOf(given: Http, clientId: string, secret = CLIENT_SECRET): Promise<string> {
  const reply = await askToken(given, grantOf(clientId, secret));
  if (reply.status !== 200) throw new Error(`no token: ${String(reply.status)} ${reply.text}`);
  return (reply.body as { access_token: string }).access_token;
}

export const callWith = (
  given: Pick<Scenario, "call">,
  token: string,
  operation: OperationName,
  id: string | null,
  options: CallOptions = {},
): Promise<Response> =>
  given.call(operation, id, { ...options, auth: null, headers: { Authorization: `Bearer ${token}` } });
