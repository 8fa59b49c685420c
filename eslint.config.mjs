import { createTypeScriptImportResolver } from "eslint-import-resolver-typescript";
import { importX } from "eslint-plugin-import-x";
import { defineConfig } from "eslint/config";
import tseslint from "typescript-eslint";
import { DOORS, EXAMPLE_PACKAGES, MIGRATION_PACKAGES, ROOMS } from "./scripts/lib/rooms.mjs";

const ROOT = import.meta.dirname;
const BESIDE_SRC = ["test", "scripts", "bench", "examples"];

/** import-x's zones for one room: all of src/ but itself and what its row of the table names. */
function zonesOf([room, { may }]) {
  const message = `src/${room} may import: ${may.join(", ") || "nothing"} (scripts/lib/rooms.mjs).`;
  const target = `./src/${room}`;
  const inSrc = [room, ...may].filter((place) => place !== "migrations").map((place) => `./${place}`);
  const beside = may.includes("migrations") ? BESIDE_SRC : [...BESIDE_SRC, "migrations"];
  return [
    { target, from: "./src", except: inSrc, message },
    ...beside.map((folder) => ({ target, from: `./${folder}`, message })),
  ];
}

/** Refuses every import that is neither relative nor listed. */
function onlyPackages(files, packages) {
  const listed = packages.map((name) => `|${name.replaceAll(".", "\\.").replace("*", ".+")}$`).join("");
  const message = `Packages allowed here: ${packages.join(", ") || "none"} (scripts/lib/rooms.mjs).`;
  const patterns = [{ regex: `^(?!\\.{1,2}/${listed})`, message }];
  return { files: [files], rules: { "@typescript-eslint/no-restricted-imports": ["error", { patterns }] } };
}

/** For the rooms that may import any type: import-x cannot tell a type, typescript-eslint can. */
function onlyTypesBeyond([room, { may }]) {
  const beside = (place) => (BESIDE_SRC.includes(place) ? `\\.\\./${place}` : place);
  const allowed = may.map((place) => beside(place).replace(/\.ts$/, "\\.js$")).join("|");
  const message = `src/${room} may import code of: ${may.join(", ")}; of other rooms only types.`;
  const patterns = [{ regex: `^\\.\\./(?!${allowed})`, allowTypeImports: true, message }];
  const files = [`src/${room}/**`];
  return { files, rules: { "@typescript-eslint/no-restricted-imports": ["error", { patterns }] } };
}

const rooms = Object.entries(ROOMS);
const zones = [...rooms.filter(([, { types }]) => !types), ...Object.entries(DOORS)].flatMap(zonesOf);
zones.push(...["src", ...BESIDE_SRC].map((folder) => ({ target: "./migrations", from: `./${folder}` })));
zones.push(
  ...["src", "migrations", "test", "scripts", "bench"].map((folder) => ({
    target: "./examples",
    from: `./${folder}`,
    message: "The examples are other people's services (scripts/lib/rooms.mjs).",
  })),
);

const IMPURE_GLOBALS = [
  "process",
  "performance",
  "crypto",
  "console",
  "fetch",
  "globalThis",
  "queueMicrotask",
  "setTimeout",
  "setInterval",
  "setImmediate",
];

const impurities = [
  [":function[async=true]", "The core waits for nothing: no async."],
  ["AwaitExpression", "The core waits for nothing: no await."],
  ["ForOfStatement[await=true]", "The core waits for nothing: no await."],
  ["ImportExpression", "The core loads nothing while it runs."],
  [
    "NewExpression[callee.name='Date'][arguments.length=0]",
    "The core has no clock: take the instant as a value.",
  ],
  ["CallExpression[callee.name='Date']", "The core has no clock: take the instant as a value."],
].map(([selector, message]) => ({ selector, message }));

export default defineConfig(
  { ignores: ["dist/", "coverage/", "data/", "docs/"] },
  { linterOptions: { reportUnusedDisableDirectives: "error" } },
  tseslint.configs.strictTypeChecked,
  {
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: ROOT } },
    plugins: { "import-x": importX },
    settings: {
      "import-x/resolver-next": [createTypeScriptImportResolver({ project: "./tsconfig.json" })],
      // Without these two, no-cycle reads no TypeScript and finds nothing.
      "import-x/extensions": [".ts", ".mjs", ".js"],
      "import-x/parsers": { "@typescript-eslint/parser": [".ts"] },
    },
    rules: {
      eqeqeq: "error",
      "no-template-curly-in-string": "error",
      "object-shorthand": "error",
      "prefer-const": "error",
      "import-x/no-cycle": ["error", { ignoreExternal: true }],
      "import-x/no-restricted-paths": ["error", { basePath: ROOT, zones }],
      "@typescript-eslint/no-confusing-void-expression": ["error", { ignoreArrowShorthand: true }],
      "@typescript-eslint/no-unused-vars": ["error", { argsIgnorePattern: "^_", ignoreRestSiblings: true }],
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
      "@typescript-eslint/switch-exhaustiveness-check": [
        "error",
        { considerDefaultExhaustiveForUnions: true },
      ],
    },
  },
  rooms
    .filter(([, { packages }]) => packages)
    .map(([room, { packages }]) => onlyPackages(`src/${room}/**`, packages)),
  onlyPackages("migrations/**", MIGRATION_PACKAGES),
  onlyPackages("examples/**", EXAMPLE_PACKAGES),
  rooms.filter(([, { types }]) => types).map(onlyTypesBeyond),
  {
    files: ["src/core/**"],
    rules: {
      "no-restricted-globals": ["error", ...IMPURE_GLOBALS],
      "no-restricted-properties": [
        "error",
        { object: "Date", property: "now", message: "The core has no clock: take the instant as a value." },
        { object: "Math", property: "random", message: "The core has no dice: take the value." },
      ],
      "no-restricted-syntax": ["error", ...impurities],
    },
  },
  {
    files: ["test/**"],
    rules: {
      // Replies come as `any`, and a wrong guess about one is what the assertion is there to find.
      "@typescript-eslint/no-unsafe-argument": "off",
      "@typescript-eslint/no-unsafe-assignment": "off",
      "@typescript-eslint/no-unsafe-call": "off",
      "@typescript-eslint/no-unsafe-member-access": "off",
      "@typescript-eslint/no-unsafe-return": "off",
      "@typescript-eslint/no-non-null-assertion": "off",
      "@typescript-eslint/require-await": "off",
      "@typescript-eslint/unbound-method": "off",
      "no-restricted-syntax": [
        "error",
        {
          selector:
            "MemberExpression[object.name=/^(describe|it|test)$/][property.name=/^(only|skip|todo)$/]",
          message: "No test is left out: `npm test` counts one that did not run as failed.",
        },
      ],
    },
  },
  {
    // Plain JavaScript has no types to be strict about, but a forgotten promise is lost there as well.
    files: ["**/*.mjs"],
    extends: [tseslint.configs.disableTypeChecked],
    languageOptions: {
      parserOptions: { projectService: true },
      globals: {
        URL: "readonly",
        clearTimeout: "readonly",
        console: "readonly",
        fetch: "readonly",
        process: "readonly",
        setTimeout: "readonly",
      },
    },
    rules: {
      "no-undef": "error",
      "@typescript-eslint/await-thenable": "error",
      "@typescript-eslint/no-floating-promises": "error",
      "@typescript-eslint/no-misused-promises": "error",
    },
  },
);
