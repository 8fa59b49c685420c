import { createHash } from "node:crypto";
import type { Credential } from "../core/credential.js";
import type { ConfigFile } from "./schema.js";

/** The file's inbound credentials as the gate wants them: of secrets only hashes. */
export const credentialsOf = ({ inbound }: ConfigFile): Credential[] => inbound.credentials.map(credentialOf);

function credentialOf(configured: ConfigFile["inbound"]["credentials"][number]): Credential {
  const { id, owner } = configured;
  const resellers = configured.resellers.includes("*") ? ("*" as const) : configured.resellers;
  const caller = { credentialId: id, owner, resellers };
  switch (configured.type) {
    case "basic": {
      const { username: name, password, passwordHash } = configured;
      return { ...caller, type: "basic", name, secretHashes: hashesOf(password, passwordHash) };
    }
    case "oauth2-client": {
      const { clientId: name, clientSecret, passwordHash } = configured;
      return { ...caller, type: "oauth2-client", name, secretHashes: hashesOf(clientSecret, passwordHash) };
    }
    case "oauth2-issuer": {
      const { issuer, audience, jwksUri, scope = "" } = configured;
      const words = scope.split(" ").filter((word) => word !== "");
      return { ...caller, type: "oauth2-issuer", issuer, audience, jwksUri, scope: words };
    }
  }
}

const hashesOf = (
  secrets: readonly string[] | undefined,
  hashes: readonly string[] | undefined,
): readonly string[] => [
  ...(secrets ?? []).map((secret) => createHash("sha256").update(secret).digest("base64url")),
  ...(hashes ?? []).map(digestOf),
];

/** `sha256:` and hexadecimal or base64url, to base64url. */
function digestOf(text: string): string {
  const digest = text.slice("sha256:".length);
  return Buffer.from(digest, digest.length === 64 ? "hex" : "base64url").toString("base64url");
}
