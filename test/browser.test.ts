import { spawn, spawnSync } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { launchBrowser } from "./support/browser.js";

const ROOT = join(__dirname, "..");
const START_MS = 150_000;
const WIDTHS = { phone: { width: 360, height: 740 }, desktop: { width: 1280, height: 800 } } as const;
/** What a fresh clone does not have; node_modules comes by another way. */
const NOT_CLONED = [".git", "node_modules", "data", "dist", "coverage"];

/** As a fresh clone whose dependencies are installed: nothing built, no database, no configuration. */
function cleanClone(folder: string): void {
  for (const name of readdirSync(ROOT))
    if (!NOT_CLONED.includes(name)) cpSync(join(ROOT, name), join(folder, name), { recursive: true });
  const modules = join(ROOT, "node_modules");
  // Links cost nothing where both are on one disk; a link to the folder itself would not be a clone.
  for (const options of [["-al"], ["-a", "--reflink=auto"], ["-a"]]) {
    if (spawnSync("cp", [...options, modules, folder]).status === 0) return;
    rmSync(join(folder, "node_modules"), { recursive: true, force: true });
  }
  throw new Error("node_modules could not be copied");
}

async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, "127.0.0.1"));
  await Promise.all(servers.map((server) => once(server, "listening")));
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map((server) => once(server.close(), "close")));
  return ports;
}

describe("a fresh clone in a browser", () => {
  let folder: string;
  let started: ChildProcess;
  let browser: Browser;
  let context: BrowserContext;
  let bangoTel: Page;
  let landing: Page;
  let lantern: Page;
  let link: string;
  let simulatorUrl: string;
  let adminUrl: string;
  let lanternUrl: string;
  let printed = "";
  /** What the browser complained of, in any tab. */
  const complaints: string[] = [];

  async function start(): Promise<void> {
    const [port = 0, adminPort = 0, simulatorPort = 0, ottPort = 0] = await freePorts(4);
    const at = (free: number): string => `http://localhost:${String(free)}`;
    [simulatorUrl, adminUrl, lanternUrl] = [at(simulatorPort), at(adminPort), at(ottPort)];
    started = spawn(process.execPath, ["scripts/start.mjs"], {
      cwd: folder,
      env: {
        PATH: process.env.PATH,
        HOME: process.env.HOME,
        PORT: String(port),
        ADMIN_PORT: String(adminPort),
        SIMULATOR_PORT: String(simulatorPort),
        EXAMPLE_OTT_PORT: String(ottPort),
      },
      stdio: ["ignore", "pipe", "pipe"],
    });
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => {
        reject(new Error(`npm start took too long:\n${printed}`));
      }, START_MS);
      const hear = (chunk: Buffer): void => {
        printed += chunk.toString();
        if (!printed.includes("Ctrl-C stops everything")) return;
        clearTimeout(timer);
        resolve();
      };
      started.stdout?.on("data", hear);
      started.stderr?.on("data", hear);
      started.once("exit", () => {
        clearTimeout(timer);
        reject(new Error(`npm start ended:\n${printed}`));
      });
    });
  }

  function watch(page: Page): Page {
    page.on("console", (message) => {
      if (["error", "warning"].includes(message.type()))
        complaints.push(`${message.text()} at ${message.location().url}`);
    });
    page.on("pageerror", (error) => complaints.push(error.message));
    page.on("requestfailed", (request) => {
      const why = request.failure()?.errorText;
      // Whoever goes on before a page's icon has come no longer wants it.
      const isGivenUp = why === "net::ERR_ABORTED" && !request.isNavigationRequest();
      if (!isGivenUp) complaints.push(`failed: ${request.url()}, ${String(why)}`);
    });
    return page;
  }

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "mia-clone-"));
    cleanClone(folder);
    await start();
    browser = await launchBrowser();
    context = await browser.newContext({ viewport: WIDTHS.desktop, locale: "en-GB" });
    context.setDefaultTimeout(8_000);
    bangoTel = watch(await context.newPage());
  }, START_MS + 30_000);
  afterAll(async () => {
    await (browser as Browser | undefined)?.close();
    if ((started as ChildProcess | undefined)?.exitCode === null && started.signalCode === null) {
      const gone = once(started, "exit");
      started.kill("SIGTERM");
      await gone;
    }
    rmSync(folder, { recursive: true, force: true });
  }, 60_000);

  let shots = 0;
  /** At both widths: nothing needs scrolling sideways. SCREENSHOTS=folder keeps the pictures. */
  async function look(page: Page, name: string): Promise<void> {
    shots += 1;
    for (const [width, size] of Object.entries(WIDTHS)) {
      await page.setViewportSize(size);
      const wide = await page.evaluate<number>("document.documentElement.scrollWidth");
      expect([name, wide]).toEqual([name, size.width]);
      const to = process.env.SCREENSHOTS;
      if (to === undefined) continue;
      mkdirSync(to, { recursive: true });
      const path = join(to, `${String(shots).padStart(2, "0")}-${name}-${width}.png`);
      await page.screenshot({ path, fullPage: true });
    }
  }

  const sides = async (): Promise<string[]> =>
    (await bangoTel.locator(".sides h3").allInnerTexts()).map((text) => text.replace(/\s+/g, " ").trim());
  const standing = (state: string): string[] => [`At Bango ${state}`, `At the merchant ${state}`];
  const notices = (): Promise<string[]> =>
    bangoTel
      .locator("section", { hasText: "What BangoTel was notified of" })
      .locator("li strong")
      .allInnerTexts();
  /** What the streaming service lets the customer do, and why not. */
  const door = async (): Promise<string> => {
    await lantern.goto(`${lanternUrl}/watch`);
    const stage = lantern.locator("[data-access]");
    const [access, reason] = [
      await stage.getAttribute("data-access"),
      await stage.getAttribute("data-reason"),
    ];
    return reason === null ? String(access) : `${String(access)}: ${reason}`;
  };
  /** As the merchant's own back office does, by the Merchant API. */
  const atTheMerchant = async (change: "block" | "unblock"): Promise<void> => {
    const { searchParams, pathname } = new URL(bangoTel.url());
    const id = searchParams.get("id") ?? pathname.split("/").at(-1) ?? "";
    const record = await (await fetch(`${simulatorUrl}/api/entitlements/${id}`)).text();
    const merchantEntitlementId = /"merchantEntitlementId":\s*"([^"]+)"/.exec(record)?.[1] ?? "";
    const reply = await fetch(`${adminUrl}/merchant/v1/entitlements/${merchantEntitlementId}/${change}`, {
      method: "POST",
      headers: {
        Authorization: `Bearer ${/Admin token +(\S+)/.exec(printed)?.[1] ?? ""}`,
        "Content-Type": "application/json",
      },
      body: JSON.stringify({ kind: "unpaid", reason: "invoice 4711" }),
    });
    expect(reply.status).toBe(200);
  };
  const sell = async (): Promise<void> => {
    await bangoTel.goto(simulatorUrl);
    const music = bangoTel.locator("#product option", { hasText: /^\s*MUSIC,/ });
    await bangoTel.locator("#product").selectOption((await music.getAttribute("value")) ?? "");
    await bangoTel.getByRole("button", { name: "Create entitlement" }).click();
  };
  const press = async (name: string): Promise<void> => {
    await Promise.all([
      bangoTel.waitForEvent("load"),
      bangoTel.getByRole("button", { name, exact: true }).first().click(),
    ]);
  };

  it("says what it does, and serves the reseller's page", async () => {
    expect(printed).toMatch(/dependencies: as package-lock\.json says/);
    expect(printed).toMatch(/build: done/);
    expect(printed).toContain(simulatorUrl);
    await bangoTel.goto(simulatorUrl);
    expect(await bangoTel.title()).toContain("BangoTel");
    await look(bangoTel, "sell");
  });

  it("sells MUSIC: PENDING on both sides, with a link for the customer", async () => {
    await sell();
    expect(await sides()).toEqual(standing("PENDING"));
    expect(await notices()).toEqual([]);
    await look(bangoTel, "pending");
  });

  it("opens the link in a tab of its own, in the customer's language as far as we speak it", async () => {
    const [page] = await Promise.all([
      context.waitForEvent("page"),
      bangoTel.getByRole("link", { name: /Follow the activation link/ }).click(),
    ]);
    landing = watch(page);
    await landing.waitForLoadState();
    link = landing.url();
    expect(await landing.locator("h1").innerText()).toBe("Set up your subscription");
    expect(await landing.locator("html").getAttribute("lang")).toBe("en");
    await look(landing, "landing");
  });

  it("sums up what is missing from an empty form, and leads to the fields", async () => {
    await landing.getByRole("button", { name: "Continue" }).click();
    const summary = landing.getByRole("alert");
    await summary.waitFor();
    expect(await landing.title()).toMatch(/^Error: /);
    expect(await summary.locator("li").allInnerTexts()).toEqual([
      "Enter your e-mail address.",
      "Enter a password.",
      "Tick the box to agree. We cannot set this up without it.",
    ]);
    expect(await landing.evaluate("document.activeElement.getAttribute('role')")).toBe("alert");
    await look(landing, "landing-faults");
    await summary.getByRole("link", { name: "Enter a password." }).click();
    expect(await landing.evaluate("document.activeElement.id")).toBe("password");
    await bangoTel.reload();
    expect(await sides()).toEqual(standing("PENDING"));
  });

  it("signs up by the keyboard alone, and comes back to the reseller", async () => {
    const { keyboard } = landing;
    const focused = (): Promise<unknown> =>
      landing.evaluate(
        "document.activeElement.id || document.activeElement.type || document.activeElement.tagName",
      );
    await landing.goto(link);
    const order: unknown[] = [];
    const typed: Record<string, string> = { email: "anna@example.com", password: "correct horse" };
    for (let tabs = 0; tabs < 20 && order.at(-1) !== "submit"; tabs += 1) {
      await keyboard.press("Tab");
      const at = String(await focused());
      order.push(at);
      if (typed[at] !== undefined) await keyboard.type(typed[at]);
      if (at === "consent") await keyboard.press("Space");
    }
    expect(order).toEqual(["choice-new", "email", "password", "consent", "submit"]);
    await look(landing, "landing-filled");
    await keyboard.press("Enter");
    await landing.waitForURL(bangoTel.url());
    expect(await landing.locator(".sides h3").allInnerTexts()).toEqual([
      expect.stringContaining("ACTIVE"),
      expect.stringContaining("ACTIVE"),
    ]);
  });

  it("is ACTIVE on both sides, and the reseller was notified of ACTIVATION_SUCCESS", async () => {
    await bangoTel.reload();
    expect(await sides()).toEqual(standing("ACTIVE"));
    expect(await notices()).toEqual(["ACTIVATION_SUCCESS"]);
    await look(bangoTel, "active");
  });

  it("lets the customer watch at the streaming service, with the account that was just made", async () => {
    lantern = watch(await context.newPage());
    await lantern.goto(`${lanternUrl}/watch`);
    await lantern.locator("#email").fill("anna@example.com");
    await lantern.locator("#password").fill("correct horse");
    await lantern.getByRole("button", { name: "Sign in" }).click();
    await lantern.waitForURL(`${lanternUrl}/watch`);
    expect(await door()).toBe("open");
    await look(lantern, "watch-open");
  });

  it("tells by the used link that all is set up", async () => {
    await landing.goto(link);
    expect(await landing.locator("h1").innerText()).toBe("You are already set up");
    await look(landing, "landing-set-up");
  });

  it("stays closed to a customer whom the merchant blocks, though BangoTel resumes", async () => {
    await press("Suspend");
    expect(await door()).toBe("closed: paused");
    await look(lantern, "watch-paused");
    await atTheMerchant("block");
    await press("Resume");
    expect(await sides()).toEqual(standing("ACTIVE"));
    expect(await door()).toBe("closed: paused");
    // BangoTel has started it again already: only the merchant can tell why it stays closed.
    expect(await lantern.locator("main").innerText()).toContain("our support can tell you why");
    await atTheMerchant("unblock");
    expect(await door()).toBe("open");
  });

  it.each([
    ["Suspend", "SUSPENDED", "SUSPENSION_SUCCESS", "closed: paused"],
    ["Resume", "ACTIVE", "RESUMPTION_SUCCESS", "open"],
    ["Update", "ACTIVE", null, "open"],
    ["Cancel", "ACTIVE-ENDING", "TERMINATION_PENDING", "open"],
    ["Revoke", "REVOKED", "TERMINATION_SUCCESS", "closed: ended"],
  ])("%s leaves it %s on both sides", async (button, state, notice, access) => {
    const before = await notices();
    const product = await bangoTel.locator("h1").innerText();
    await press(button);
    expect(await sides()).toEqual(standing(state));
    const after = await notices();
    if (notice === null) expect(await bangoTel.locator("h1").innerText()).not.toBe(product);
    else expect([...after].sort()).toEqual([...before, notice].sort());
    expect(await door()).toBe(access);
    await look(bangoTel, button.toLowerCase());
  });

  it("tells by the link that the subscription has ended", async () => {
    await landing.goto(link);
    expect(await landing.locator("h1").innerText()).toBe("This subscription has ended");
    await look(landing, "landing-ended");
    await landing.goto(`${link}x`);
    expect(await landing.locator("h1").innerText()).toBe("This link does not work");
    await look(landing, "landing-unknown");
  });

  it("signs up without JavaScript as well", async () => {
    await sell();
    const url = (await bangoTel.getByRole("link", { name: /Follow/ }).getAttribute("href")) ?? "";
    const plain = await browser.newContext({ javaScriptEnabled: false, viewport: WIDTHS.phone });
    const page = watch(await plain.newPage());
    await page.goto(url);
    await page.locator("#email").fill("anna@example.com");
    await page.locator("#password").fill("correct horse");
    await page.locator("#choice-existing").check();
    await page.locator("#consent").check();
    await page.getByRole("button", { name: "Continue" }).click();
    await page.waitForURL(bangoTel.url());
    await plain.close();
    await bangoTel.reload();
    expect(await sides()).toEqual(standing("ACTIVE"));
  });

  it("gave the browser nothing to complain of but the refusals that we asked for", () => {
    const asked =
      /^Failed to load resource: the server responded with a status of (404|410|422) .* at \S+\/activate\/\S+$/;
    expect(complaints.filter((text) => !asked.test(text))).toEqual([]);
  });

  it("would hear of what the pages' policies forbid", async () => {
    const before = complaints.length;
    await landing.evaluate(
      "document.head.append(Object.assign(document.createElement('style'), {textContent: 'h1{}'}))",
    );
    await landing.waitForTimeout(100);
    expect(complaints.slice(before).join()).toContain("Content Security Policy");
  });

  it("leaves nothing running when npm start alone is killed", async () => {
    const gone = once(started, "exit");
    started.kill("SIGKILL");
    await gone;
    const isUp = (url: string): Promise<boolean> =>
      fetch(url).then(
        () => true,
        () => false,
      );
    for (const url of [simulatorUrl, adminUrl, lanternUrl]) {
      for (let looks = 0; looks < 100 && (await isUp(url)); looks += 1) await landing.waitForTimeout(100);
      expect([url, await isUp(url)]).toEqual([url, false]);
    }
  });
});
