/** The pages' own stylesheet: phone first, light and dark by the reader's choice, no fonts or images to fetch. */
export const STYLESHEET = `
:root {
  color-scheme: light dark;
  --paper: #f4f5f8; --card: #ffffff; --ink: #1b2130; --soft: #535b6e; --line: #d5d9e3;
  --brand: #4a2a8a; --on-brand: #ffffff; --link: #4a2a8a; --field: #737b8f;
  --good: #0c6137; --good-bg: #dcf3e5; --waiting: #7a4700; --waiting-bg: #fdeccb;
  --bad: #a3141f; --bad-bg: #fde0e1; --over: #454c5c; --over-bg: #e4e7ee; --code: #eef0f5;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #12151d; --card: #1b202b; --ink: #e9ecf3; --soft: #a9b1c3; --line: #343b4b;
    --brand: #3b2270; --on-brand: #ffffff; --link: #c3aeff; --field: #8089a0;
    --good: #8fe3b2; --good-bg: #123524; --waiting: #ffcf7d; --waiting-bg: #3d2b0a;
    --bad: #ffabaf; --bad-bg: #47181c; --over: #c3cada; --over-bg: #303747; --code: #12151d;
  }
}
*, *::before, *::after { box-sizing: border-box; }
body {
  margin: 0; background: var(--paper); color: var(--ink);
  font: 1rem/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "DejaVu Sans", sans-serif;
}
.wrap { max-width: 68rem; margin: 0 auto; padding: 0 1rem; }
main { padding-block: 1.25rem 4rem !important; }
a { color: var(--link); text-underline-offset: .15em; }
:focus-visible { outline: 3px solid var(--link); outline-offset: 2px; border-radius: 4px; }
h1 { font-size: 1.6rem; line-height: 1.2; margin: 0 0 .5rem; overflow-wrap: anywhere; }
h1 .for { font-weight: 400; color: var(--soft); }
h2 { font-size: 1.15rem; line-height: 1.3; margin: 2rem 0 .6rem; }
h3 { font-size: 1rem; margin: 0 0 .6rem; display: flex; flex-wrap: wrap; gap: .5rem; align-items: center; justify-content: space-between; }
p { margin: 0 0 .75rem; }
code, pre, .path, .url, .meta span { font-family: ui-monospace, "Cascadia Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace; font-size: .85em; }
code { background: var(--code); padding: .1em .3em; border-radius: 4px; }
.skip { position: absolute; left: -999rem; }
.skip:focus { left: 1rem; top: .5rem; background: var(--card); padding: .5rem 1rem; z-index: 1; }
.top { background: var(--brand); color: var(--on-brand); }
.top .wrap { display: flex; flex-wrap: wrap; gap: .25rem 1.5rem; align-items: center; justify-content: space-between; padding-block: .6rem; }
.top a { color: inherit; }
.top :focus-visible { outline-color: currentColor; }
.brand { margin: 0; }
.brand a { font-weight: 700; font-size: 1.15rem; text-decoration: none; padding-right: .25rem; }
.brand span { font-size: .85rem; display: block; }
nav { display: flex; gap: 1.25rem; }
nav a, .crumb a { display: inline-block; padding: .6rem 0; }
.crumb { margin: -.6rem 0 0; font-size: .9rem; }
.lead, .hint, .meta, .empty { color: var(--soft); }
.lead { max-width: 44rem; }
.hint, .meta { font-size: .875rem; }
.card { background: var(--card); border: 1px solid var(--line); border-radius: 12px; padding: 1rem; }
.notice { border-radius: 8px; padding: .7rem 1rem; border-left: 5px solid currentColor; margin: .75rem 0; overflow-wrap: anywhere; }
.good { color: var(--good); background: var(--good-bg); }
.waiting { color: var(--waiting); background: var(--waiting-bg); }
.bad { color: var(--bad); background: var(--bad-bg); }
.over { color: var(--over); background: var(--over-bg); }
.badge { display: inline-block; border-radius: 99px; padding: .1rem .65rem; font-size: .8rem; font-weight: 600; line-height: 1.5; }
label { font-weight: 600; display: block; margin-bottom: .25rem; }
input, select, button, .button { font: inherit; min-height: 2.75rem; border-radius: 8px; }
input, select { width: 100%; padding: .4rem .7rem; border: 1px solid var(--field); background: var(--card); color: var(--ink); }
button, .button {
  display: inline-flex; align-items: center; justify-content: center; padding: .4rem 1.1rem; cursor: pointer;
  border: 1px solid var(--field); background: var(--card); color: var(--ink); font-weight: 600; text-decoration: none;
}
button:hover { background: var(--over-bg); }
.primary, .primary:hover { background: var(--brand); border-color: var(--brand); color: var(--on-brand); }
.primary:hover { text-decoration: underline; }
.primary .hint { color: inherit; font-weight: 400; margin-left: .35rem; }
.danger { border-color: var(--bad); color: var(--bad); }
.create { display: grid; gap: 1rem; }
.create .hint { margin: 0; }
.sign-up h2 { margin-top: 0; }
.sign-up .button { width: 100%; flex-wrap: wrap; }
.sign-up > :last-child { margin: .75rem 0 0; }
.sign-up { border-color: var(--link); border-width: 2px; margin-top: 1rem; }
.url { overflow-wrap: anywhere; color: var(--soft); }
.list, .events, .exchanges { list-style: none; margin: 0; padding: 0; }
.list { display: grid; gap: .6rem; }
.list a { display: grid; justify-items: start; gap: .25rem .75rem; align-items: center; background: var(--card); border: 1px solid var(--line); border-radius: 12px; padding: .75rem 1rem; color: inherit; text-decoration: none; }
.list a:hover strong { text-decoration: underline; }
.list .what { overflow-wrap: anywhere; }
.list strong { color: var(--link); display: block; }
.list .meta { grid-column: 1 / -1; overflow-wrap: anywhere; display: flex; flex-wrap: wrap; gap: 0 1rem; }
.sides { display: grid; gap: 1rem; margin-bottom: .6rem; }
dl { margin: 0; display: grid; gap: .45rem; }
dt { color: var(--soft); font-size: .8rem; }
dd { margin: 0; overflow-wrap: anywhere; font-variant-numeric: tabular-nums; }
.actions { display: flex; flex-wrap: wrap; gap: .6rem; align-items: flex-end; }
.actions form { flex: 1 1 8rem; }
.actions button { width: 100%; }
.actions .update { flex: 1 1 100%; display: grid; grid-template-columns: 1fr auto; gap: .1rem .6rem; }
.update label { grid-column: 1 / -1; }
details { margin-top: .75rem; }
summary { cursor: pointer; padding: .6rem 0; }
.others summary { color: var(--soft); font-size: .9rem; }
.others .actions { padding-top: .4rem; }
.events li { background: var(--card); border: 1px solid var(--line); border-radius: 8px; padding: .5rem .8rem; margin-bottom: .4rem; display: flex; flex-wrap: wrap; gap: 0 .75rem; align-items: baseline; }
.events time { color: var(--soft); font-size: .85rem; }
.events strong { overflow-wrap: anywhere; }
.exchanges details { margin: 0 0 .5rem; background: var(--card); border: 1px solid var(--line); border-left: 5px solid var(--link); border-radius: 8px; padding: 0 .8rem; }
.exchanges .merchant-to-bango details { border-left-color: var(--good); }
.exchanges summary { display: block; position: relative; padding: .6rem 1.6rem .6rem 0; list-style: none; }
.exchanges summary::-webkit-details-marker { display: none; }
.exchanges summary::after {
  content: ""; position: absolute; right: .35rem; top: 1.05rem; width: .55rem; height: .55rem;
  border: solid var(--soft); border-width: 0 2px 2px 0; transform: rotate(45deg);
}
.exchanges [open] > summary::after { transform: translateY(.3rem) rotate(-135deg); }
.exchanges summary > span { display: block; }
.line { display: flex !important; flex-wrap: wrap; gap: .1rem .75rem; align-items: baseline; }
.line time { color: var(--soft); font-size: .85rem; font-variant-numeric: tabular-nums; }
.arrow { font-weight: 600; color: var(--link); }
.merchant-to-bango .arrow { color: var(--good); }
.path { overflow-wrap: anywhere; color: var(--soft); }
.exchanges h3 { font-size: .9rem; margin: .4rem 0 .3rem; }
pre { margin: 0 0 .8rem; padding: .7rem; background: var(--code); border: 1px solid var(--line); border-radius: 8px; white-space: pre-wrap; overflow-wrap: anywhere; max-height: 30rem; overflow: auto; }
@media (min-width: 44rem) {
  .brand span { display: inline; }
  .create { grid-template-columns: 1fr 1fr auto; align-items: end; }
  .create .hint { grid-column: 1 / -1; }
  .list strong { display: inline; }
  .list a { grid-template-columns: 1fr auto; }
  .sides { grid-template-columns: 1fr 1fr; }
  dl > div { display: grid; grid-template-columns: 11rem 1fr; gap: .75rem; align-items: baseline; }
  dt { font-size: .875rem; }
  .sign-up .button { width: auto; }
  .actions form { flex: 0 0 auto; }
  .actions button { width: auto; }
  .actions .update { flex: 0 0 auto; display: flex; align-items: center; gap: .6rem; }
  .update label { margin: 0; white-space: nowrap; }
  .update select { width: auto; }
}
`;
