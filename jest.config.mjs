import { availableParallelism } from "node:os";

// Jest runs CommonJS here: its ESM mode is still experimental on Node 20, and swc translates in a millisecond.
// import.meta.url becomes the file's own URL, and import() becomes require.
const swc = (syntax) => [
  "@swc/jest",
  {
    swcrc: false,
    sourceMaps: "inline",
    module: { type: "commonjs" },
    jsc: { target: "es2022", parser: { syntax }, transform: { verbatimModuleSyntax: true } },
  },
];

const ESM_ONLY = ["jose", "uuid", "oauth4webapi", "openid-client"];

/** @type {import("jest").Config} */
export default {
  rootDir: import.meta.dirname,
  roots: ["<rootDir>/src", "<rootDir>/migrations", "<rootDir>/examples", "<rootDir>/test"],
  testMatch: ["<rootDir>/test/**/*.test.ts"],
  testEnvironment: "node",
  injectGlobals: false,
  setupFiles: ["<rootDir>/test/support/loopback-only.ts", "<rootDir>/test/support/quick-scrypt.ts"],
  testTimeout: 30_000,
  // Each worker keeps connections to the database, whose number is limited.
  maxWorkers: Math.min(availableParallelism(), 8),
  extensionsToTreatAsEsm: [],
  transform: { "\\.ts$": swc("typescript"), "\\.m?js$": swc("ecmascript") },
  transformIgnorePatterns: [`/node_modules/(?!(${ESM_ONLY.join("|")})/)`],
  moduleNameMapper: {
    // Sources name the file that the compiler will write.
    "^(\\.{1,2}/.*)\\.js$": "$1",
    // What import() is given for a file of the user's own.
    "^file://(/.*)$": "$1",
  },
};
