import { DOORS, ROOMS } from "./rooms.mjs";

/** The page docs/rooms.md from the modules that dependency-cruiser found. */
export function drawRooms(modules) {
  return `# The rooms of src/, and who imports whom

Made by \`npm run graph\` from the imports themselves; \`npm test\` fails when it is stale. An arrow points
from the room that imports to the one that it imports; a dotted arrow imports types alone.

\`\`\`mermaid
flowchart TD
${arrowsBetween(modules).join("\n")}
\`\`\`

What the rules allow, whether used or not (\`scripts/lib/rooms.mjs\`):

| room | may import | packages |
| --- | --- | --- |
${Object.entries({ ...DOORS, ...ROOMS })
  .map(row)
  .join("\n")}
`;
}

function row([room, { may, packages, types }]) {
  const names = [...may, ...(types ? ["types of any room"] : [])];
  return `| ${room} | ${names.join(", ") || "nothing"} | ${packages ? packages.join(", ") || "none" : "any"} |`;
}

function arrowsBetween(modules) {
  const strengths = new Map();
  for (const { source, dependencies } of modules) {
    for (const { resolved, dependencyTypes } of dependencies) {
      const [from, to] = [roomOf(source), roomOf(resolved)];
      if (!from || !to || from === to) continue;
      const pair = `${from} ${to}`;
      strengths.set(pair, strengths.get(pair) || !dependencyTypes.includes("type-only"));
    }
  }
  return [...strengths].sort(([a], [b]) => (a < b ? -1 : 1)).map(arrow);
}

function arrow([pair, needsCode]) {
  const [from, to] = pair.split(" ").map((room) => `${room.replace(/\W/g, "_")}["${room}"]`);
  return `  ${from} ${needsCode ? "-->" : "-.->"} ${to}`;
}

function roomOf(path) {
  return /^src\/([^/]+)/.exec(path)?.[1] ?? /^(migrations)\//.exec(path)?.[1];
}
