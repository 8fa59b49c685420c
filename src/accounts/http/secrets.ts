/** Takes secrets out of what a person or a log will see. */
export interface Hiding {
  readonly text: (text: string) => string;
  readonly headers: (headers: Readonly<Record<string, string>>) => Readonly<Record<string, string>>;
  /** From now on this one is hidden too: a token, or what a customer typed. */
  readonly also: (...secrets: readonly string[]) => Hiding;
}

const HIDDEN = "[secret]";
/** Of our own sending and of the answer alike: the name alone says that its value is for nobody's eyes. */
const SECRET_HEADER = /auth|cookie|secret|token|password|api-?key|credential|signature/i;

export function hiding(secrets: readonly string[]): Hiding {
  // The longest first: a secret may begin as another one reads.
  const hidden = [...new Set(secrets.filter((secret) => secret !== "").flatMap(spellingsOf))].sort(
    (left, right) => right.length - left.length,
  );
  const text = (given: string): string =>
    hidden.reduce((left, secret) => left.replaceAll(secret, HIDDEN), given);
  return {
    text,
    headers: (headers) =>
      Object.fromEntries(
        Object.entries(headers).map(([name, value]) => [
          name,
          SECRET_HEADER.test(name) ? HIDDEN : text(value),
        ]),
      ),
    also: (...more) => hiding([...secrets, ...more]),
  };
}

/** As it is, as JSON has it, as a URL or a form has it, and in base64. */
const spellingsOf = (secret: string): string[] => [
  secret,
  JSON.stringify(secret).slice(1, -1),
  encodeURIComponent(secret),
  new URLSearchParams([["", secret]]).toString().slice(1),
  Buffer.from(secret).toString("base64"),
];
