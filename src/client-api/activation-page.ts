import { Router } from "express";

const PAGE = `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>Sign-up is not open yet</title></head>
<body><main><h1>Sign-up is not open yet</h1><p>This service cannot take sign-ups at the moment. Your link stays valid; please try again later, or ask the seller who gave it to you.</p></main></body>
</html>
`;

/** Where activation links lead. This release gives out links, but has no sign-up page: it says so, and changes nothing. */
export function activationPageRouter(): Router {
  const router = Router();
  router.get("/activate/:token", (_req, res) => {
    res
      .status(503)
      .set({ "Retry-After": "3600", "Cache-Control": "no-store", "Referrer-Policy": "same-origin" })
      .type("html")
      .send(PAGE);
  });
  return router;
}
