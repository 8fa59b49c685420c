import ipaddr from "ipaddr.js";
import { contractFaults } from "../contract/contract-faults.js";
import { effectiveContract } from "../contract/contract.js";
import { INTERNAL_OWNERS } from "../core/command.js";
import { bangoRefusals } from "./bango-refusals.js";
import type { ConfigFault } from "./environment.js";
import type { MachineConfig, Profile } from "./config.js";
import { httpAccountsRefusals } from "./http-accounts-refusals.js";
import { publicUrlFaults, resellerRefusals } from "./reseller-refusals.js";
import type { ConfigFile } from "./schema.js";

/** 128 random bits in base64 take 22 characters; people who choose secrets by hand get the benefit of the doubt at 16. */
const SECRET_CHARACTERS_MIN = 16;
const MASTER_KEY_BYTES_MIN = 32;
const DEFAULT_SECRETS = /^(change-?me|password|secret|bango|admin|default|example|test|your-.*|<.*>)[\w-]*$/i;

/** Why a process must not run with this environment; empty where it may. */
export const machineRefusals = (machine: MachineConfig): ConfigFault[] => [
  ...masterKey(machine),
  ...database(machine),
  ...replicas(machine),
  ...publicUrlFaults("PUBLIC_URL", machine.publicUrl, machine.profile),
];

/** Why a process must not run with this file; empty where it may. */
export const fileRefusals = (file: ConfigFile, profile: Profile): ConfigFault[] => [
  ...lease(file),
  ...addresses(file),
  ...owners(file),
  ...contractFaults(effectiveContract(file.contract)),
  ...bangoRefusals(file, profile),
  ...httpAccountsRefusals(file, profile),
  ...resellerRefusals(file, profile),
  ...(profile === "sandbox" ? [] : outsideSandbox(file)),
];

function masterKey({ masterKey: key }: MachineConfig): ConfigFault[] {
  return Buffer.byteLength(key) >= MASTER_KEY_BYTES_MIN
    ? []
    : [
        {
          path: "MASTER_KEY",
          reason: key === "" ? "not set" : `shorter than ${String(MASTER_KEY_BYTES_MIN)} bytes`,
          fix: "Set MASTER_KEY, or MASTER_KEY_FILE, to the output of `openssl rand -base64 32`, the same for all replicas",
        },
      ];
}

function database({ databaseUrl }: MachineConfig): ConfigFault[] {
  return /^(sqlite:|mysql:\/\/)/.test(databaseUrl)
    ? []
    : [
        {
          path: "DATABASE_URL",
          reason: "neither sqlite: nor mysql://",
          fix: "Write sqlite:./data/mia.db or mysql://user:password@host:3306/database",
        },
      ];
}

function replicas({ replicas: count, databaseUrl }: MachineConfig): ConfigFault[] {
  return count > 1 && databaseUrl.startsWith("sqlite:")
    ? [
        {
          path: "REPLICAS",
          reason: "SQLite serves one process",
          fix: "Use MySQL or MariaDB: DATABASE_URL=mysql://…",
        },
      ]
    : [];
}

function lease({ limits }: ConfigFile): ConfigFault[] {
  return limits.leaseMs > limits.accountDeadlineMs
    ? []
    : [
        {
          path: "limits.leaseMs",
          reason:
            "not longer than limits.accountDeadlineMs, so that a call in flight would be taken for dead",
          fix: "Make it at least twice as long",
        },
      ];
}

function owners({ inbound }: ConfigFile): ConfigFault[] {
  return inbound.credentials.flatMap((credential, index) =>
    (INTERNAL_OWNERS as readonly string[]).includes(credential.owner)
      ? [
          {
            path: `inbound.credentials[${String(index)}].owner`,
            reason: `${credential.owner} is a name of our own, whose changes are told to Bango`,
            fix: "Choose another, or leave it out",
          },
        ]
      : [],
  );
}

function addresses({ inbound }: ConfigFile): ConfigFault[] {
  return inbound.allowedAddresses.flatMap((address, index) =>
    ipaddr.isValid(address) || ipaddr.isValidCIDR(address)
      ? []
      : [
          {
            path: `inbound.allowedAddresses[${String(index)}]`,
            reason: "neither an IP address nor a network",
            fix: "Write 192.0.2.7, 192.0.2.0/24 or 2001:db8::/32",
          },
        ],
  );
}

function outsideSandbox(file: ConfigFile): ConfigFault[] {
  const faults = plainIssuers(file);
  if (file.accountSystem.type !== "demo" && file.accountSystem.forcedResults)
    faults.push({
      path: "accountSystem.forcedResults",
      reason: "a customer's id would decide what happens to a real account",
      fix: "Leave it out; it is for the sandbox",
    });
  if (file.accountSystem.type === "demo" && !file.accountSystem.allowOutsideSandbox)
    faults.push({
      path: "accountSystem.type",
      reason: "the demo account system is for the sandbox",
      fix: "Connect your own, or set accountSystem.allowOutsideSandbox: true if you mean it",
    });
  const secrets: [string, string][] = [
    ...file.inbound.credentials.flatMap((credential): [string, string][] =>
      secretsOf(credential).map(([key, value]) => [`inbound.credentials (${credential.id}).${key}`, value]),
    ),
    ...file.admin.tokens.flatMap(({ id, token }): [string, string][] =>
      token.map((value): [string, string] => [`admin.tokens (${id}).token`, value]),
    ),
  ];
  for (const [path, value] of secrets)
    if (value.length < SECRET_CHARACTERS_MIN || DEFAULT_SECRETS.test(value))
      faults.push({
        path,
        reason: `a default, or shorter than ${String(SECRET_CHARACTERS_MIN)} characters`,
        fix: "Use the output of `openssl rand -base64 24`",
      });
  return faults;
}

function secretsOf(credential: ConfigFile["inbound"]["credentials"][number]): [string, string][] {
  if (credential.type === "oauth2-issuer") return [];
  return credential.type === "basic"
    ? (credential.password ?? []).map((value) => ["password", value])
    : (credential.clientSecret ?? []).map((value) => ["clientSecret", value]);
}

/** Whoever can change an answer on its way could publish a key of his own. */
function plainIssuers({ inbound }: ConfigFile): ConfigFault[] {
  return inbound.credentials.flatMap((credential, index) =>
    credential.type === "oauth2-issuer" && !credential.jwksUri.startsWith("https:")
      ? [
          {
            path: `inbound.credentials[${String(index)}].jwksUri`,
            reason: "the keys that decide who may call must come over https",
            fix: "Write the issuer's https address",
          },
        ]
      : [],
  );
}
