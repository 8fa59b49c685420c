import { describe, expect, it } from "@jest/globals";
import supertest from "supertest";
import type { Response } from "supertest";
import { clientApiRouter, defaultClientApiLimits } from "../src/client-api/client-api-router.js";
import { issueFormToken } from "../src/client-api/form-token.js";
import { defaultTheme } from "../src/client-api/theme.js";
import type { SignUp, SignUpOutcome, SignUpPage, SignUpRequest } from "../src/ports/sign-up.js";
import { Problem, problem } from "../src/core/problem.js";
import { problemReply } from "../src/contract/replies.js";
import { baseApp } from "../src/http/base-app.js";
import { pinoLogger } from "../src/logger.js";

const TOKEN = "canary-token-Zq3xK9vT1mB7";
const EMAIL = "canary-address@example.com";
const PASSWORD = "canary-password-8Jw2";
const FORM_KEY = Buffer.alloc(32, 5);
const HOUR_MS = 3_600_000;

const SIGN_UP: SignUp = {
  resellerId: "BANGOTEL",
  productKey: "MUSIC",
  entitlementDisplayName: "Bango Music Premium",
  askedReturnUrl: null,
};

const RETURN_URLS = ["https://shop.example/done", "https://other.example/"];

interface Given {
  readonly view?: (token: string) => SignUpPage;
  readonly outcome?: (request: SignUpRequest) => SignUpOutcome;
  readonly returnUrls?: readonly string[];
  readonly basePath?: string;
}

type Fields = Readonly<Record<string, string>>;

/** The pages over use cases made by hand, which note what they were asked. */
function pagesWith(given: Given = {}) {
  const { view = () => ({ kind: "open", signUp: SIGN_UP }), outcome = () => DONE } = given;
  const viewed: string[] = [];
  const asked: SignUpRequest[] = [];
  const lines: string[] = [];
  const clock = { ms: 1_800_000_000_000 };
  const log = pinoLogger("debug", { write: (line: string) => lines.push(line) });
  const router = clientApiRouter({
    use: {
      view: async (token) => {
        viewed.push(token);
        return view(token);
      },
      signUp: async (request) => {
        asked.push(request);
        return outcome(request);
      },
    },
    formKey: FORM_KEY,
    returnUrls: (resellerId) => (resellerId === "BANGOTEL" ? (given.returnUrls ?? RETURN_URLS) : []),
    now: () => clock.ms,
    limits: defaultClientApiLimits,
    theme: defaultTheme,
    basePathOf: () => given.basePath ?? "",
    log,
  });
  const http = supertest(
    baseApp([router], { log, trustProxy: 1, renderProblem: (_, refused) => problemReply(refused) }),
  );
  const formToken = (token = TOKEN): string => issueFormToken(FORM_KEY, token, "hosted-sign-up", clock.ms);
  const filled = (fields: Fields = {}): Fields => ({
    choice: "new",
    email: EMAIL,
    password: PASSWORD,
    consent: "yes",
    formToken: formToken(),
    ...fields,
  });
  return {
    viewed,
    asked,
    clock,
    http,
    filled,
    formToken,
    logged: () => lines.map((line) => JSON.parse(line) as Record<string, unknown>),
    log: () => lines.join(""),
    get: (path = `/activate/${TOKEN}`) => http.get(path),
    post: (fields: Fields = {}, path = `/activate/${TOKEN}`) =>
      http.post(path).type("form").send(filled(fields)),
  };
}

const DONE: SignUpOutcome = { kind: "done", signUp: SIGN_UP };
const down = (): never => {
  throw problem("unavailable", "no database");
};

const h1Of = ({ text }: Response): string => /<h1>([^<]*)<\/h1>/.exec(text)?.[1] ?? "";
const valueOf = ({ text }: Response, name: string): string | undefined =>
  new RegExp(`<input[^>]*name="${name}"[^>]*>`).exec(text)?.[0].match(/ value="([^"]*)"/)?.[1];
const directivesOf = (response: Response): Record<string, string> =>
  Object.fromEntries(
    String(response.headers["content-security-policy"])
      .split("; ")
      .map((directive) => {
        const [name = "", ...sources] = directive.split(" ");
        return [name, sources.join(" ")];
      }),
  );
const formTokenIn = (response: Response): string => valueOf(response, "formToken") ?? "";

describe("opening an activation link", () => {
  it("shows what one gets, and one form for both ways in", async () => {
    const reply = await pagesWith().get();
    expect(reply.status).toBe(200);
    expect(reply.headers["content-type"]).toBe("text/html; charset=utf-8");
    expect(reply.text).toMatch(/^<!doctype html>/);
    expect(reply.text).toContain("Bango Music Premium");
    expect(reply.text.match(/<form/g)).toHaveLength(1);
    const names = [...reply.text.matchAll(/<input[^>]* name="(\w+)"/g)].map(([, name]) => name);
    expect(names).toEqual(["formToken", "choice", "choice", "email", "password", "consent"]);
  });

  it("names the product by its key where it has no name to show", async () => {
    const view = (): SignUpPage => ({ kind: "open", signUp: { ...SIGN_UP, entitlementDisplayName: null } });
    expect((await pagesWith({ view }).get()).text).toContain("<bdi>MUSIC</bdi>");
  });

  it("changes nothing, however often: 100 times GET and HEAD only look", async () => {
    const given = pagesWith();
    for (let time = 0; time < 50; time += 1) {
      expect((await given.get()).status).toBe(200);
      expect((await given.http.head(`/activate/${TOKEN}`)).status).toBe(200);
    }
    expect(given.viewed).toEqual(Array.from({ length: 100 }, () => TOKEN));
    expect(given.asked).toEqual([]);
  });

  it("answers HEAD as GET, without a body", async () => {
    const given = pagesWith();
    const [get, head] = [await given.get(), await given.http.head(`/activate/${TOKEN}`)];
    expect(head.text).toBeUndefined();
    for (const name of ["content-type", "content-length", "content-security-policy", "cache-control"])
      expect(head.headers[name]).toBe(get.headers[name]);
  });

  it("does not count a live link against an address or against the link", async () => {
    const given = pagesWith();
    const replies = await Promise.all(Array.from({ length: 100 }, () => given.get()));
    expect(replies.every(({ status }) => status === 200)).toBe(true);
  });

  it("needs no cookie and sets none", async () => {
    const given = pagesWith();
    for (const reply of [await given.get(), await given.post()])
      expect(reply.headers["set-cookie"]).toBeUndefined();
  });

  it("answers other methods 405, and does nothing", async () => {
    const given = pagesWith();
    for (const method of ["put", "patch", "delete"] as const) {
      const reply = await given.http[method](`/activate/${TOKEN}`);
      expect([reply.status, reply.headers.allow]).toEqual([405, "GET, HEAD, POST"]);
    }
    expect(given.asked).toEqual([]);
  });

  it("speaks English, also to those who asked for another language", async () => {
    for (const language of ["en-GB", "xx", "es;q=0.9, *;q=0.1", ""]) {
      const reply = await pagesWith().get().set("Accept-Language", language);
      expect(reply.headers["content-language"]).toBe("en");
      expect(reply.headers.vary).toContain("Accept-Language");
      expect(reply.text).toContain('<html lang="en" dir="ltr">');
    }
  });

  it.each([
    `<script>alert(1)</script>`,
    `"><img src=x onerror="alert(1)">`,
    `</strong></p><form action="https://evil.example/">`,
    `' onmouseover='alert(1)`,
  ])("shows a hostile display name as text: %s", async (entitlementDisplayName) => {
    const plain = await pagesWith().get();
    const view = (): SignUpPage => ({ kind: "open", signUp: { ...SIGN_UP, entitlementDisplayName } });
    const { text } = await pagesWith({ view }).get();
    expect(text).not.toContain(entitlementDisplayName);
    const tagsOf = (page: string): number => page.match(/<[a-z]/gi)?.length ?? 0;
    expect(tagsOf(text)).toBe(tagsOf(plain.text));
  });
});

describe("the pages' headers", () => {
  const CASES: readonly (readonly [
    string,
    number,
    Given,
    (given: ReturnType<typeof pagesWith>) => PromiseLike<Response>,
  ])[] = [
    ["the form", 200, {}, (given) => given.get()],
    ["the form with faults", 422, {}, (given) => given.post({ email: "" })],
    ["the way on", 303, {}, (given) => given.post()],
    ["set up", 200, { view: () => ({ kind: "setUp", signUp: SIGN_UP }) }, (given) => given.get()],
    ["ended", 410, { view: () => ({ kind: "ended", signUp: SIGN_UP }) }, (given) => given.get()],
    ["unknown", 404, { view: () => ({ kind: "unknown" }) }, (given) => given.get()],
    ["malformed", 404, { view: () => ({ kind: "unknown" }) }, (given) => given.get("/activate/%ff")],
    ["unavailable", 503, { view: down }, (given) => given.get()],
    ["cross-site", 403, {}, (given) => given.post().set("Sec-Fetch-Site", "cross-site")],
    ["welcome", 200, {}, (given) => given.get("/welcome")],
  ];

  it.each(CASES)("keep %s out of caches, frames and other sites' logs", async (_name, status, given, ask) => {
    const reply = await ask(pagesWith(given));
    expect(reply.status).toBe(status);
    expect(reply.headers["cache-control"]).toBe("no-store");
    expect(reply.headers["referrer-policy"]).toBe("same-origin");
    expect(reply.headers["x-frame-options"]).toBe("DENY");
    expect(reply.headers["x-robots-tag"]).toBe("noindex");
    expect(reply.headers["x-content-type-options"]).toBe("nosniff");
    const policy = directivesOf(reply);
    expect(policy).toEqual({
      "default-src": "'none'",
      "style-src": "'self'",
      "img-src": "'self'",
      "form-action": policy["form-action"],
      "frame-ancestors": "'none'",
      "base-uri": "'none'",
    });
  });

  it.each(CASES)(
    "have nothing to allow: %s has no script, no inline style, no token",
    async (_n, _s, given, ask) => {
      const { text } = await ask(pagesWith(given));
      expect(text).not.toMatch(/<script|<style|\sstyle=|\son\w+=|javascript:/i);
      expect(text).not.toContain(TOKEN);
    },
  );

  it("let the form go to ourselves, and on to this reseller's return URLs", async () => {
    const reply = await pagesWith().get();
    expect(directivesOf(reply)["form-action"]).toBe("'self' https://shop.example https://other.example");
    expect(directivesOf(await pagesWith({ returnUrls: [] }).get())["form-action"]).toBe("'self'");
  });

  it("let no form go anywhere from a page that has none", async () => {
    expect(directivesOf(await pagesWith().get("/welcome"))["form-action"]).toBe("'none'");
  });
});

describe("the stylesheet", () => {
  it("is the one thing that a page loads, named by its content and cached for a year", async () => {
    const given = pagesWith();
    const { text } = await given.get();
    const loaded = [...text.matchAll(/ (?:src|href)="([^"#]+)"/g)].map(([, path]) => path);
    expect(loaded).toEqual([expect.stringMatching(/^\.\.\/assets\/sign-up-[\w-]{16}\.css$/)]);
    const reply = await given.get(loaded[0]?.slice("..".length));
    expect(reply.status).toBe(200);
    expect(reply.headers["content-type"]).toBe("text/css; charset=utf-8");
    expect(reply.headers["cache-control"]).toBe("public, max-age=31536000, immutable");
    expect(reply.text).not.toMatch(/url\(|@import/);
  });

  it("is all that a browser gets: there is no icon, and asking for one is no fault", async () => {
    const icon = await pagesWith().get("/favicon.ico");
    expect([icon.status, icon.text]).toEqual([204, ""]);
  });

  it("is found from every page, below whatever prefix a proxy has taken away", async () => {
    const given = pagesWith({ view: () => ({ kind: "unknown" }) });
    for (const path of ["/activate/", "/activate/a?b=/c/", "/activate/a/b/c", "/welcome", "/welcome?a=/b"]) {
      const [, href = ""] = /<link rel="stylesheet" href="([^"]+)"/.exec((await given.get(path)).text) ?? [];
      const seen = new URL(href, `https://brand.example/tv/sign-up${path}`);
      expect(seen.pathname).toMatch(/^\/tv\/sign-up\/.*assets\/sign-up-[\w-]{16}\.css$/);
      const reply = await given.get(seen.pathname.slice("/tv/sign-up".length));
      expect([reply.status, reply.headers["content-type"]]).toEqual([200, "text/css; charset=utf-8"]);
    }
  });

  it("gives every text a contrast of 4.5 and every edge one of 3", () => {
    const { colours } = defaultTheme;
    for (const [text, ground] of [
      ["text", "card"],
      ["text", "ground"],
      ["text", "brandTint"],
      ["text", "errorTint"],
      ["quietText", "card"],
      ["quietText", "brandTint"],
      ["brand", "card"],
      ["onBrand", "brand"],
      ["onBrand", "brandHover"],
      ["error", "card"],
      ["error", "errorTint"],
    ] as const)
      expect([text, ground, contrast(colours[text], colours[ground]) >= 4.5]).toEqual([text, ground, true]);
    for (const edge of ["border", "focus", "error"] as const)
      expect(contrast(colours[edge], colours.card)).toBeGreaterThanOrEqual(3);
  });
});

/** WCAG 2.2, relative luminance and contrast ratio. */
function contrast(one: string, other: string): number {
  const luminance = (colour: string): number => {
    const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
      const part = parseInt(colour.slice(at, at + 2), 16) / 255;
      return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const [light = 0, dark = 0] = [luminance(one), luminance(other)].sort((a, b) => b - a);
  return (light + 0.05) / (dark + 0.05);
}

describe("sending the form", () => {
  it("signs up once with what was typed, and sends the customer on with 303", async () => {
    const given = pagesWith();
    const form = await given.get();
    const reply = await given
      .post({ formToken: formTokenIn(form), choice: "existing", email: `  ${EMAIL} ` })
      .set("X-Request-Id", "trace-1");
    expect([reply.status, reply.headers.location]).toEqual([303, "https://shop.example/done"]);
    expect(reply.text).toBe("");
    expect(given.asked).toEqual([
      {
        token: TOKEN,
        choice: "existing",
        email: EMAIL,
        password: PASSWORD,
        trace: { requestId: "trace-1", traceparent: null },
      },
    ]);
  });

  it("works without an Origin, and from every site but another", async () => {
    for (const site of ["same-origin", "same-site", "none"]) {
      const given = pagesWith();
      expect((await given.post().set("Sec-Fetch-Site", site)).status).toBe(303);
    }
    expect((await pagesWith().post().set("Origin", "null")).status).toBe(303);
  });

  it("refuses a form sent from another site, before anything is looked at", async () => {
    const given = pagesWith();
    const reply = await given.post().set("Sec-Fetch-Site", "cross-site");
    expect(reply.status).toBe(403);
    expect(reply.text).toContain('<a class="button" href=""');
    expect([given.viewed, given.asked]).toEqual([[], []]);
  });

  it("finds the good end of the first when it is sent again", async () => {
    let isSetUp = false;
    const given = pagesWith({
      view: () => ({ kind: isSetUp ? "setUp" : "open", signUp: SIGN_UP }),
      outcome: () => {
        isSetUp = true;
        return DONE;
      },
    });
    const replies = [await given.post(), await given.post(), await given.post({ formToken: "old" })];
    expect(replies.map(({ status, headers }) => [status, headers.location])).toEqual(
      Array.from({ length: 3 }, () => [303, "https://shop.example/done"]),
    );
    expect(given.asked).toHaveLength(1);
    expect(h1Of(await given.get())).toBe("You are already set up");
  });

  it("finds the same good end when the other sending was quicker by a moment", async () => {
    const given = pagesWith({ outcome: () => ({ kind: "setUp", signUp: SIGN_UP }) });
    expect((await given.post()).headers.location).toBe("https://shop.example/done");
  });

  it("says so when the link died between the look and the deed", async () => {
    const outcomes = { ended: 410, unknown: 404 } as const;
    for (const [kind, status] of Object.entries(outcomes)) {
      const given = pagesWith({ outcome: () => ({ kind: kind as keyof typeof outcomes, signUp: SIGN_UP }) });
      expect((await given.post()).status).toBe(status);
    }
  });
});

describe("the token in the form", () => {
  const STALE = "This form was open for too long";

  it.each<[string, (given: ReturnType<typeof pagesWith>) => string]>([
    ["none", () => ""],
    ["a forged one", (given) => `${String(given.clock.ms)}.${"A".repeat(43)}`],
    ["another link's", (given) => given.formToken("another-link")],
    ["one whose date was changed", (given) => given.formToken().replace(/^\d+/, String(given.clock.ms + 1))],
    ["a very long one", () => "1".repeat(5000)],
  ])("does nothing with %s: shows the form again, filled in but for the password", async (_name, forge) => {
    const given = pagesWith();
    const reply = await given.post({ formToken: forge(given), choice: "existing" });
    expect(reply.status).toBe(403);
    expect(reply.text).toContain(STALE);
    expect(valueOf(reply, "email")).toBe(EMAIL);
    expect(reply.text).toMatch(/value="existing" required checked|value="existing"\s+required\s+checked/);
    expect(reply.text).not.toContain(PASSWORD);
    expect(given.asked).toEqual([]);
    expect((await given.post({ formToken: formTokenIn(reply) })).status).toBe(303);
  });

  it("is good for two hours", async () => {
    const given = pagesWith();
    const formToken = given.formToken();
    given.clock.ms += 2 * HOUR_MS;
    expect((await given.post({ formToken })).status).toBe(403);
    expect(given.asked).toEqual([]);
    given.clock.ms -= 1;
    expect((await given.post({ formToken })).status).toBe(303);
  });

  it("counts as missing when it is sent twice", async () => {
    const given = pagesWith();
    const twice = new URLSearchParams(given.filled());
    twice.append("formToken", given.formToken());
    const reply = await given.http.post(`/activate/${TOKEN}`).type("form").send(twice.toString());
    expect(reply.status).toBe(403);
    expect(given.asked).toEqual([]);
  });
});

describe("a form that is not filled in well", () => {
  it.each([
    ["choice", "", "choice-new"],
    ["choice", "other", "choice-new"],
    ["email", "", "email"],
    ["email", "nobody", "email"],
    ["email", "a@b@c", "email"],
    ["email", "a b@example.com", "email"],
    ["email", "@example.com", "email"],
    ["email", "a@", "email"],
    ["email", "a\0@example.com", "email"],
    ["email", `${"x".repeat(251)}@b.c`, "email"],
    ["password", "", "password"],
    ["password", "1234567", "password"],
    ["password", "x".repeat(1025), "password"],
    ["consent", "", "consent"],
    ["consent", "no", "consent"],
  ])("is shown again, %s %j being wrong, said at the field and above", async (field, value, id) => {
    const given = pagesWith();
    const reply = await given.post({ [field]: value });
    expect(reply.status).toBe(422);
    expect(given.asked).toEqual([]);
    expect(reply.text).toContain("<title>Error: Set up your subscription");
    const [, summary = ""] = /<div class="problem" role="alert"[^>]*>(.*?)<\/div>/s.exec(reply.text) ?? [];
    const links = [...summary.matchAll(/<a href="#([\w-]+)">([^<]+)<\/a>/g)];
    expect(links.map(([, target]) => target)).toEqual([id]);
    expect(reply.text).toMatch(new RegExp(`<input[^>]* id="${id}"`));
    expect(reply.text).toMatch(
      new RegExp(`<p class="error" id="${field}-error">\\s*${links[0]![2]!}\\s*</p>`),
    );
    expect(reply.text).toMatch(new RegExp(`aria-describedby="(\\S+ )?${field}-error"`));
  });

  it.each([
    [{ choice: "new", password: "12345678" }],
    [{ choice: "new", password: "x".repeat(1024) }],
    [{ choice: "new", password: "😀".repeat(1024) }],
    [{ choice: "existing", password: "1" }],
    [{ email: `${"x".repeat(250)}@b.c` }],
    [{ email: "jürgen@bücher.example" }],
  ])("is well filled in at the edge: %j", async (fields) => {
    const given = pagesWith();
    expect((await given.post(fields)).status).toBe(303);
    expect(given.asked).toHaveLength(1);
  });

  it("says all faults at once, in the order of the page", async () => {
    const { text } = await pagesWith().post({ choice: "", email: "", password: "", consent: "" });
    expect([...text.matchAll(/<a href="#([\w-]+)"/g)].map(([, id]) => id)).toEqual([
      "choice-new",
      "email",
      "password",
      "consent",
    ]);
  });

  it("keeps what was typed, escaped, and never the password", async () => {
    const email = `"><script>alert(1)</script>`;
    const reply = await pagesWith().post({ choice: "existing", email });
    expect(reply.text).not.toContain("<script");
    expect(valueOf(reply, "email")).toBe("&#34;&#62;&#60;script&#62;alert(1)&#60;/script&#62;");
    expect(reply.text).toMatch(/id="consent"[^>]* checked/);
    expect(reply.text).not.toContain(PASSWORD);
    expect(valueOf(reply, "password")).toBeUndefined();
  });

  it("is not there at all where something else than a form was sent", async () => {
    const given = pagesWith();
    const reply = await given.http.post(`/activate/${TOKEN}`).send(given.filled());
    expect(reply.status).toBe(403);
    expect(given.asked).toEqual([]);
  });

  it("takes no field from a prototype", async () => {
    const given = pagesWith();
    const { formToken } = given.filled();
    const body = `formToken=${formToken!}&__proto__[email]=a%40b.c&constructor=1&email[x]=a%40b.c`;
    const reply = await given.http.post(`/activate/${TOKEN}`).type("form").send(body);
    expect(reply.status).toBe(422);
    expect(valueOf(reply, "email")).toBe("");
  });

  it("may have 16 KiB, and is refused with a page beyond", async () => {
    const given = pagesWith();
    const size = new URLSearchParams({ ...given.filled(), more: "" }).toString().length;
    expect((await given.post({ more: "x".repeat(16_384 - size) })).status).toBe(303);
    const reply = await given.post({ more: "x".repeat(16_385 - size) });
    expect([reply.status, h1Of(reply)]).toEqual([413, "We could not read that form"]);
    expect(given.asked).toHaveLength(1);
  });
});

describe("the form for all", () => {
  it("labels every field, groups the choice, and tells password managers what is meant", async () => {
    const { text } = await pagesWith().get();
    for (const id of ["choice-new", "choice-existing", "email", "password", "consent"]) {
      expect(text).toContain(`id="${id}"`);
      expect(text).toMatch(new RegExp(`<label[^>]* for="${id}"`));
    }
    expect(text).toMatch(/<fieldset>\s*<legend>/);
    expect(text).toMatch(/type="email"[^>]* autocomplete="email"[^>]* inputmode="email"/);
    expect(text).toMatch(/type="password"[^>]* autocomplete="new-password"/);
    expect(text).toContain('aria-describedby="password-hint"');
    expect(text).toContain('name="viewport" content="width=device-width, initial-scale=1"');
    expect(text).not.toMatch(/maxlength|user-scalable|role="alert"/);
  });

  it("tells password managers of the account's password once that was chosen", async () => {
    const { text } = await pagesWith().post({ choice: "existing", email: "" });
    expect(text).toMatch(/type="password"[^>]* autocomplete="current-password"/);
  });

  it("takes the reader to the faults", async () => {
    const { text } = await pagesWith().post({ email: "" });
    expect(text).toMatch(/role="alert" tabindex="-1" autofocus/);
    expect(text.match(/aria-invalid="true"/g)).toHaveLength(1);
  });
});

describe("a sign-up that is refused", () => {
  it.each([
    ["wrongPassword", "do not fit together"],
    ["emailTaken", "There is an account with this e-mail address"],
    ["notEligible", "cannot have this subscription"],
    ["alreadySubscribed", "has such a subscription already"],
    ["limitReached", "as many of these subscriptions as it may"],
    ["declined", "could not set this up with that account"],
  ] as const)("shows the form again: %s", async (reason, said) => {
    const given = pagesWith({ outcome: () => ({ kind: "refused", reason, signUp: SIGN_UP }) });
    const reply = await given.post();
    expect(reply.status).toBe(422);
    expect(reply.text).toContain(said);
    expect(valueOf(reply, "email")).toBe(EMAIL);
    expect(reply.text).not.toContain(PASSWORD);
    expect(given.logged().at(-1)).toMatchObject({ page: "open", signUp: reason });
  });
});

describe("dead ends", () => {
  const unknown = (): SignUpPage => ({ kind: "unknown" });
  const PATHS = [
    "/activate/never-given-out",
    "/activate/x",
    `/activate/${"x".repeat(2000)}`,
    "/activate/%ff",
  ];
  const MORE = [
    "/activate/",
    "/activate",
    "/activate/a/b",
    "/activate/%3Cscript%3E",
    "/activate/%00",
    "/activate/..%2f",
  ];

  it("answers unknown, malformed and expired links with 404 and the same bytes, each looked up", async () => {
    const given = pagesWith({ view: unknown });
    const replies = [];
    for (const path of [...PATHS, ...MORE]) replies.push(await given.get(path));
    expect(new Set(replies.map(({ status }) => status))).toEqual(new Set([404]));
    expect(new Set(replies.map(({ text }) => text)).size).toBe(1);
    const headers = replies.map((reply) => {
      const { "x-request-id": _id, date: _date, ...rest } = reply.headers as Record<string, string>;
      return JSON.stringify(rest);
    });
    expect(new Set(headers).size).toBe(1);
    expect(replies[0]!.text).toContain("you get a fresh link");
    expect(given.viewed).toHaveLength(replies.length);
  });

  it("answers a form for such a link with the same page", async () => {
    const given = pagesWith({ view: unknown });
    const [get, post] = [await given.get(), await given.post()];
    expect([post.status, post.text]).toEqual([404, get.text]);
    expect(given.asked).toEqual([]);
  });

  it("tells who is set up already, and where to go on", async () => {
    const view = (): SignUpPage => ({ kind: "setUp", signUp: SIGN_UP });
    const reply = await pagesWith({ view }).get();
    expect([reply.status, h1Of(reply)]).toEqual([200, "You are already set up"]);
    expect(reply.text).toContain('href="https://shop.example/done"');
    const without = await pagesWith({ view, returnUrls: [], basePath: "/sign-up" }).get();
    expect(without.text).toContain('href="/sign-up/welcome"');
  });

  it("answers 410 where the entitlement has ended, also to the form", async () => {
    const given = pagesWith({ view: () => ({ kind: "ended", signUp: SIGN_UP }) });
    for (const reply of [await given.get(), await given.post()]) {
      expect([reply.status, h1Of(reply)]).toEqual([410, "This subscription has ended"]);
      expect(reply.text).toContain("ask the seller");
    }
    expect(given.asked).toEqual([]);
  });

  it("asks to try again where the back end is down, without a form that could not be known", async () => {
    const given = pagesWith({ view: down });
    const reply = await given.get();
    expect([reply.status, reply.headers["retry-after"]]).toEqual([503, "15"]);
    expect(reply.text).toContain('<a class="button" href=""');
    expect(reply.text).not.toContain("<form");
  });

  it.each<[string, Given]>([
    ["is not known to have worked", { outcome: () => ({ kind: "unavailable", signUp: SIGN_UP }) }],
    ["could not be placed", { outcome: () => ({ kind: "unavailable", signUp: null }) }],
    ["was refused as unavailable", { outcome: down }],
    ["could not even be looked up", { view: down }],
  ])("keeps e-mail and choice, never the password, where a sign-up %s", async (_name, by) => {
    const given = pagesWith(by);
    const reply = await given.post({ choice: "existing" });
    expect([reply.status, reply.headers["retry-after"]]).toEqual([503, "15"]);
    expect(valueOf(reply, "email")).toBe(EMAIL);
    expect(reply.text).toMatch(/id="choice-existing"[^>]* checked/);
    expect(reply.text).toMatch(/id="consent"[^>]* checked/);
    expect(reply.text).not.toContain(PASSWORD);
    expect(reply.text).toContain("Nothing is lost");
  });

  it("still says what one gets where it is known", async () => {
    const outcomes: (() => SignUpOutcome)[] = [() => ({ kind: "unavailable", signUp: null }), down];
    for (const outcome of outcomes) {
      const reply = await pagesWith({ outcome }).post();
      expect(reply.text).toContain("Bango Music Premium");
      expect(directivesOf(reply)["form-action"]).toContain("https://shop.example");
    }
  });

  it("answers a malformed link as any other while the back end is down", async () => {
    const given = pagesWith({ view: down });
    for (const path of ["/activate/x", "/activate/%ff", "/activate/a/b"])
      expect((await given.get(path)).status).toBe(503);
  });

  it("logs why the back end was down by the name of the cause alone", async () => {
    const cause = new RangeError(`no room for ${EMAIL}`);
    for (const code of ["unavailable", "internal"] as const) {
      const given = pagesWith({
        outcome: () => {
          throw new Problem({ code, text: "no database" }, { cause });
        },
      });
      expect((await given.post()).status).toBe(code === "unavailable" ? 503 : 500);
      if (code === "unavailable")
        expect(given.logged()).toContainEqual(
          expect.objectContaining({ msg: "request.cause", level: "warn", cause: "RangeError" }),
        );
      expect(given.log()).not.toMatch(/canary/);
    }
  });

  it("lets the form of a back end that came back end well", async () => {
    let isDown = true;
    const given = pagesWith({ view: () => (isDown ? down() : { kind: "open", signUp: SIGN_UP }) });
    const reply = await given.post();
    isDown = false;
    expect((await given.post({ formToken: formTokenIn(reply) })).status).toBe(303);
  });

  it("shows a page for a bug, and logs it as something to act on, without what was typed", async () => {
    const given = pagesWith({
      outcome: ({ token, email, password }) => {
        throw new TypeError(`${token} ${email}\n    at ${password}`);
      },
    });
    const reply = await given.post();
    expect([reply.status, h1Of(reply)]).toEqual([500, "Something went wrong on our side"]);
    const line = given.logged().find(({ level }) => level === "error");
    expect(line).toMatchObject({ msg: "request.failed" });
    expect(JSON.stringify(line)).toMatch(/TypeError.*client-api\.test/);
    expect(given.log()).not.toMatch(/canary/);
  });

  it("welcomes where no return URL applies, and changes nothing there", async () => {
    const given = pagesWith({ returnUrls: [] });
    expect((await given.post()).headers.location).toBe("/welcome");
    const reply = await given.get("/welcome");
    expect([reply.status, h1Of(reply)]).toEqual([200, "Welcome, you are set up"]);
    expect((await given.http.post("/welcome")).status).toBe(405);
    expect(given.asked).toHaveLength(1);
  });
});

describe("where the customer goes on", () => {
  const withAsked = (askedReturnUrl: string | null): Given => ({
    outcome: () => ({ kind: "done", signUp: { ...SIGN_UP, askedReturnUrl } }),
  });
  const landing = async (given: Given, returnUrl?: string): Promise<unknown> => {
    const query = returnUrl === undefined ? "" : `?returnUrl=${encodeURIComponent(returnUrl)}`;
    return (await pagesWith(given).post({}, `/activate/${TOKEN}${query}`)).headers.location;
  };

  it("is the query's URL, else the one of the activate call, else the first listed, else the welcome page", async () => {
    const asked = withAsked("https://other.example/asked");
    expect(await landing(asked, "https://shop.example/done/1?x=1")).toBe("https://shop.example/done/1?x=1");
    expect(await landing(asked)).toBe("https://other.example/asked");
    expect(await landing(asked, "https://evil.example/")).toBe("https://other.example/asked");
    expect(await landing(withAsked("https://evil.example/"))).toBe("https://shop.example/done");
    expect(await landing({ returnUrls: [] }, "https://shop.example/done")).toBe("/welcome");
  });

  it.each([
    "https://evil.example/",
    "//evil.example/",
    "/\\evil.example",
    "https:evil.example",
    "https://shop.example@evil.example/done",
    "https://shop.example.evil.example/done",
    "https://evil.example\\@shop.example/done",
    "https://shop.example/done/../../evil",
    "https://shop.example/donee",
    "http://shop.example/done",
    "javascript:alert(1)",
    "data:text/html,x",
    "https://shop.example/done\r\nX-Injected: 1",
  ])("is never where a stranger says: %s", async (returnUrl) => {
    expect(await landing({}, returnUrl)).toBe("https://shop.example/done");
    expect(await landing(withAsked(returnUrl))).toBe("https://shop.example/done");
    const setUp = pagesWith({ view: () => ({ kind: "setUp", signUp: SIGN_UP }) });
    const { text } = await setUp.get(`/activate/${TOKEN}?returnUrl=${encodeURIComponent(returnUrl)}`);
    expect([...text.matchAll(/<a class="button" href="([^"]*)"/g)].map(([, url]) => url)).toEqual([
      "https://shop.example/done",
    ]);
  });

  it("is not what was asked twice", async () => {
    const query = "?returnUrl=https://shop.example/done/1&returnUrl=https://shop.example/done/2";
    const reply = await pagesWith().post({}, `/activate/${TOKEN}${query}`);
    expect(reply.headers.location).toBe("https://shop.example/done");
  });

  it("stays in the address of the form, which names no other, and in no page", async () => {
    const { text } = await pagesWith().get(`/activate/${TOKEN}?returnUrl=https://shop.example/done/canary`);
    expect(text).toMatch(/<form method="post" novalidate>/);
    expect(text).not.toContain("canary");
  });
});

describe("limits", () => {
  const onlyLive = (token: string): SignUpPage =>
    token === TOKEN ? { kind: "open", signUp: SIGN_UP } : { kind: "unknown" };

  it("answers 429 after 60 unknown links in a minute from one address, and not a second longer", async () => {
    const given = pagesWith({ view: onlyLive });
    for (let time = 0; time < 60; time += 1) expect((await given.get("/activate/x")).status).toBe(404);
    given.clock.ms += 20_000;
    const reply = await given.get("/activate/x");
    expect([reply.status, reply.headers["retry-after"]]).toEqual([429, "40"]);
    expect(h1Of(reply)).toBe("Too many links that do not work");
    expect((await given.get("/activate/%ff")).status).toBe(429);
    given.clock.ms += 40_000;
    expect((await given.get("/activate/x")).status).toBe(404);
  });

  it("never keeps a live link from those who share such an address, nor another address from its 404", async () => {
    const given = pagesWith({ view: onlyLive });
    for (let time = 0; time < 70; time += 1) await given.get("/activate/x");
    expect((await given.get()).status).toBe(200);
    expect((await given.post()).status).toBe(303);
    expect((await given.get("/activate/x").set("X-Forwarded-For", "192.0.2.7")).status).toBe(404);
  });

  it.each(["wrongPassword", "emailTaken"] as const)(
    "answers 429 after 10 failed sign-ins (%s) in 15 minutes on one link, and asks no more",
    async (reason) => {
      const given = pagesWith({ outcome: () => ({ kind: "refused", reason, signUp: SIGN_UP }) });
      for (let time = 0; time < 10; time += 1) expect((await given.post()).status).toBe(422);
      const reply = await given.post();
      expect([reply.status, reply.headers["retry-after"]]).toEqual([429, "900"]);
      expect(valueOf(reply, "email")).toBe(EMAIL);
      expect(reply.text).not.toContain(PASSWORD);
      expect(given.asked).toHaveLength(10);
      expect((await given.get()).status).toBe(200);
      const other = { formToken: given.formToken("other") };
      expect((await given.post(other, "/activate/other")).status).toBe(422);
      given.clock.ms += 900_000;
      expect((await given.post()).status).toBe(422);
    },
  );

  it("holds against many at once", async () => {
    const given = pagesWith({
      outcome: () => ({ kind: "refused", reason: "wrongPassword", signUp: SIGN_UP }),
    });
    await Promise.all(Array.from({ length: 40 }, () => given.post()));
    expect(given.asked).toHaveLength(10);
  });

  it("counts no other refusal, no outage, no bug and no form with faults", async () => {
    const outcomes: (() => SignUpOutcome)[] = [
      () => ({ kind: "refused", reason: "notEligible", signUp: SIGN_UP }),
      () => ({ kind: "unavailable", signUp: SIGN_UP }),
      () => {
        throw new Error("a bug");
      },
    ];
    let time = 0;
    const given = pagesWith({ outcome: () => outcomes[time++ % outcomes.length]!() });
    for (let turn = 0; turn < 30; turn += 1) {
      expect((await given.post({ email: "" })).status).toBe(422);
      expect((await given.post()).status).not.toBe(429);
    }
  });
});

describe("the log", () => {
  it("has kinds alone: no token, e-mail, password, name or return URL, whatever happens", async () => {
    const views: (() => SignUpPage)[] = [
      () => ({ kind: "open", signUp: SIGN_UP }),
      () => ({ kind: "setUp", signUp: SIGN_UP }),
      () => ({ kind: "ended", signUp: SIGN_UP }),
      () => ({ kind: "unknown" }),
      () => {
        throw problem("unavailable", "down", undefined);
      },
      () => {
        throw new Error(`broken at ${TOKEN}`);
      },
    ];
    const outcomes: ((request: SignUpRequest) => SignUpOutcome)[] = [
      () => DONE,
      () => ({ kind: "refused", reason: "wrongPassword", signUp: SIGN_UP }),
      ({ email, password }) => {
        throw Object.assign(new Error(`${email} ${password}`), { email, sql: password });
      },
      down,
    ];
    const path = `/activate/${TOKEN}?returnUrl=https://shop.example/done/canary`;
    for (const view of views)
      for (const outcome of outcomes) {
        const given = pagesWith({ view, outcome });
        await given.get(path);
        await given.post({}, path);
        await given.post({ formToken: "canary" }, path);
        await given.post({ password: "canary" }, path);
        await given.post({}, path).set("Sec-Fetch-Site", "cross-site");
        await given.post({ more: "canary".repeat(5000) }, path);
        await given.get(`${path}%ff`);
        await given.get(`/activate/${TOKEN}%ff`);
        await given.get(`/activate/${TOKEN}/more`);
        expect(given.logged().filter(({ msg }) => msg === "request.answered")).toHaveLength(9);
        expect(given.log()).not.toMatch(/canary|Bango Music/);
      }
  });

  it("says what was shown and what became of it", async () => {
    const given = pagesWith();
    await given.get();
    await given.post();
    await given.post({ email: "" });
    await given.post({ formToken: "" });
    const [open, done, invalid, stale] = given.logged();
    expect(open).toMatchObject({ method: "GET", status: 200, page: "open" });
    expect(done).toMatchObject({ method: "POST", status: 303, signUp: "done" });
    expect(invalid).toMatchObject({ status: 422, page: "open", signUp: "invalid" });
    expect(stale).toMatchObject({ status: 403, page: "open", signUp: "staleForm" });
  });
});
