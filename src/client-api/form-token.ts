import { createHmac, timingSafeEqual } from "node:crypto";

const FORM_TTL_MS = 7_200_000;
/** Another replica's clock may be a little ahead of ours. */
const CLOCK_SKEW_MS = 60_000;

/** Which form it is for: a token of one is worth nothing in another. */
export type FormPurpose = "hosted-sign-up";

/** Proves that a form came from a page of ours for this very link. `now` in milliseconds. */
export function issueFormToken(key: Buffer, token: string, purpose: FormPurpose, now: number): string {
  return `${String(now)}.${sign(key, token, purpose, String(now)).toString("base64url")}`;
}

/** Whether the form is ours, for this link and this purpose, and less than two hours old. */
export function isFormTokenGood(
  key: Buffer,
  token: string,
  purpose: FormPurpose,
  { sent, now }: { readonly sent: string; readonly now: number },
): boolean {
  const [, issuedAt = "", signature = ""] = /^(\d{1,16})\.([\w-]{43})$/.exec(sent) ?? [];
  const isOurs = timingSafeEqual(
    sign(key, token, purpose, issuedAt),
    Buffer.from(signature.padEnd(43, "A"), "base64url"),
  );
  const ageMs = now - Number(issuedAt);
  return isOurs && ageMs >= -CLOCK_SKEW_MS && ageMs < FORM_TTL_MS;
}

/** The token, the one part that a stranger chooses, comes last: no two sets of parts read alike. */
const sign = (key: Buffer, token: string, purpose: FormPurpose, issuedAt: string): Buffer =>
  createHmac("sha256", key).update(`${purpose}\0${issuedAt}\0${token}`).digest();
