import { DOORS, EXAMPLE_PACKAGES, MIGRATION_PACKAGES, ROOMS } from "./scripts/lib/rooms.mjs";

const OURS = "^(src|migrations|test|scripts|bench|examples)/";

const escape = (text) => text.replaceAll(".", "[.]");
const BESIDE_SRC = ["migrations", "examples"];
const path = (place) => (BESIDE_SRC.includes(place) ? `^${place}/` : `^src/${escape(place)}(/|$)`);

/** A room reaches into itself and into what its row of the table names. */
function roomRule([room, { may, types }]) {
  const to = { path: OURS, pathNot: [room, ...may].map(path) };
  return {
    name: `${room} may import: ${may.join(", ") || "nothing"}`,
    severity: "error",
    from: { path: path(room) },
    to: types ? { ...to, dependencyTypesNot: ["type-only"] } : to,
  };
}

function packageRule(room, packages) {
  const allowed = packages.map((name) =>
    name.startsWith("node:")
      ? `^(node:)?${name.slice(5).replace("*", "[^/]+")}$`
      : `node_modules/(@types/)?${escape(name)}/`,
  );
  return {
    name: `${room} may use packages: ${packages.join(", ") || "none"}`,
    severity: "error",
    from: { path: path(room) },
    to: { pathNot: [OURS, ...allowed] },
  };
}

/** @type {import("dependency-cruiser").IConfiguration} */
export default {
  forbidden: [
    { name: "no circle of imports", severity: "error", from: {}, to: { circular: true } },
    { name: "every import is found", severity: "error", from: {}, to: { couldNotResolve: true } },
    {
      name: "what is shipped needs no development dependency",
      severity: "error",
      from: { path: "^(src|migrations|examples)/" },
      to: { dependencyTypes: ["npm-dev"], dependencyTypesNot: ["type-only"] },
    },
    ...Object.entries({ ...ROOMS, ...DOORS, migrations: { may: [] }, examples: { may: [] } }).map(roomRule),
    ...Object.entries({
      ...ROOMS,
      migrations: { packages: MIGRATION_PACKAGES },
      examples: { packages: EXAMPLE_PACKAGES },
    })
      .filter(([, { packages }]) => packages)
      .map(([room, { packages }]) => packageRule(room, packages)),
  ],
  options: {
    // Types count as well: a room that knows another's types is joined to it just the same.
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
    doNotFollow: { path: "node_modules" },
    enhancedResolveOptions: {
      exportsFields: ["exports"],
      conditionNames: ["import", "node", "default", "types"],
    },
  },
};
