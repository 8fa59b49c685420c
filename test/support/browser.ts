import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import type { Browser } from "playwright-core";
import type { Response } from "supertest";
import type TestAgent from "supertest/lib/agent.js";

/** What a customer types on the landing page, without what the page itself adds. */
export interface TypedForm {
  readonly choice?: "new" | "existing";
  readonly email: string;
  readonly password: string;
}

/** The path of an activation URL, for an application that listens nowhere. */
export const pathOf = (url: string): string => new URL(url).pathname + new URL(url).search;

/** What the page put into its form for us. */
export const formTokenOf = ({ text }: { readonly text: string }): string => {
  const found = /name="formToken" value="([^"]+)"/.exec(text)?.[1];
  if (found === undefined) throw new Error(`the page has no form:\n${text}`);
  return found;
};

/** Sends the form as a browser without script does. */
export const postForm = (
  http: TestAgent,
  url: string,
  formToken: string,
  { choice = "new", email, password }: TypedForm,
): Promise<Response> =>
  Promise.resolve(
    http
      .post(pathOf(url))
      .type("form")
      .send({ choice, email, password, consent: "yes", formToken })
      .then((response) => response),
  );

/** Opens the link, fills the form and sends it. */
export async function signUpThrough(http: TestAgent, url: string, typed: TypedForm): Promise<Response> {
  return postForm(http, url, formTokenOf(await http.get(pathOf(url))), typed);
}

const NAMES = ["chromium", "chromium-browser", "google-chrome"];

/** CHROMIUM_PATH, else the first of the usual names; scripts/lib/chromium.mjs looks in the same places. */
export function findChromium(): string {
  const places = ["/usr/bin", ...(process.env.PATH ?? "").split(delimiter)];
  const usual = places.flatMap((place) => NAMES.map((name) => join(place, name)));
  const named = process.env.CHROMIUM_PATH;
  const found = named === undefined ? usual.find((path) => existsSync(path)) : named;
  if (found === undefined || !existsSync(found))
    throw new Error(
      `there is no Chromium (${named ?? NAMES.join(", ")}): run the tests by npm test, which installs it, or name one in CHROMIUM_PATH`,
    );
  return found;
}

/** A browser that asks nobody on the network but the pages under test. */
export async function launchBrowser(): Promise<Browser> {
  const { chromium } = await import("playwright-core");
  return chromium.launch({
    executablePath: findChromium(),
    headless: true,
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
      // Every name but this machine's is refused before it is looked up.
      "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1",
    ],
  });
}
