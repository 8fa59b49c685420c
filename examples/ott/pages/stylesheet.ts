/** Phone first; one dark scheme, every text at 4.5 to 1 or better on what it stands on. */
export const STYLESHEET = `
:root {
  color-scheme: dark;
  --ground: #12121c;
  --card: #1d1d2c;
  --text: #f5f3ee;
  --quiet: #bab7c9;
  --edge: #77758f;
  --line: #34344a;
  --accent: #ffb84d;
  --onAccent: #1a1206;
  --bad: #ffa197;
  --good: #86dba9;
}
*, *::before, *::after { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; text-size-adjust: 100%; }
body {
  display: flex;
  flex-direction: column;
  min-height: 100vh;
  margin: 0;
  background: var(--ground);
  color: var(--text);
  font: 1.0625rem/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Liberation Sans", Arial, sans-serif;
  overflow-wrap: anywhere;
}
.wrap { inline-size: 100%; max-inline-size: 68rem; margin-inline: auto; padding-inline: 1.125rem; }
.narrow { max-inline-size: 30rem; }
main { flex: 1; padding-block: 1.5rem 3rem; }
h1 { margin: 0 0 0.75rem; font-size: 1.75rem; line-height: 1.2; letter-spacing: -0.01em; text-wrap: balance; }
h2 { margin: 0 0 0.75rem; font-size: 1.25rem; line-height: 1.3; }
h3 { margin: 0; font-size: 1.0625rem; }
p { margin: 0 0 1rem; }
a { color: var(--accent); text-underline-offset: 0.2em; }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 3px; border-radius: 0.25rem; }
.skip { position: absolute; inset-inline-start: -100rem; }
.skip:focus { inset: 0.5rem auto auto 0.5rem; z-index: 1; padding: 0.5rem 1rem; background: var(--ground); }
.quiet { color: var(--quiet); }
.small { font-size: 0.9375rem; }

.top { border-block-end: 1px solid var(--line); }
.top .wrap { display: flex; flex-wrap: wrap; gap: 0 1rem; align-items: center; justify-content: space-between; padding-block: 0.5rem; }
.brand { display: inline-flex; gap: 0.5rem; align-items: center; min-block-size: 2.75rem; color: var(--text); font-size: 1.1875rem; font-weight: 700; text-decoration: none; }
.logo { inline-size: 1.75rem; block-size: 1.75rem; }
nav { display: flex; flex-wrap: wrap; gap: 0 1.25rem; align-items: center; }
nav a, nav button { display: inline-flex; align-items: center; min-block-size: 2.75rem; padding: 0; border: 0; background: none; color: var(--text); font: inherit; text-decoration: none; cursor: pointer; }
nav a:hover, nav button:hover, nav [aria-current] { color: var(--accent); }
.foot { border-block-start: 1px solid var(--line); color: var(--quiet); font-size: 0.9375rem; }
.foot p { margin-block: 0; padding-block: 1rem; }

.button {
  display: inline-flex;
  align-items: center;
  justify-content: center;
  min-block-size: 3rem;
  padding: 0.625rem 1.375rem;
  border: 2px solid var(--accent);
  border-radius: 0.5rem;
  background: var(--accent);
  color: var(--onAccent);
  font: inherit;
  font-weight: 650;
  text-decoration: none;
  cursor: pointer;
}
.button:hover { border-color: #ffcb7d; background: #ffcb7d; }
.button.plain { background: none; color: var(--accent); }
.button.plain:hover { background: #ffb84d1f; }
.button.minor { min-block-size: 2.75rem; padding: 0.375rem 1rem; font-size: 0.9375rem; }
.buttons { display: flex; flex-wrap: wrap; gap: 0.75rem; margin: 0; }

.hero { position: relative; margin-block-end: 2.5rem; }
.picture { display: block; inline-size: 100%; block-size: auto; border-radius: 0.875rem; }
.hero .picture { margin-block-end: 1.25rem; }
.hero p { max-inline-size: 34rem; }
.plans { display: grid; gap: 1rem; margin: 0; padding: 0; list-style: none; }
.card { padding: 1.25rem; border: 1px solid var(--line); border-radius: 0.875rem; background: var(--card); }
.card > :last-child { margin-block-end: 0; }
.plan { display: flex; flex-direction: column; }
.plan p { margin-block-end: 0.75rem; }
.plan form { margin-block-start: auto; }
.price { font-size: 1.5rem; font-weight: 700; }
.price small { color: var(--quiet); font-size: 0.9375rem; font-weight: 400; }

.field { margin-block-end: 1.25rem; }
label { display: block; margin-block-end: 0.25rem; font-weight: 600; }
.hint { display: block; margin-block-end: 0.25rem; color: var(--quiet); font-size: 0.9375rem; }
input, select {
  inline-size: 100%;
  min-block-size: 3rem;
  padding: 0.5rem 0.75rem;
  border: 1px solid var(--edge);
  border-radius: 0.5rem;
  background: var(--ground);
  color: inherit;
  font: inherit;
}
input[aria-invalid] { border: 2px solid var(--bad); }
.checks { display: flex; flex-wrap: wrap; gap: 0.25rem 1.25rem; align-items: center; }
.checks label { display: inline-flex; gap: 0.5rem; align-items: center; margin: 0; font-weight: 400; }
.checks input { inline-size: 1.25rem; min-block-size: 1.25rem; margin: 0; accent-color: var(--accent); }
.problem { margin-block-end: 1.5rem; padding: 0.875rem 1rem; border: 2px solid var(--bad); border-radius: 0.5rem; color: var(--bad); font-weight: 600; }
form .button { inline-size: 100%; }
.inline .button { inline-size: auto; }

.player { margin: 0 0 1.25rem; }
.player figcaption { padding-block-start: 0.875rem; }
.progress { display: block; inline-size: 100%; block-size: 0.375rem; margin-block-start: 0.75rem; border: 0; border-radius: 1rem; background: var(--line); overflow: hidden; appearance: none; }
.progress::-webkit-progress-bar { background: var(--line); }
.progress::-webkit-progress-value { background: var(--accent); }
.progress::-moz-progress-bar { background: var(--accent); }
.list { display: grid; gap: 1rem; margin: 0 0 2rem; padding: 0; list-style: none; }
.row { display: flex; flex-wrap: wrap; gap: 0.375rem 1rem; align-items: center; justify-content: space-between; margin-block-end: 0.75rem; }
.row h2 { margin: 0; }
.badge { padding: 0.125rem 0.625rem; border: 1px solid currentColor; border-radius: 1rem; color: var(--quiet); font-size: 0.875rem; font-weight: 600; white-space: nowrap; }
.badge.on { color: var(--good); }
.badge.paused, .badge.setting_up { color: var(--accent); }
dl { display: grid; grid-template-columns: max-content 1fr; gap: 0.375rem 1.25rem; align-items: baseline; margin: 0 0 1rem; }
dt { color: var(--quiet); font-size: 0.9375rem; }
dd { margin: 0; }
.scroll { margin-block-end: 2rem; overflow-x: auto; }
table { inline-size: 100%; border-collapse: collapse; font-size: 0.9375rem; overflow-wrap: normal; }
.scroll td { white-space: nowrap; }
th, td { padding: 0.5rem 0.75rem 0.5rem 0; border-block-end: 1px solid var(--line); text-align: start; vertical-align: top; }
th { color: var(--quiet); font-weight: 600; white-space: nowrap; }
.fields { display: grid; gap: 0 1rem; }

@media (min-width: 40rem) {
  h1 { font-size: 2.25rem; }
  main { padding-block: 2.5rem 4rem; }
  .plans, .fields { grid-template-columns: repeat(2, minmax(0, 1fr)); }
  .narrow .card { padding: 2rem; }
}
@media (min-width: 60rem) {
  .plans, .fields { grid-template-columns: repeat(4, minmax(0, 1fr)); }
  .hero { display: grid; grid-template-columns: 1fr 1fr; gap: 2.5rem; align-items: center; }
  .hero .picture { order: 2; margin: 0; }
  .stage { display: grid; grid-template-columns: 2fr 1fr; gap: 2.5rem; align-items: start; }
}
`;
