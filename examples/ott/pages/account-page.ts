import type { PlanRow } from "../database.js";
import { isOpen, periodEnd, stateAt } from "../membership-row.js";
import type { MembershipRow, State } from "../membership-row.js";
import { html } from "./html.js";
import type { Html } from "./html.js";
import { hiddenToken } from "./layout.js";
import type { Page, Viewer } from "./layout.js";

const dayOf = (at: number): Html => {
  const text = new Intl.DateTimeFormat("en-GB", { dateStyle: "long", timeZone: "UTC" }).format(at);
  return html`<time datetime="${new Date(at).toISOString()}">${text}</time>`;
};

const STATES: Readonly<Record<State, string>> = {
  setting_up: "Setting up",
  on: "On",
  paused: "Paused",
  ended: "Ended",
};

const fact = (name: string, value: Html | string | null): Html | null =>
  value === null
    ? null
    : html`<dt>${name}</dt>
        <dd>${value}</dd>`;

function membershipCard(row: MembershipRow, { plans, viewer, now }: AccountView): Html {
  const state = stateAt(row, now);
  const plan = plans.find(({ code }) => code === row.planCode);
  const isOnHold = state === "on" && !isOpen(row, now);
  return html`<li class="card">
    <div class="row">
      <h2>${row.displayName ?? plan?.name ?? row.planCode}</h2>
      <span class="badge ${isOnHold ? "paused" : state}">${isOnHold ? "On hold" : STATES[state]}</span>
    </div>
    <dl>
      ${fact("Plan", plan?.name ?? row.planCode)}
      ${fact("Bought", row.origin === "direct" ? "from us" : "with a partner")}
      ${fact("Since", dayOf(row.startedAt))}
      ${state !== "ended" && row.endsAt === null ? fact("Paid until", dayOf(periodEnd(row, now))) : null}
      ${row.endsAt !== null && state !== "ended" ? fact("Ends", dayOf(row.endsAt)) : null}
      ${state === "ended" ? fact("Ended", dayOf(row.endedAt ?? row.endsAt ?? now)) : null}
      ${fact("Activation code", row.activationCode)}
    </dl>
    ${
      row.origin === "direct" &&
      state !== "ended" &&
      html`<form class="inline" method="post" action="/unsubscribe">
        ${hiddenToken(viewer)}<input type="hidden" name="reference" value="${row.reference}" />
        <button class="button plain minor">End this membership</button>
      </form>`
    }
  </li>`;
}

export interface AccountView {
  readonly email: string;
  readonly number: string;
  readonly memberships: readonly MembershipRow[];
  readonly plans: readonly PlanRow[];
  readonly viewer: Viewer;
  readonly now: number;
}

export const accountPage = (view: AccountView): Page => ({
  title: "Your account",
  main: html`<h1>Your account</h1>
    <p class="quiet">${view.email} · account ${view.number}</p>
    ${
      view.memberships.length === 0
        ? html`<p>You have no membership yet. <a href="/">See the plans</a></p>`
        : html`<ul class="list">
            ${view.memberships.map((row) => membershipCard(row, view))}
          </ul>`
    }
    <p class="buttons"><a class="button" href="/watch">Watch</a></p>`,
});
