import express, { Router, urlencoded } from "express";
import type { ErrorRequestHandler, Request, Response } from "express";
import { z } from "zod";
import * as accounts from "./accounts.js";
import { isoOf } from "./answers.js";
import { operatorOnly } from "./guard.js";
import { listEffectsOf, listLatestEffects } from "./ledger.js";
import { settingsSchema } from "./operator-switch.js";
import type { SettingsInput } from "./operator-switch.js";
import { renderPage } from "./pages/layout.js";
import { AMOUNTS, operatorPage } from "./pages/operator-page.js";
import type { OperatorFields } from "./pages/operator-page.js";
import type { World } from "./world.js";

const BODY_MAX = "16kb";
const PEOPLE_MAX = 20;
const NOTE_CHARACTERS_MAX = 500;
const NUMBERS: readonly string[] = AMOUNTS.map(([name]) => name);

const NOBODY = { isSignedIn: false, formToken: "" };

/** The switch, the ledger and the house's own block: for whoever has the token, or sits at this machine. */
export function operatorRouter(world: World): Router {
  const { books, operatorSwitch, now, log } = world;
  const router = Router();
  router.use(operatorOnly(world.apiToken));
  router.use(express.json({ limit: BODY_MAX }), urlencoded({ extended: false, limit: BODY_MAX }));

  async function show(res: Response, fields: OperatorFields, faults: readonly string[] = []): Promise<void> {
    const people = await listPeople(world);
    const page = operatorPage({ fields, faults, effects: await listLatestEffects(books), people });
    res.type("html").send(renderPage(page, NOBODY, "/operator"));
  }

  router.get("/", (_req, res) => show(res, { ...operatorSwitch.settings() }));
  router.get("/mode", (_req, res) => res.json(operatorSwitch.settings()));
  router.post("/mode", async (req, res) => {
    const asked = settingsSchema.safeParse(settingsIn(req));
    if (!asked.success) {
      if (!isForm(req)) throw asked.error;
      const faults = asked.error.issues.map(({ path }) => String(path[0] ?? ""));
      await show(res.status(400), { ...(req.body as OperatorFields) }, faults);
      return;
    }
    operatorSwitch.set(asked.data);
    log("ott.mode_set", { mode: operatorSwitch.settings().mode });
    if (isForm(req)) res.redirect(303, "/operator");
    else res.json(operatorSwitch.settings());
  });
  router.get("/ledger", async (req, res) => {
    const { ref: reference, partner_entitlement: partnerEntitlement } = req.query;
    if (typeof reference === "string") res.json({ effects: await listEffectsOf(books, { reference }) });
    else if (typeof partnerEntitlement === "string")
      res.json({ effects: await listEffectsOf(books, { partnerEntitlement }) });
    else res.json({ effects: await listLatestEffects(books) });
  });
  for (const [name, isBlocked, usual] of [
    ["block", true, "Closed"],
    ["unblock", false, "Opened again"],
  ] as const)
    router.post(`/accounts/:number/${name}`, async (req, res) => {
      const { number } = req.params;
      const found = await accounts.setBlocked(books, number, isBlocked);
      if (found)
        await accounts.insertNote(books, { accountNumber: number, text: noteIn(req, usual), at: now() });
      if (!found) res.status(404).json({ error: { code: "account_unknown", message: "no such account" } });
      else if (isForm(req)) res.redirect(303, "/operator");
      else res.json({ account_number: number, blocked: isBlocked });
    });
  router.use(answerInvalid);
  return router;
}

const isForm = (req: Request): boolean => req.is("urlencoded") !== false;

/** A form sends text alone, and every field, empty or not. */
function settingsIn(req: Request): SettingsInput {
  const body = (req.body ?? {}) as Record<string, unknown>;
  if (!isForm(req)) return body as SettingsInput;
  const filled = Object.entries(body).filter(([, value]) => value !== "");
  const typed = filled.map(([name, value]) => [name, typedAs(name, value)]);
  return Object.fromEntries(typed) as SettingsInput;
}

function typedAs(name: string, value: unknown): unknown {
  if (NUMBERS.includes(name)) return Number(value);
  return name === "only" ? [value].flat() : value;
}

function noteIn(req: Request, usual: string): string {
  const { note } = (req.body ?? {}) as { readonly note?: unknown };
  return typeof note === "string" && note !== "" ? note.slice(0, NOTE_CHARACTERS_MAX) : usual;
}

async function listPeople({ books }: World) {
  const rows = await books<accounts.AccountRow>("account").orderBy("createdAt", "desc").limit(PEOPLE_MAX);
  const notes = await accounts.listNotes(
    books,
    rows.map(({ number }) => number),
  );
  return rows.map((row) => ({
    ...row,
    notes: notes
      .filter(({ accountNumber }) => accountNumber === row.number)
      .map(({ text, at }) => `${isoOf(at)?.slice(0, 16).replace("T", " ") ?? ""} ${text}`),
  }));
}

const answerInvalid: ErrorRequestHandler = (error: unknown, _req, res, next) => {
  if (!(error instanceof z.ZodError)) {
    next(error);
    return;
  }
  const faults = error.issues.map(({ path, message }) => ({ field: path.map(String).join("."), message }));
  res.status(400).json({ error: { code: "request_invalid", message: "no such setting", faults } });
};
