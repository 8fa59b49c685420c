import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { CONSUMER_MS_MAX, openConsumerProject } from "./support/consumer-project.js";
import type { ConsumerProject } from "./support/consumer-project.js";

/** An integrator's own code, in TypeScript: what must compile, and what must not. */
const CONSUMER = `
import { checkList, describeAccountSystem, runKit } from "merchant-interface-adapter/kit";
import type { KitReport, Make } from "merchant-interface-adapter/kit";

const make: Make = () => ({
  system: {
    name: "mine",
    accountSystemVersion: 1,
    idempotent: true,
    activate: async () => ({ kind: "done" }),
    revoke: async () => ({ kind: "done" }),
    health: async () => ({ ok: true }),
  },
});
export const report: KitReport = await runKit(make, { only: ["shape", "repeat"] });
export const titles: string[] = [];
describeAccountSystem("mine", make, {}, {
  describe: (_name, define) => define(),
  it: (title) => void titles.push(title),
});
export const isWhole: boolean = titles.length === checkList.length;
// @ts-expect-error an account system has to revoke
export const refused: Make = () => ({ system: { name: "x", accountSystemVersion: 1, activate: async () => ({ kind: "done" }), health: async () => ({ ok: true }) } });
`;

/** In Jest, as ESM: what the page on account systems says of it. */
const JEST = join(__dirname, "..", "node_modules", "jest", "bin", "jest.js");
const JEST_TEST = `
import { describeAccountSystem } from "merchant-interface-adapter/kit";
const done = async () => ({ kind: "done" });
describeAccountSystem("mine", () => ({
  system: { name: "mine", accountSystemVersion: 1, idempotent: true, activate: done, revoke: done, health: async () => ({ ok: true }) },
}), { only: ["shape", "repeat", "suspend"] });
`;

describe("the kit as a package", () => {
  let project: ConsumerProject;
  beforeAll(async () => {
    project = await openConsumerProject({ "mine.ts": CONSUMER });
  }, CONSUMER_MS_MAX);
  afterAll(() => {
    project.remove();
  });

  it(
    "compiles and runs in a project that has nothing else installed",
    async () => {
      expect(await project.compile()).toEqual([0, ""]);
      const script = `const { report, isWhole } = await import("./mine.js"); console.log(report.ok, report.checks.length, isWhole);`;
      expect(await project.node(["--input-type=module", "-e", script])).toEqual([0, "true 2 true\n"]);
    },
    CONSUMER_MS_MAX,
  );

  it(
    "takes Jest's globals in a project of ESM",
    async () => {
      project.write({ "mine.test.js": JEST_TEST });
      const env = { NODE_OPTIONS: "--experimental-vm-modules" };
      const [code, output] = await project.node([JEST, "--rootDir", "."], env);
      expect({ code, output }).toEqual({
        code: 0,
        output: expect.stringMatching(/Tests: +3 passed, 3 total/),
      });
    },
    CONSUMER_MS_MAX,
  );
});
