import express, { Router } from "express";
import type { Request, Response } from "express";
import type { Exchanges } from "./exchanges.js";
import { parseFault } from "./faults.js";
import type { Faults } from "./faults.js";
import { isObject } from "./json.js";
import type { JsonObject } from "./json.js";
import type { EntitlementRecord, Records } from "./records.js";
import { RESELLER_OPERATIONS } from "./reseller.js";
import type { Reseller, ResellerAnswer } from "./reseller.js";

export interface World {
  readonly records: Records;
  readonly exchanges: Exchanges;
  readonly faults: Faults;
  readonly reseller: Reseller;
}

const BODY_MAX = "256kb";
const ID_MAX = 255;

/** The simulator for scripts: create and change at BangoTel, look at everything, make Bango misbehave. */
export function apiRouter({ records, exchanges, faults, reseller }: World): Router {
  const router = Router();
  const one = "/entitlements/:entitlementId";
  router.use(express.json({ limit: BODY_MAX, type: "application/json" }));

  router.get("/entitlements", (_req, res) => {
    res.json({ entitlements: records.list().map(summaryOf) });
  });
  router.post("/entitlements", async (req, res) => {
    const fields = bodyOf(req);
    const wrong = faultOfCreate(fields);
    if (wrong === null) res.status(201).json(answerOf(await reseller.create(fields as Creation)));
    else refuse(res, 400, wrong);
  });
  router.get(one, (req, res) => {
    const record = records.find(req.params.entitlementId);
    if (record === null) refuse(res, 404, "no such entitlement");
    else res.json({ ...record, exchanges: exchanges.list(record.entitlementId) });
  });
  for (const operation of RESELLER_OPERATIONS)
    router.post(`${one}/${operation}`, async (req: Request<{ entitlementId: string }>, res) => {
      const record = records.find(req.params.entitlementId);
      if (record === null) refuse(res, 404, "no such entitlement");
      else res.json(answerOf(await reseller.ask(record, operation, bodyOf(req))));
    });
  router.post("/echo", async (_req, res) => {
    const { reply, error } = await reseller.echo();
    res.json({ reply, ...(error === null ? {} : { error }) });
  });
  router.get("/exchanges", (req, res) => {
    const { entitlementId } = req.query;
    res.json({ exchanges: exchanges.list(typeof entitlementId === "string" ? entitlementId : undefined) });
  });
  router.get("/faults", (_req, res) => {
    res.json({ faults: faults.list() });
  });
  router.post("/faults", (req, res) => {
    const fault = parseFault(bodyOf(req));
    if (typeof fault === "string") {
      refuse(res, 400, fault);
      return;
    }
    faults.add(fault);
    res.status(201).json({ faults: faults.list() });
  });
  router.delete("/faults", (_req, res) => {
    faults.clear();
    res.json({ faults: [] });
  });
  router.use((_req, res) => {
    refuse(res, 404, "no such path");
  });
  return router;
}

type Creation = JsonObject & { readonly productKey: string };

const bodyOf = (req: Request): JsonObject => (isObject(req.body) ? req.body : {});

export function refuse(res: Response, status: number, error: string): void {
  res.status(status).json({ error });
}

/** Only what the simulator itself needs; all else goes to the merchant as it is. */
function faultOfCreate(fields: JsonObject): string | null {
  const isId = (value: unknown): boolean =>
    typeof value === "string" && value !== "" && value.length <= ID_MAX;
  if (!isId(fields.productKey)) return "productKey: needed, a string";
  const wrong = ["entitlementId", "requestId", "resellerId"].find(
    (name) => fields[name] !== undefined && !isId(fields[name]),
  );
  return wrong === undefined ? null : `${wrong}: a string of at most ${String(ID_MAX)} characters`;
}

/** `status` FAILED is what BangoTel is told where the merchant could not be reached. */
function answerOf({ record, outcome }: ResellerAnswer): JsonObject {
  const { reply, error, deliveries } = outcome;
  return {
    entitlementId: record.entitlementId,
    merchantEntitlementId: record.merchantEntitlementId,
    status: record.status,
    ...(record.activationUrl === null
      ? {}
      : { activationUrl: record.activationUrl, urlExpiry: record.urlExpiry }),
    ...(record.terminationDate === null ? {} : { terminationDate: record.terminationDate }),
    reply,
    deliveries,
    ...(error === null ? {} : { error }),
  };
}

const summaryOf = (record: EntitlementRecord): JsonObject => ({
  entitlementId: record.entitlementId,
  merchantEntitlementId: record.merchantEntitlementId,
  resellerId: record.resellerId,
  productKey: record.productKey,
  status: record.status,
  ...record.dates,
  notifications: record.notifications.map(({ notification }) => notification),
});
