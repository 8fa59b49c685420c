import { Router } from "express";

export interface HealthCheck {
  readonly name: string;
  /** Whether the process is ready without it; such a check reads degraded, not down. */
  readonly fatal: boolean;
  readonly check: () => Promise<boolean>;
}

/** Longer than a healthy answer takes, shorter than a prober waits. */
const CHECK_TIMEOUT_MS = 1500;

/** `/livez`: the process runs. `/readyz`: it can serve; 503 while it cannot or is shutting down. */
export function healthRouter(checks: readonly HealthCheck[], isDraining: () => boolean): Router {
  const router = Router();
  router.get("/livez", (_req, res) => {
    res.json({ status: "ok" });
  });
  router.get("/readyz", async (_req, res) => {
    const results = await Promise.all(
      checks.map(async ({ name, fatal, check }) => ({ name, fatal, ok: await within(check) })),
    );
    const ready = !isDraining() && results.every(({ ok, fatal }) => ok || !fatal);
    res.status(ready ? 200 : 503).json({
      status: isDraining() ? "draining" : ready ? "ok" : "down",
      checks: Object.fromEntries(
        results.map(({ name, ok, fatal }) => [name, ok ? "ok" : fatal ? "down" : "degraded"]),
      ),
    });
  });
  return router;
}

function within(check: () => Promise<boolean>): Promise<boolean> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => {
      resolve(false);
    }, CHECK_TIMEOUT_MS);
    check()
      .then(resolve, () => {
        resolve(false);
      })
      .finally(() => {
        clearTimeout(timer);
      });
  });
}
