import { PASSWORD_CHARACTERS_MAX } from "../sign-up.js";
import { html } from "./html.js";
import type { Html } from "./html.js";
import { hiddenToken, messagePage } from "./layout.js";
import type { Page, Viewer } from "./layout.js";

export interface Typed {
  readonly email: string;
  readonly next: string;
  /** What was wrong with what was sent. */
  readonly problem: string | null;
}

interface FormWords {
  readonly title: string;
  readonly action: string;
  readonly passwordHint: string | null;
  readonly passwordKind: string;
  readonly other: Html;
}

const accountForm = ({ email, next, problem }: Typed, viewer: Viewer, words: FormWords): Page => ({
  title: words.title,
  isNarrow: true,
  main: html`<div class="card">
    <h1>${words.title}</h1>
    ${problem !== null && html`<p class="problem" role="alert">${problem}</p>`}
    <form method="post" action="${words.action}">
      ${hiddenToken(viewer)}<input type="hidden" name="next" value="${next}" />
      <div class="field">
        <label for="email">Email address</label>
        <input
          id="email"
          name="email"
          type="email"
          autocomplete="email"
          required
          maxlength="255"
          value="${email}"
        />
      </div>
      <div class="field">
        <label for="password">Password</label>
        ${words.passwordHint !== null && html`<span class="hint" id="password-hint">${words.passwordHint}</span>`}
        <input
          id="password"
          name="password"
          type="password"
          autocomplete="${words.passwordKind}"
          required
          maxlength="${PASSWORD_CHARACTERS_MAX}"
          ${words.passwordHint !== null && html`aria-describedby="password-hint"`}
        />
      </div>
      <p><button class="button">${words.title}</button></p>
    </form>
    <p class="quiet">${words.other}</p>
  </div>`,
});

const withNext = (path: string, next: string): string => `${path}?next=${encodeURIComponent(next)}`;

export const signUpPage = (typed: Typed, viewer: Viewer): Page =>
  accountForm(typed, viewer, {
    title: "Sign up",
    action: "/signup",
    passwordHint: "At least 8 characters",
    passwordKind: "new-password",
    other: html`Have an account? <a href="${withNext("/signin", typed.next)}">Sign in</a>`,
  });

export const signInPage = (typed: Typed, viewer: Viewer): Page =>
  accountForm(typed, viewer, {
    title: "Sign in",
    action: "/signin",
    passwordHint: null,
    passwordKind: "current-password",
    other: html`New here? <a href="${withNext("/signup", typed.next)}">Sign up</a>`,
  });

export const signOutPage = (viewer: Viewer): Page =>
  viewer.isSignedIn
    ? {
        title: "Sign out",
        isNarrow: true,
        main: html`<form class="card" method="post" action="/signout">
          <h1>Sign out?</h1>
          <p>Your memberships stay as they are.</p>
          ${hiddenToken(viewer)}<button class="button">Sign out</button>
        </form>`,
      }
    : messagePage(
        "You are signed out",
        "Come back soon.",
        html`<a class="button" href="/signin">Sign in</a>`,
      );
