const base64 = (text: string): string => btoa(String.fromCodePoint(...new TextEncoder().encode(text)));
const formEncoded = (text: string): string => new URLSearchParams([["", text]]).toString().slice(1);

/** A secret as it is, and as it looks in URLs, forms, JSON and headers. */
export const formsOf = (secret: string): readonly string[] =>
  secret === ""
    ? []
    : [
        secret,
        encodeURIComponent(secret),
        formEncoded(secret),
        JSON.stringify(secret).slice(1, -1),
        base64(secret),
      ];

export const redacted = (text: string, secrets: readonly string[] = []): string =>
  secrets
    .flatMap(formsOf)
    // The longest first, or what is left of it would be shown.
    .sort((one, other) => other.length - one.length)
    .reduce((shown, form) => shown.replaceAll(form, "***"), text);
