import { createHash } from "node:crypto";
import type { Theme } from "./theme.js";

export interface Stylesheet {
  /** Below the public URL. Its name changes with its content, so that it may be cached for ever. */
  readonly path: string;
  readonly css: string;
}

export function makeStylesheet({ colours }: Theme): Stylesheet {
  const properties = Object.entries(colours).map(([name, colour]) => `  --${name}: ${colour};\n`);
  const css = `:root {\n${properties.join("")}}\n${RULES}`;
  const digest = createHash("sha256").update(css).digest("base64url").slice(0, 16);
  return { path: `/assets/sign-up-${digest}.css`, css };
}

/** Phone first. Logical properties alone, so that it turns round with `dir`. */
const RULES = `
*, *::before, *::after { box-sizing: border-box; }
html { color-scheme: light; -webkit-text-size-adjust: 100%; text-size-adjust: 100%; }
body {
  margin: 0;
  min-height: 100vh;
  padding: 0 1rem 2rem;
  background: var(--ground);
  color: var(--text);
  font: 1.0625rem/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Liberation Sans", Arial, sans-serif;
  overflow-wrap: anywhere;
}
header, main { max-width: 30rem; margin-inline: auto; }
header { padding-block: 1.25rem 1rem; font-weight: 700; }
header img { display: block; max-block-size: 2.5rem; max-inline-size: 100%; }
main { padding: 1.5rem 1.25rem; border-radius: 0.875rem; background: var(--card); box-shadow: 0 1px 3px #17212f29; }
h1 { margin: 0 0 0.625rem; font-size: 1.5rem; line-height: 1.25; text-wrap: balance; }
h2 { margin: 0 0 0.5rem; font-size: 1.0625rem; line-height: 1.35; }
p { margin: 0 0 1rem; }
p:last-child, main > :last-child { margin-block-end: 0; }
a { color: var(--brand); text-underline-offset: 0.15em; }
a:hover { color: var(--brandHover); }
:focus-visible, .problem:focus { outline: 3px solid var(--focus); outline-offset: 2px; }
.quiet, .hint { color: var(--quietText); }
.hint { margin: 0; font-size: 0.9375rem; }
.product {
  margin-block: 0 1.5rem;
  padding: 0.75rem 1rem;
  border-inline-start: 4px solid var(--brand);
  border-radius: 0.25rem;
  background: var(--brandTint);
}
.product strong { display: block; font-size: 1.125rem; }
.problem { margin-block: 0 1.5rem; padding: 1rem; border: 2px solid var(--error); border-radius: 0.5rem; background: var(--errorTint); }
.problem ul { margin: 0; padding: 0; list-style: none; }
.problem li + li { margin-block-start: 0.5rem; }
.problem a { display: inline-block; min-block-size: 1.5rem; color: var(--error); font-weight: 600; }
.field, fieldset { min-inline-size: 0; margin: 0 0 1.5rem; padding: 0; border: 0; }
.wrong { padding-inline-start: 0.875rem; border-inline-start: 4px solid var(--error); }
legend { margin-block-end: 0.5rem; padding: 0; font-weight: 600; }
.field > label:not(.option) { display: block; font-weight: 600; }
.error { margin: 0.125rem 0 0.25rem; color: var(--error); font-weight: 600; }
.text {
  display: block;
  inline-size: 100%;
  min-block-size: 3rem;
  margin-block-start: 0.375rem;
  padding: 0.625rem 0.75rem;
  border: 1px solid var(--border);
  border-radius: 0.5rem;
  background: var(--card);
  color: inherit;
  font: inherit;
}
.wrong .text { border: 2px solid var(--error); }
.option {
  display: flex;
  gap: 0.75rem;
  align-items: flex-start;
  min-block-size: 3rem;
  padding: 0.75rem;
  border: 1px solid var(--border);
  border-radius: 0.5rem;
  cursor: pointer;
}
.option + .option { margin-block-start: 0.625rem; }
.option:has(:checked) { border-color: var(--brand); box-shadow: inset 0 0 0 1px var(--brand); background: var(--brandTint); }
.option input { flex: none; inline-size: 1.5rem; block-size: 1.5rem; margin: 0; accent-color: var(--brand); }
.option.plain { padding-inline: 0; border: 0; }
.option.plain:has(:checked) { background: none; box-shadow: none; }
.option strong { font-weight: 600; }
.option .hint { display: block; }
.button {
  display: block;
  inline-size: 100%;
  min-block-size: 3rem;
  margin-block: 0 1rem;
  padding: 0.75rem 1.25rem;
  border: 2px solid transparent;
  border-radius: 0.5rem;
  background: var(--brand);
  color: var(--onBrand);
  font: inherit;
  font-weight: 600;
  text-align: center;
  text-decoration: none;
  cursor: pointer;
}
.button:hover { background: var(--brandHover); color: var(--onBrand); }
@media (min-width: 40rem) {
  body { padding-block-end: 4rem; }
  header { padding-block: 2.5rem 1.25rem; }
  main { padding: 2.25rem 2.5rem; }
  h1 { font-size: 1.75rem; }
}
`;
