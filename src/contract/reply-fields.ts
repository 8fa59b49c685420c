import { RECORD_FIELDS } from "./replies.js";

/** Every field that some reply has, by our names (2.3). */
export const REPLY_FIELDS: readonly string[] = [
  "responseCode",
  "responseMessage",
  "activationUrl",
  "urlExpiry",
  "parameters",
  ...RECORD_FIELDS,
  "terminationDate",
  "echo",
];
