import { randomUUID } from "node:crypto";
import express, { Router } from "express";
import type { Request } from "express";
import type { World } from "./api-router.js";
import { entitlementPage } from "./entitlement-page.js";
import { entitlementsPage } from "./entitlements-page.js";
import { html, pageText } from "./html.js";
import { textOf } from "./json.js";
import type { Product } from "./reseller.js";
import { STYLESHEET } from "./stylesheet.js";

const BODY_MAX = "16kb";

/** What a button may ask; the form's fields that go along are those named. */
const BUTTONS = [
  ["suspend", []],
  ["resume", []],
  ["update", ["productKey"]],
  ["cancel", []],
  ["revoke", []],
  ["reinstate", []],
  ["activationInfo", []],
] as const;

/** BangoTel for a person: pages and forms without any script. */
export function pageRouter({ records, exchanges, reseller }: World, products: readonly Product[]): Router {
  const router = Router();
  const one = "/entitlements/:entitlementId";
  router.use(express.urlencoded({ extended: false, limit: BODY_MAX }));
  router.get("/style.css", (_req, res) => {
    res.type("text/css").send(STYLESHEET);
  });
  router.get("/favicon.ico", (_req, res) => {
    res.status(204).end();
  });
  router.get("/", (_req, res) => {
    res.type("html").send(entitlementsPage(records.list(), products));
  });
  router.post("/entitlements", async (req, res) => {
    const product = products[Number(textOf(req.body, "product") ?? NaN)];
    const sharedCustomerId = textOf(req.body, "sharedCustomerId") ?? "";
    if (!product || sharedCustomerId === "") {
      const fault = "Choose a product and give a customer id.";
      res
        .status(400)
        .type("html")
        .send(entitlementsPage(records.list(), products, fault));
      return;
    }
    const { productKey, resellerId } = product;
    // Here the customer comes back to, once signed up; whether that is allowed is the merchant's to say.
    const entitlementId = randomUUID();
    const path = `/entitlements/${entitlementId}`;
    const extraInformation = { returnUrl: `http://${req.get("host") ?? "localhost"}${path}` };
    await reseller.create({ entitlementId, productKey, resellerId, sharedCustomerId, extraInformation });
    res.redirect(303, path);
  });
  router.get(one, async (req, res) => {
    const record = records.find(req.params.entitlementId);
    if (record === null) {
      res.status(404).type("html").send(notFoundPage());
      return;
    }
    const merchant = await reseller.look(record);
    const view = { record, merchant, exchanges: exchanges.list(record.entitlementId), products };
    res.type("html").send(entitlementPage(view));
  });
  for (const [operation, names] of BUTTONS)
    router.post(`${one}/${operation}`, async (req: Request<{ entitlementId: string }>, res) => {
      const record = records.find(req.params.entitlementId);
      if (record === null) {
        res.status(404).type("html").send(notFoundPage());
        return;
      }
      const given = names.map((name) => [name, textOf(req.body, name)] as const);
      await reseller.ask(record, operation, Object.fromEntries(given.filter(([, value]) => value !== null)));
      res.redirect(303, `/entitlements/${encodeURIComponent(record.entitlementId)}`);
    });
  router.use((_req, res) => {
    res.status(404).type("html").send(notFoundPage());
  });
  return router;
}

const notFoundPage = (): string =>
  pageText({
    title: "Not found",
    here: "/",
    main: html`<h1>Not found</h1>
      <p>There is no such page or entitlement. The simulator forgets everything when it is started again.</p>
      <p><a href="/">All entitlements</a></p>`,
  });
