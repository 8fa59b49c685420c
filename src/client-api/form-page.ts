import { html } from "./html.js";
import type { Html } from "./html.js";
import type { Messages, NoticeKey } from "./messages/messages.js";
import type { PageContent } from "./pages.js";
import type { FieldErrors, FieldName, TypedForm } from "./sign-up-form.js";

export interface FormState {
  /** Null where it could not be looked up. */
  readonly productName: string | null;
  readonly typed: TypedForm;
  readonly formToken: string;
  readonly errors: FieldErrors;
  readonly notice: NoticeKey | null;
}

/** Where the link of a fault leads; in the order of the page. */
const FIELD_IDS: Readonly<Record<FieldName, string>> = {
  choice: "choice-new",
  email: "email",
  password: "password",
  consent: "consent",
};

/**
 * One form for both ways in, so that it works without script. It names no action: it is sent to the address that it
 * came from, with its `returnUrl`, and the token stands in no page. `novalidate`: the server's faults can be read out.
 */
export function formPage(messages: Messages, state: FormState): PageContent {
  const { form, problem } = messages;
  const isWrong = state.notice !== null || Object.keys(state.errors).length > 0;
  return {
    title: `${isWrong ? problem.titlePrefix : ""}${form.title}`,
    main: html`${isWrong && problemSummary(messages, state)}
      <h1>${form.title}</h1>
      <p class="quiet">${form.intro}</p>
      ${
        state.productName !== null &&
        html`<p class="product">
          ${form.product} <strong><bdi>${state.productName}</bdi></strong>
        </p>`
      }
      <form method="post" novalidate>
        <input type="hidden" name="formToken" value="${state.formToken}" />
        ${choiceGroup(messages, state)} ${emailField(messages, state)} ${passwordField(messages, state)}
        ${consentField(messages, state)}
        <button class="button" type="submit">${form.submit}</button>
      </form>
      <p class="hint">${form.keepLink}</p>`,
  };
}

function problemSummary({ problem, notices, fieldErrors }: Messages, { errors, notice }: FormState): Html {
  const faults = fieldNames.flatMap((field) => {
    const error = errors[field];
    return error ? [html`<li><a href="#${FIELD_IDS[field]}">${fieldErrors[error]}</a></li>`] : [];
  });
  return html`<div class="problem" role="alert" tabindex="-1" autofocus>
    <h2>${problem.title}</h2>
    ${notice !== null && html`<p>${notices[notice]}</p>`}
    ${
      faults.length > 0 &&
      html`<ul>
        ${faults}
      </ul>`
    }
  </div>`;
}

const fieldNames = Object.keys(FIELD_IDS) as readonly FieldName[];

function choiceGroup(messages: Messages, state: FormState): Html {
  const { form } = messages;
  const option = (value: "new" | "existing", text: string, hint: string): Html =>
    html`<label class="option" for="choice-${value}">
      <input
        type="radio"
        id="choice-${value}"
        name="choice"
        value="${value}"
        required${checked(state.typed.choice === value)}
      />
      <span><strong>${text}</strong> <span class="hint">${hint}</span></span>
    </label>`;
  return html`<fieldset${wrongClass(state, "choice", "")}${describedBy(state, "choice", null)}>
    <legend>${form.choice}</legend>
    ${fieldError(messages, state, "choice")}
    ${option("new", form.choiceNew, form.choiceNewHint)}
    ${option("existing", form.choiceExisting, form.choiceExistingHint)}
  </fieldset>`;
}

const emailField = (messages: Messages, state: FormState): Html =>
  html`<div${wrongClass(state, "email", "field")}>
    <label for="email">${messages.form.email}</label>
    ${fieldError(messages, state, "email")}
    <input class="text" type="email" id="email" name="email" value="${state.typed.email}" required autocomplete="email" inputmode="email" autocapitalize="none" spellcheck="false" dir="ltr"${invalid(state, "email")}${describedBy(state, "email", null)} />
  </div>`;

/** One field for both: the password manager is told which kind by the choice made, as far as it is known. */
const passwordField = (messages: Messages, state: FormState): Html =>
  html`<div${wrongClass(state, "password", "field")}>
    <label for="password">${messages.form.password}</label>
    <p class="hint" id="password-hint">${messages.form.passwordHint}</p>
    ${fieldError(messages, state, "password")}
    <input class="text" type="password" id="password" name="password" required autocomplete="${state.typed.choice === "existing" ? "current-password" : "new-password"}" autocapitalize="none" spellcheck="false" dir="ltr"${invalid(state, "password")}${describedBy(state, "password", "password-hint")} />
  </div>`;

const consentField = (messages: Messages, state: FormState): Html =>
  html`<div${wrongClass(state, "consent", "field")}>
    ${fieldError(messages, state, "consent")}
    <label class="option plain" for="consent">
      <input type="checkbox" id="consent" name="consent" value="yes" required${checked(state.typed.consent)}${invalid(state, "consent")}${describedBy(state, "consent", null)} />
      <span>${messages.form.consent}</span>
    </label>
  </div>`;

function fieldError({ fieldErrors }: Messages, { errors }: FormState, field: FieldName): Html | false {
  const error = errors[field];
  return error !== undefined && html`<p class="error" id="${field}-error">${fieldErrors[error]}</p>`;
}

const checked = (is: boolean): Html | false => is && html` checked`;

const invalid = ({ errors }: FormState, field: FieldName): Html | false =>
  errors[field] !== undefined && html` aria-invalid="true"`;

function describedBy({ errors }: FormState, field: FieldName, hintId: string | null): Html | false {
  const ids = [hintId, errors[field] === undefined ? null : `${field}-error`].filter((id) => id !== null);
  return ids.length > 0 && html` aria-describedby="${ids.join(" ")}"`;
}

function wrongClass({ errors }: FormState, field: FieldName, usual: string): Html | false {
  const names = errors[field] === undefined ? usual : `${usual} wrong`.trim();
  return names !== "" && html` class="${names}"`;
}
