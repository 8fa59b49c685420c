import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("../..", import.meta.url));

// Every path in the scripts is written from here, wherever they are called from.
process.chdir(root);
