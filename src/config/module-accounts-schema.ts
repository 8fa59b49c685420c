import { z } from "zod";

const moduleName = z.string().min(1);
const MODULE_HELP = "./a-file.js, from the folder of this file, or the name of an installed package";

/** What runs before and after each request to the account system, of whatever type that is. */
export const accountHooks = z
  .strictObject({
    module: moduleName.meta({ description: MODULE_HELP }),
    timeoutMs: z
      .int()
      .min(1)
      .max(60_000)
      .default(500)
      .meta({ description: "Time of one hook in ms, within the call's own; default 500" }),
  })
  .meta({ description: "Your own code before and after each request to the account system" });

/** The testers' customers that the demo has, with another account system (5.2). */
export const forcedResults = z.boolean().meta({
  description:
    "Sandbox only. true: a customer id such as decline-anna or suspend-unknown-anna forces that result, as with the demo",
});

/** The merchant's own adapter; `type` may be left out where `module` is there. */
export const moduleAccounts = z.strictObject({
  type: z.literal("module").optional(),
  module: moduleName.meta({ description: MODULE_HELP }),
  options: z.json().optional().meta({ description: "Handed to the module's factory as it stands here" }),
  hooks: accountHooks.optional(),
  forcedResults: forcedResults.optional(),
});
