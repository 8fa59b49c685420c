import type { PlanRow } from "../database.js";
import { lighthouse } from "./artwork.js";
import { html } from "./html.js";
import type { Html } from "./html.js";
import { hiddenToken } from "./layout.js";
import type { Page, Viewer } from "./layout.js";

const priceOf = ({ priceMinor, currency }: PlanRow): string =>
  new Intl.NumberFormat("en-GB", { style: "currency", currency }).format(priceMinor / 100);

const planCard = (plan: PlanRow, viewer: Viewer): Html =>
  html`<li class="card plan">
    <h3>${plan.name}</h3>
    <p class="price">${priceOf(plan)} <small>a month</small></p>
    <p class="quiet">${plan.about}</p>
    ${
      viewer.isSignedIn &&
      html`<form method="post" action="/subscribe">
        ${hiddenToken(viewer)}<input type="hidden" name="plan" value="${plan.code}" />
        <button class="button plain">Get ${plan.name}</button>
      </form>`
    }
  </li>`;

export const homePage = (plans: readonly PlanRow[], viewer: Viewer): Page => ({
  title: "Films and series",
  main: html`<section class="hero">
      ${lighthouse}
      <div>
        <h1>Stories worth staying up for</h1>
        <p>
          New films and series every week, on your phone, your television and anything between. Buy here, or
          with one of our partners.
        </p>
        <p class="buttons">
          ${
            viewer.isSignedIn
              ? html`<a class="button" href="/watch">Watch now</a>`
              : html`<a class="button" href="/signup">Sign up</a>
                  <a class="button plain" href="/signin">Sign in</a>`
          }
        </p>
      </div>
    </section>
    <section aria-labelledby="plans">
      <h2 id="plans">Plans</h2>
      <ul class="plans">
        ${plans.map((plan) => planCard(plan, viewer))}
      </ul>
    </section>`,
});
