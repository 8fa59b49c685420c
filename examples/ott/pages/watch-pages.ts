import type { PlanRow } from "../database.js";
import { lighthouse } from "./artwork.js";
import type { Closed } from "./door.js";
import { html } from "./html.js";
import { messagePage } from "./layout.js";
import type { Page } from "./layout.js";

export const nowPlayingPage = (plan: PlanRow | undefined): Page => ({
  title: "Now playing",
  main: html`<div class="stage" data-access="open">
    <figure class="player">
      ${lighthouse}
      <progress class="progress" max="48" value="17" aria-label="17 of 48 minutes played"></progress>
      <figcaption class="quiet small">17 of 48 minutes</figcaption>
    </figure>
    <div>
      <p class="quiet">Now playing</p>
      <h1>The Keepers</h1>
      <p>Season 1, episode 3: “Fog on Tuesday”</p>
      <p class="quiet">
        The relief boat is four days late, and somebody has been winding the clock in the lamp room.
      </p>
      ${plan && html`<p class="quiet small">You watch with ${plan.name}.</p>`}
    </div>
  </div>`,
});

const CLOSED: Readonly<Record<Closed, readonly [title: string, text: string]>> = {
  none: ["You have no membership yet", "Choose a plan, or use one that you bought with a partner of ours."],
  setting_up: ["We are setting things up", "This takes a moment. Try again shortly."],
  paused: [
    "Your membership is paused",
    "Ask whoever you bought it from. If they know of nothing, our support can tell you why.",
  ],
  on_hold: [
    "Your membership is on hold",
    "It is paid for, but closed for now. Our support can tell you why.",
  ],
  ended: ["Your membership has ended", "Choose a plan to watch again."],
  blocked: ["This account is closed", "Please write to our support."],
};

const AGAIN: ReadonlySet<Closed> = new Set<Closed>(["setting_up"]);
const BUY: ReadonlySet<Closed> = new Set<Closed>(["none", "ended"]);

export function closedPage(closed: Closed): Page {
  const [title, text] = CLOSED[closed];
  const next = AGAIN.has(closed)
    ? html`<a class="button" href="/watch">Try again</a>`
    : BUY.has(closed)
      ? html`<a class="button" href="/">See the plans</a>`
      : html`<a class="button" href="/account">Your account</a>`;
  const page = messagePage(title, text, next);
  return { ...page, main: html`<div data-access="closed" data-reason="${closed}">${page.main}</div>` };
}
