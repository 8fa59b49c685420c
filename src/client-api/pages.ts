import { html, renderHtml } from "./html.js";
import type { Html } from "./html.js";
import type { Messages } from "./messages/messages.js";
import type { Theme } from "./theme.js";

/** What every page needs, whatever it says. */
export interface PageFrame {
  readonly messages: Messages;
  readonly theme: Theme;
  readonly stylesheetHref: string;
}

export interface PageContent {
  readonly title: string;
  readonly main: Html;
}

export function renderPage({ messages, theme, stylesheetHref }: PageFrame, content: PageContent): string {
  const { logo, brandName } = theme;
  const brand = logo ? html`<img src="${logo.path}" alt="${logo.alternativeText}" />` : html`${brandName}`;
  return renderHtml(
    html`<!doctype html>
      <html lang="${messages.language}" dir="${messages.direction}">
        <head>
          <meta charset="utf-8" />
          <meta name="viewport" content="width=device-width, initial-scale=1" />
          <meta name="robots" content="noindex" />
          <title>${content.title} – ${brandName}</title>
          <link rel="stylesheet" href="${stylesheetHref}" />
        </head>
        <body>
          <header>${brand}</header>
          <main>${content.main}</main>
        </body>
      </html> `,
  );
}

const page = (title: string, ...rest: readonly Html[]): PageContent => ({
  title,
  main: html`<h1>${title}</h1>
    ${rest}`,
});
const paragraph = (text: string): Html => html`<p>${text}</p>`;
const button = (href: string, text: string): Html =>
  html`<a class="button" href="${href}" rel="noreferrer">${text}</a>`;
/** Leads to this very address, with its query and without repeating the token in the page. */
const SAME_ADDRESS = "";

export const setUpPage = ({ setUp }: Messages, onwardUrl: string): PageContent =>
  page(setUp.title, paragraph(setUp.text), button(onwardUrl, setUp.onward));

/** One page for links never given out, cut, forged and expired: nobody learns which. */
export const unknownPage = ({ unknown }: Messages): PageContent =>
  page(unknown.title, paragraph(unknown.text), paragraph(unknown.next));

export const endedPage = ({ ended }: Messages): PageContent =>
  page(ended.title, paragraph(ended.text), paragraph(ended.next));

export const tooManyLinksPage = ({ tooManyLinks }: Messages): PageContent =>
  page(tooManyLinks.title, paragraph(tooManyLinks.text), paragraph(tooManyLinks.next));

export const unavailablePage = ({ unavailable }: Messages): PageContent =>
  page(unavailable.title, paragraph(unavailable.text), button(SAME_ADDRESS, unavailable.retry));

export const failedPage = ({ failed }: Messages): PageContent =>
  page(failed.title, paragraph(failed.text), button(SAME_ADDRESS, failed.retry));

export const crossSitePage = ({ crossSite }: Messages): PageContent =>
  page(crossSite.title, paragraph(crossSite.text), button(SAME_ADDRESS, crossSite.next));

export const unreadablePage = ({ unreadable }: Messages): PageContent =>
  page(unreadable.title, paragraph(unreadable.text), button(SAME_ADDRESS, unreadable.next));

export const welcomePage = ({ welcome }: Messages): PageContent =>
  page(welcome.title, paragraph(welcome.text), paragraph(welcome.close));
