import { html } from "./html.js";

/** A lantern. */
export const logo = html`<svg class="logo" viewBox="0 0 24 24" aria-hidden="true">
  <path d="M8 4h8l2 4v9l-2 3H8l-2-3V8z" fill="none" stroke="currentColor" stroke-width="1.75" />
  <path d="M9 4a3 3 0 0 1 6 0" fill="none" stroke="currentColor" stroke-width="1.75" />
  <path d="M12 9c2 2.2 2.6 3.3 2.6 4.6a2.6 2.6 0 0 1-5.2 0C9.4 12.3 10 11.2 12 9z" fill="#ffb84d" />
</svg>`;

/** A lighthouse at night: the picture of the one series that there is. */
export const lighthouse = html`<svg
  class="picture"
  viewBox="0 0 640 360"
  role="img"
  aria-label="A lighthouse at night, its beam over the sea"
  preserveAspectRatio="xMidYMid slice"
>
  <defs>
    <linearGradient id="sky" x1="0" y1="0" x2="0" y2="1">
      <stop offset="0" stop-color="#0d1030" />
      <stop offset="0.7" stop-color="#3b2f63" />
      <stop offset="1" stop-color="#a0566b" />
    </linearGradient>
    <linearGradient id="beam" x1="1" y1="0" x2="0" y2="0">
      <stop offset="0" stop-color="#ffe0a3" stop-opacity="0.9" />
      <stop offset="1" stop-color="#ffe0a3" stop-opacity="0" />
    </linearGradient>
  </defs>
  <rect width="640" height="360" fill="url(#sky)" />
  <g fill="#fff" opacity="0.8">
    <circle cx="70" cy="50" r="1.5" />
    <circle cx="150" cy="110" r="1" />
    <circle cx="230" cy="40" r="1.2" />
    <circle cx="330" cy="80" r="1.5" />
    <circle cx="560" cy="50" r="1.2" />
    <circle cx="600" cy="120" r="1" />
    <circle cx="410" cy="30" r="1" />
  </g>
  <path d="M470 122 40 60v130z" fill="url(#beam)" />
  <rect y="280" width="640" height="80" fill="#171a3a" />
  <path d="M0 300q80-12 160 0t160 0 160 0 160 0v60H0z" fill="#10122b" />
  <path d="M390 300q80-46 190-20l60 20v60H360z" fill="#0a0b1c" />
  <path d="M456 272l8-132h24l8 132z" fill="#f2ece2" />
  <path d="M460 214l2-34h28l2 34z" fill="#c4484f" />
  <rect x="460" y="110" width="32" height="26" rx="2" fill="#ffe0a3" />
  <path d="M454 110l22-18 22 18z" fill="#c4484f" />
  <rect x="454" y="134" width="44" height="7" fill="#2b2440" />
</svg>`;
