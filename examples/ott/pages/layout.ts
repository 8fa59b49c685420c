import { logo } from "./artwork.js";
import { html, textOf } from "./html.js";
import type { Html } from "./html.js";

/** Who looks at a page. */
export interface Viewer {
  readonly isSignedIn: boolean;
  /** Goes into every form of ours. */
  readonly formToken: string;
}

export interface Page {
  readonly title: string;
  readonly main: Html;
  /** For pages that are one form or one message. */
  readonly isNarrow?: boolean;
}

export const hiddenToken = ({ formToken }: Viewer): Html =>
  html`<input type="hidden" name="form_token" value="${formToken}" />`;

export function renderPage(page: Page, viewer: Viewer, path: string): string {
  const { title, main, isNarrow = false } = page;
  const link = (href: string, text: string): Html =>
    path === href
      ? html`<a href="${href}" aria-current="page">${text}</a>`
      : html`<a href="${href}">${text}</a>`;
  const places = viewer.isSignedIn
    ? html`${link("/watch", "Watch")} ${link("/account", "Account")}
        <form class="inline" method="post" action="/signout">
          ${hiddenToken(viewer)}<button>Sign out</button>
        </form>`
    : html`${link("/signin", "Sign in")} ${link("/signup", "Sign up")}`;
  return textOf(
    html`<!doctype html>
      <html lang="en">
        <head>
          <meta charset="utf-8" />
          <meta name="viewport" content="width=device-width, initial-scale=1" />
          <title>${title} – Lantern</title>
          <link rel="stylesheet" href="/site.css" />
          <link rel="icon" href="/icon.svg" type="image/svg+xml" />
        </head>
        <body>
          <a class="skip" href="#main">Skip to content</a>
          <header class="top">
            <div class="wrap">
              <a class="brand" href="/">${logo} Lantern</a>
              <nav aria-label="Site">${places}</nav>
            </div>
          </header>
          <main id="main"><div class="wrap${isNarrow && " narrow"}">${main}</div></main>
          <footer class="foot">
            <p class="wrap">Lantern is an invented streaming service: an example. Nothing is charged.</p>
          </footer>
        </body>
      </html> `,
  );
}

export const messagePage = (title: string, text: string, next: Html): Page => ({
  title,
  isNarrow: true,
  main: html`<div class="card">
    <h1>${title}</h1>
    <p>${text}</p>
    <p class="buttons">${next}</p>
  </div>`,
});

export const ICON = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24"><rect width="24" height="24" rx="5" fill="#12121c"/><path d="M12 5c3.5 3.8 4.5 5.7 4.5 8a4.5 4.5 0 0 1-9 0c0-2.3 1-4.2 4.5-8z" fill="#ffb84d"/></svg>`;
