import { createHash } from "node:crypto";
import type { Express } from "express";
import { v7 as uuidV7 } from "uuid";
import { adminRouter } from "./admin/admin-router.js";
import type { AdminToken } from "./admin/admin-router.js";
import { merchantRouter } from "./admin/merchant-router.js";
import { sandboxRouter } from "./admin/sandbox-router.js";
import { clientApiRouter, defaultClientApiLimits } from "./client-api/client-api-router.js";
import { defaultTheme } from "./client-api/theme.js";
import { effectiveContract } from "./contract/contract.js";
import type { Contract } from "./contract/contract.js";
import { openApiDocument } from "./contract/openapi/document.js";
import { problemReply } from "./contract/replies.js";
import { makeWire } from "./contract/wire.js";
import type { Wire } from "./contract/wire.js";
import type { Catalogue } from "./config/catalogue.js";
import { merchantOpenApiDocument } from "./contract/merchant-openapi.js";
import { composeInbound } from "./compose-inbound.js";
import { baseApp } from "./http/base-app.js";
import { healthRouter } from "./http/health.js";
import type { HealthCheck } from "./http/health.js";
import type { Authenticate } from "./server-api/authenticate.js";
import { makeHandleCall } from "./server-api/handle-call.js";
import { serverApiRouter } from "./server-api/server-api-router.js";
import { listMigrations } from "./store/migrate.js";
import { derivedKey } from "./usecases/seal.js";
import { activationToken } from "./usecases/secret-keys.js";
import { repeatLanes } from "./workers/repeat-lanes.js";
import { repeat } from "./workers/repeat.js";
import type { Core } from "./compose.js";

export interface Server {
  readonly publicApp: Express;
  readonly adminApp: Express;
  /** Looks for due work until stopped; the passes under way end first. */
  readonly startWorkers: () => { readonly stop: () => Promise<void> };
  readonly drain: () => void;
}

const PASS_EVERY_MS = 1000;
const PRUNE_EVERY_MS = 60_000;

/** The two ports' applications and the workers, over one core. */
export function composeServer(core: Core): Server {
  const { config, live, log } = core;
  let draining = false;
  const health = (): ReturnType<typeof healthRouter> => healthRouter(healthChecks(core), () => draining);
  const tokens = live.derive((snapshot): AdminToken[] =>
    snapshot.config.file.admin.tokens.map(({ id, role, token }) => ({
      id,
      role,
      hashes: token.map((text) => createHash("sha256").update(text).digest()),
    })),
  );
  const inbound = composeInbound(live, {
    live: core.credentials.current,
    keys: core.keys,
    noteUse: core.secretUses.note,
    now: core.now,
  });
  const contract = effectiveContract(config.file.contract);
  const wire = makeWire(contract);
  const http = { log, trustProxy: config.trustProxy, requestIdHeader: contract.idempotency.header };
  const admin = [
    health(),
    adminRouter({ tokens, openApi: openApiDocument(contract, config.publicUrl) }),
    merchantRouter({ tokens, use: core.merchantApi, openApi: merchantOpenApiDocument("/"), log }),
  ];
  if (config.profile === "sandbox")
    admin.push(sandboxRouter({ tokens, moveClock: core.moveClock, ledger: core.ledger }));
  return {
    publicApp: baseApp(
      [health(), inbound.router, serverApi(core, inbound.authenticate, contract, wire), clientApi(core)],
      {
        ...http,
        renderProblem: wire.problem,
      },
    ),
    adminApp: baseApp(admin, { ...http, renderProblem: (_operation, refused) => problemReply(refused) }),
    startWorkers() {
      const workers = [
        repeatLanes("settleDue", { list: core.dueLanes, run: core.settleLane }, PASS_EVERY_MS, log),
        repeatLanes("endDue", { list: core.resellersToEnd, run: core.endOf }, PASS_EVERY_MS, log),
        repeatLanes("deliverDue", { list: core.linesToTell, run: core.tellLine }, PASS_EVERY_MS, log),
        repeat("watchAcceptances", core.watchAcceptances, PASS_EVERY_MS, log),
        repeat("refreshSecrets", core.refreshSecrets, PASS_EVERY_MS, log),
        repeat("noteSecretUses", core.secretUses.flush, PASS_EVERY_MS, log),
        repeat("pruneJournal", core.pruneJournal, PRUNE_EVERY_MS, log),
      ];
      return {
        stop: async () => {
          await Promise.all(workers.map((worker) => worker.stop()));
        },
      };
    },
    drain: () => {
      draining = true;
    },
  };
}

function healthChecks({ database, store, keys, accounts }: Core): HealthCheck[] {
  return [
    {
      name: "database",
      fatal: true,
      check: async () => (await store.now()).database > 0,
    },
    {
      name: "migrations",
      fatal: true,
      check: async () => (await listMigrations(database)).pending.length === 0,
    },
    {
      name: "signingKeys",
      fatal: true,
      check: async () => (await store.listKeys()).some(({ keyId }) => keyId === keys.current().kid),
    },
    { name: "accountSystem", fatal: false, check: async () => (await accounts.health()).ok },
  ];
}

function serverApi(
  core: Core,
  authenticate: Authenticate,
  contract: Contract,
  wire: Wire,
): ReturnType<typeof serverApiRouter> {
  const { keys, live, log, store } = core;
  const catalogue = (): Catalogue => live.current().catalogue;
  return serverApiRouter({
    contract,
    wire,
    authenticate,
    handle: makeHandleCall({
      run: core.run,
      locate: core.locate,
      newBudget: core.newBudget,
      identify: core.identify,
      issueLink: (of) => store.issueLink((now) => core.issueLink(of, now.business)),
      activationUrl: async ({ merchantEntitlementId, resellerId }, { number, keyId }) => {
        const key = await keys.linkKey(keyId);
        if (!key) throw new Error(`the link key ${keyId} is missing`);
        return `${publicUrlOf(core, resellerId)}/activate/${activationToken(key, merchantEntitlementId, number)}`;
      },
      isReseller: (resellerId) => catalogue().isReseller(resellerId),
      switchedOff: (resellerId, operation) => catalogue().switchedOff(resellerId, operation),
      noteActivation: (resellerId, productKey) => {
        if (catalogue().isCaughtAll(resellerId, productKey))
          log.info("catalogue.catch_all_used", { resellerId });
      },
      newEntitlementId: () => uuidV7(),
    }),
  });
}

/** A reseller's brand may have a host, or a path, of its own. */
const publicUrlOf = ({ config, live }: Core, resellerId: string): string =>
  live.current().catalogue.publicUrl(resellerId) ?? config.publicUrl;

function clientApi(core: Core): ReturnType<typeof clientApiRouter> {
  const { config, live, log } = core;
  return clientApiRouter({
    use: core.signUp,
    formKey: derivedKey(config.masterKey, "form"),
    returnUrls: (resellerId) => live.current().catalogue.returnUrls(resellerId),
    now: core.now,
    limits: defaultClientApiLimits,
    theme: defaultTheme,
    basePathOf: (resellerId) => new URL(publicUrlOf(core, resellerId)).pathname.replace(/\/+$/, ""),
    log,
  });
}
