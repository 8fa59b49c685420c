import fc from "fast-check";
import { MERCHANT_API_BASE } from "../../dist/src/contract/merchant-operations.js";
import { OPERATIONS } from "../../dist/src/contract/operations.js";
import { refusedBody } from "./bodies.mjs";
import { badCaller, basic } from "./credentials.mjs";
import { hostileJson, hostileText, objectText, oddKey, segment } from "./hostile.mjs";

const JSON_HEADER = ["Content-Type", "application/json"];
const CHANGES = OPERATIONS.filter(({ changes }) => changes);
const VERBS = ["PUT", "DELETE", "TRACE", "OPTIONS", "PROPFIND", "PURGE", "HEAD", "LINK", "M-SEARCH"];

const ask = (what, port, method, path, headers = [], body = null) => ({
  what,
  port,
  method,
  path,
  headers,
  body,
});

/** Looking, with nonsense in path and query: harmless, whatever is answered. */
export const looks = ({ canary, good, operate, existing }) =>
  fc
    .tuple(
      fc.constantFrom(...OPERATIONS.filter(({ method }) => method === "GET").map(({ path }) => path)),
      fc.oneof(fc.constantFrom(...existing), hostileText(canary).map(segment)),
      fc.array(fc.tuple(oddKey(canary), hostileText(canary)), { maxLength: 3 }),
      fc.constantFrom("entitlementId", "limit", "after", "customer", "status", "requestId", "returnUrl"),
      fc.boolean(),
    )
    .map(([path, id, pairs, name, isAdmin]) => {
      const query = pairs.map(([key, text]) => `${segment(key)}=${segment(text)}&${name}=${segment(text)}`);
      const where = isAdmin ? `${MERCHANT_API_BASE}/entitlements` : path.replace(/\{\w+\}/, id);
      const auth = isAdmin ? operate : good;
      return ask("looks", isAdmin ? "admin" : "public", "GET", `${where}?${query.join("&")}`, auth);
    });

const ODD_PATHS = [
  "//bango/v1//entitlement",
  "/bango/v1/entitlement/%00/suspend",
  "/bango/v1/entitlement/%ff/suspend",
  "/bango/v1/entitlement/%2e%2e/suspend",
  "/bango/v1/entitlement/..%2f..%2fx/suspend",
  "/bango/v1/../../etc/passwd",
  "/BANGO/V1/ENTITLEMENT",
  "/bango/v1/entitlement;a=b",
  "/%",
  "/%E0%A4%A",
  "/activate",
  "/activate/",
  "/activate/%c3",
  "/activate/a/b/c",
  "/assets/../../package.json",
  "/merchant/v1/entitlements/%00",
  "/merchant/v1/entitlements/%ff/revoke",
  "/sandbox/clock",
  "/sandbox/ledger?entitlementId[]=a",
  "/.git/config",
  "/?%",
  `/${"a/".repeat(2000)}`,
  `/activate/${"x".repeat(7000)}`,
  `/bango/v1/entitlement/${"%F0%9F%98%80".repeat(500)}/suspend`,
];

/** Methods that no path has, and paths that no router expects. */
export const oddPath = ({ canary, good, operate, existing }) =>
  fc
    .tuple(
      fc.oneof(
        fc.constantFrom(...ODD_PATHS),
        fc.constantFrom(...CHANGES).map(({ path }) => path.replace("{merchantEntitlementId}", existing[0])),
        hostileText(canary).map((text) => `/${segment(text)}`),
      ),
      fc.constantFrom(...VERBS),
      fc.boolean(),
    )
    .map(([path, method, isAdmin]) => {
      const auth = isAdmin ? operate : good;
      return ask("odd paths and methods", isAdmin ? "admin" : "public", method, path, auth);
    });

export const oddBodyPath = ({ good, operate }) =>
  fc.tuple(fc.constantFrom(...ODD_PATHS), refusedBody("{}"), fc.boolean()).map(([path, sent, isAdmin]) => {
    const headers = [...(isAdmin ? operate : good), ...sent.headers];
    return ask("odd paths and methods", isAdmin ? "admin" : "public", "POST", path, headers, sent.body);
  });

const ODD_HEADERS = [
  ["Content-Length-X", "9".repeat(9000)],
  ["X-RequestIdentifier", "y".repeat(300)],
  ["X-RequestIdentifier", "\xff\xfe\xfd"],
  ["traceparent", "00-zz-zz-zz"],
  ["X-Forwarded-For", "127.0.0.1, ::ffff:0:0, nonsense, %00"],
  ["X-Forwarded-Proto", "javascript"],
  ["X-HTTP-Method-Override", "DELETE"],
  ["Accept", "*/*;q=zz,".repeat(400)],
  ["Accept-Language", "xx-".repeat(2000)],
  ["Accept-Encoding", "gzip;q=1e999"],
  ["Range", "bytes=0-0,".repeat(500)],
  ["If-None-Match", "*"],
  ["Cookie", "a=b; ".repeat(1500)],
  ["Origin", "null"],
  ["Sec-Fetch-Site", "cross-site"],
  ["Upgrade", "h2c"],
  ["TE", "trailers, deflate"],
];

export const oddHeaders = ({ canary, good, existing }) =>
  fc
    .tuple(
      fc.array(fc.constantFrom(...ODD_HEADERS), { minLength: 1, maxLength: 3 }),
      fc.constantFrom(...existing),
      fc.constantFrom("/readyz", "/livez", "/welcome", "/.well-known/jwks.json", "/bango/v1/entitlement/"),
    )
    .map(([headers, id, path]) =>
      ask("odd headers", "public", "GET", path.endsWith("/") ? path + id : path, [
        ...good,
        ["X-Odd", `${canary}\xe9`],
        ...headers,
      ]),
    );

const formOf = (pairs) => pairs.map(([name, text]) => `${segment(name)}=${segment(text)}`).join("&");
const FORM = ["Content-Type", "application/x-www-form-urlencoded"];

/** The token endpoint never grants what has no grant_type, or one that it does not know. */
export const tokenRequest = ({ canary, secrets }) =>
  fc
    .tuple(
      fc.array(
        fc.tuple(
          fc.constantFrom("client_id", "client_secret", "scope", "grant_type", "__proto__"),
          hostileText(canary),
        ),
        { maxLength: 4 },
      ),
      fc.constantFrom(FORM, JSON_HEADER, ["Content-Type", "text/plain"]),
      fc.oneof(fc.constant([basic("client", secrets.client)]), badCaller(canary, secrets)),
      fc.constantFrom("", "&", "=", "%", "%ff=%ff", "&&&==="),
    )
    .map(([pairs, type, auth, end]) =>
      ask("token endpoint", "public", "POST", "/oauth2/token", [...auth, type], formOf(pairs) + end),
    );

/** Links that are forged, cut or lengthened, and forms without the token that only our page gives. */
export const landing = ({ canary, linkToken }) => {
  const cut = fc.nat(linkToken.length - 1).map((length) => linkToken.slice(0, length) || "-");
  const changed = fc
    .tuple(fc.nat(linkToken.length - 1), fc.constantFrom("A", "_", ".", "%2e", "%00"))
    .map(([at, put]) => linkToken.slice(0, at) + put + linkToken.slice(at + 1));
  const token = fc.oneof(
    fc.constant(linkToken),
    cut,
    changed,
    hostileText(canary).map(segment),
    fc.constant(`${linkToken}A`),
  );
  const field = fc.tuple(
    fc.constantFrom("formToken", "choice", "email", "password", "__proto__", "returnUrl"),
    hostileText(canary),
  );
  const form = fc.array(field, { maxLength: 6 }).map((pairs) => [FORM, formOf(pairs)]);
  const other = refusedBody("{}").map(({ headers, body }) => [...headers, body]);
  return fc
    .tuple(token, fc.boolean(), fc.oneof(form, other), hostileText(canary))
    .map(([one, isPost, sent, text]) => {
      const path = `/activate/${one}?returnUrl=${segment(text)}`;
      return isPost
        ? ask("landing pages", "public", "POST", path, sent.slice(0, -1), sent.at(-1))
        : ask("landing pages", "public", "GET", path);
    });
};

export const sandboxDoor = ({ canary }) =>
  fc
    .tuple(hostileJson(canary), oddKey(canary), refusedBody("{}"), fc.boolean())
    .map(([text, key, broken, isBroken]) =>
      isBroken
        ? ask("sandbox door", "admin", "POST", "/sandbox/clock", broken.headers, broken.body)
        : ask("sandbox door", "admin", "POST", "/sandbox/clock", [JSON_HEADER], objectText([[key, text]])),
    );
