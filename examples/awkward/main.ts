import { runOtt } from "../ott/run.js";
import { AWKWARD } from "./awkward.js";

await runOtt(AWKWARD);
