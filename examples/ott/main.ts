import { runOtt } from "./run.js";

await runOtt();
