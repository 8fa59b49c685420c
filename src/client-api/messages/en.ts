import type { Messages } from "./messages.js";

export const en: Messages = {
  language: "en",
  direction: "ltr",
  form: {
    title: "Set up your subscription",
    intro: "One step left. Use your account, or create one, and it is yours.",
    product: "You get",
    choice: "Do you have an account with us?",
    choiceNew: "I am new",
    choiceNewHint: "We create an account for you.",
    choiceExisting: "I have an account",
    choiceExistingHint: "Sign in, and we add this to it.",
    email: "E-mail address",
    password: "Password",
    passwordHint: "New here? Choose at least 8 characters. Otherwise, the password of your account.",
    consent:
      "I agree that this subscription is linked to my account and managed by the seller I got it from.",
    submit: "Continue",
    keepLink: "Not now? You can open your link again later.",
  },
  problem: { title: "There is a problem", titlePrefix: "Error: " },
  fieldErrors: {
    choiceMissing: "Say whether you are new or have an account.",
    emailMissing: "Enter your e-mail address.",
    emailMalformed: "Enter an e-mail address like name@example.com.",
    emailTaken:
      "There is an account with this e-mail address. Choose “I have an account” and use its password.",
    emailRefused: "This e-mail address cannot be used here. Check it, or use another one.",
    passwordMissing: "Enter a password.",
    passwordTooShort: "Choose a password of at least 8 characters.",
    passwordTooLong: "Use a password of at most 1024 characters.",
    passwordRefused: "This password cannot be used here. Choose another one: longer, or less usual.",
    wrongPassword: "That e-mail address and password do not fit together. Check both and try again.",
    consentMissing: "Tick the box to agree. We cannot set this up without it.",
  },
  notices: {
    staleForm: "This form was open for too long. Nothing was done. Enter your password again and continue.",
    tooManyAttempts:
      "There were too many attempts with a wrong password. Nothing is lost: wait a few minutes, then try again.",
    unavailable:
      "We could not finish just now. Nothing is lost: enter your password again and continue in a moment.",
    notEligible: "This account cannot have this subscription. Use another account, or ask the seller.",
    alreadySubscribed:
      "This account has such a subscription already. Use another account, or end the old one first.",
    limitReached: "This account has as many of these subscriptions as it may. Use another account.",
    declined: "We could not set this up with that account. Use another account, or ask the seller.",
  },
  setUp: {
    title: "You are already set up",
    text: "This subscription is on your account. There is nothing more to do here.",
    onward: "Continue",
  },
  unknown: {
    title: "This link does not work",
    text: "It may be incomplete, or too old.",
    next: "Go back to the shop or app where you got your subscription and open it from there again: you get a fresh link. If that does not help, ask the seller.",
  },
  ended: {
    title: "This subscription has ended",
    text: "It cannot be set up any more.",
    next: "If you did not expect this, ask the seller from whom you got it. There you can also get a new one.",
  },
  unavailable: {
    title: "We are not ready just now",
    text: "Something on our side takes longer than it should. Nothing is lost: please try again in a moment.",
    retry: "Try again",
  },
  tooManyLinks: {
    title: "Too many links that do not work",
    text: "Wait a minute before you try another one. A link that works is not affected.",
    next: "For a fresh link, go back to the shop or app where you got your subscription.",
  },
  crossSite: {
    title: "Please continue from our own page",
    text: "This form was sent from another website, so we did nothing with it.",
    next: "Open the sign-up page",
  },
  unreadable: {
    title: "We could not read that form",
    text: "Nothing was done. Open the page again and fill in the form once more.",
    next: "Open the sign-up page",
  },
  failed: {
    title: "Something went wrong on our side",
    text: "We have been told. Please try again in a moment.",
    retry: "Try again",
  },
  welcome: {
    title: "Welcome, you are set up",
    text: "Your subscription is on your account. Sign in with your e-mail address and password, on any of your devices.",
    close: "You can close this page.",
  },
};
