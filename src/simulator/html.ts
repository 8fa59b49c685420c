/** Markup that is safe to send. */
export interface Html {
  readonly markup: string;
}

type Value = Html | readonly Html[] | string | number | null | false;

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

const escape = (text: string): string => text.replace(/[&<>"']/g, (sign) => ENTITIES[sign] ?? "");

/** A template whose values are escaped, unless they are markup themselves; null and false are nothing. */
export function html(parts: TemplateStringsArray, ...values: readonly Value[]): Html {
  return { markup: parts.map((part, index) => part + markupOf(values[index] ?? null)).join("") };
}

function markupOf(value: Value): string {
  if (value === null || value === false) return "";
  if (typeof value === "string" || typeof value === "number") return escape(String(value));
  return "markup" in value ? value.markup : value.map(({ markup }) => markup).join("");
}

export interface Page {
  readonly title: string;
  readonly main: Html;
  /** Where "Refresh" leads: this page. */
  readonly here: string;
}

export const pageText = ({ title, main, here }: Page): string =>
  html`<!doctype html>
    <html lang="en-GB">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${title} · BangoTel</title>
        <link rel="stylesheet" href="/style.css" />
      </head>
      <body>
        <a class="skip" href="#main">Skip to content</a>
        <header class="top">
          <div class="wrap">
            <p class="brand">
              <a href="/">BangoTel</a> <span>the model reseller, with Bango behind it: a simulator</span>
            </p>
            <nav aria-label="Page"><a href="/">Entitlements</a> <a href="${here}">Refresh</a></nav>
          </div>
        </header>
        <main id="main" class="wrap">${main}</main>
      </body>
    </html> `.markup;

/** 2026-01-31T09:08:07.123Z as people read it; anything else as it is. */
export function when(iso: string): Html {
  const match = /^(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)(\.\d+)?Z$/.exec(iso);
  if (!match) return html`${iso}`;
  return html`<time datetime="${iso}">${match[1] ?? ""} ${match[2] ?? ""}</time>`;
}

/** Only a web address becomes a link: what a merchant sends may be anything. */
export const isWebAddress = (url: string): boolean => /^https?:\/\//i.test(url) && URL.canParse(url);

const TONES: Readonly<Record<string, string>> = {
  PENDING: "waiting",
  ACTIVE: "good",
  "ACTIVE-ENDING": "waiting",
  SUSPENDED: "waiting",
  CANCELLED: "over",
  REVOKED: "over",
  FAILED: "bad",
};

export const badge = (status: string | null): Html =>
  html`<span class="badge ${TONES[status ?? ""] ?? "over"}">${status ?? "REFUSED"}</span>`;
