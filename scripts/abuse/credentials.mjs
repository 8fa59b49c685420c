import { Buffer } from "node:buffer";
import fc from "fast-check";
import { hostileText } from "./hostile.mjs";

const base64 = (text) => Buffer.from(text).toString("base64");
const base64url = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");

export const basic = (user, secret) => ["Authorization", `Basic ${base64(`${user}:${secret}`)}`];
export const bearer = (token) => ["Authorization", `Bearer ${token}`];

const unsigned = (alg, claims) => `${base64url({ alg, typ: "JWT" })}.${base64url(claims)}.`;

const strangers = (canary) =>
  fc.oneof(
    fc.constantFrom(
      [],
      ...[
        "",
        "Basic",
        "Basic ",
        "Basic !",
        "Basic Og==",
        "Bearer",
        "Bearer ..",
        "Digest a=b",
        "\xff\xfe",
      ].map((text) => [["Authorization", text]]),
      [["Authorization", `Basic ${base64("bango")}`]],
      [["Authorization", `Basic ${"A".repeat(8000)}`]],
      [bearer(unsigned("none", { sub: "client", scope: "merchant-interface" }))],
      [bearer(unsigned("HS256", { sub: "__proto__", iss: { a: 1 }, aud: [], exp: 1e308 }))],
      [bearer(`${"a".repeat(3000)}.${"b".repeat(3000)}.c`)],
    ),
    hostileText(canary).map((text) => [basic("bango", text)]),
    hostileText(canary).map((text) => [basic(text, text)]),
  );

/** Of somebody who may not call, or not for the reseller that is meant. */
export const badCaller = (canary, secrets) =>
  fc.oneof(
    { weight: 4, arbitrary: strangers(canary) },
    {
      weight: 2,
      arbitrary: fc.constantFrom(
        [basic("limited", secrets.limited)],
        [basic("client", secrets.client)],
        [bearer(secrets.operate)],
      ),
    },
  );

export const badAdmin = (canary, secrets) =>
  fc.oneof(
    { weight: 4, arbitrary: strangers(canary) },
    { weight: 2, arbitrary: fc.constantFrom([bearer(secrets.view)], [basic("bango", secrets.all)]) },
  );
