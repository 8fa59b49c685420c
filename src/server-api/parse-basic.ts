export interface NamedSecret {
  readonly name: string;
  readonly secret: string;
}

/** RFC 7617: UTF-8, and a colon ends the name. Null for anything else. */
export function parseBasic(authorization: string | undefined): NamedSecret | null {
  const match = /^Basic +([A-Za-z0-9+/_-]+={0,2})$/i.exec(authorization ?? "");
  if (!match) return null;
  const text = Buffer.from(match[1] ?? "", "base64").toString("utf8");
  const colon = text.indexOf(":");
  return colon < 0 ? null : { name: text.slice(0, colon), secret: text.slice(colon + 1) };
}
