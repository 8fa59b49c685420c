import type { Sold } from "../direct-sales.js";
import { html } from "./html.js";
import { messagePage } from "./layout.js";
import type { Page } from "./layout.js";

type NotSold = Exclude<Sold, "sold" | "alreadySo">;

const WHY: Readonly<Record<NotSold, readonly [title: string, text: string]>> = {
  hasOther: [
    "You have another plan already",
    "Nothing was bought. End the membership that you have, then choose this one.",
  ],
  hasPartners: [
    "You have a membership already",
    "You bought it with a partner of ours. Nothing was bought here: ask the partner to change or end it.",
  ],
  blocked: ["This account is closed", "Nothing was bought. Please write to our support."],
};

export const notSoldPage = (why: NotSold): Page =>
  messagePage(...WHY[why], html`<a class="button" href="/account">Your account</a>`);
