import type { Direction, Exchange, Message } from "./exchanges.js";
import { html } from "./html.js";
import type { Html } from "./html.js";
import { textOf } from "./json.js";

const SHOWN_MAX = 200;

const ARROWS: Readonly<Record<Direction, string>> = {
  "bango-to-merchant": "Bango → merchant",
  "merchant-to-bango": "merchant → Bango",
};

/** Every request and reply, oldest first. */
export function exchangeList(exchanges: readonly Exchange[]): Html {
  if (exchanges.length === 0) return html`<p class="empty">None.</p>`;
  const left = exchanges.length - SHOWN_MAX;
  return html`${left > 0 && html`<p>${left} older ones are not shown.</p>`}
    <ol class="exchanges">
      ${exchanges.slice(-SHOWN_MAX).map(exchangeItem)}
    </ol>`;
}

const exchangeItem = (exchange: Exchange): Html => {
  const { direction, request, reply, operation } = exchange;
  return html`<li class="${direction}">
    <details>
      <summary>
        <span class="line"
          ><time datetime="${exchange.at}">${exchange.at.slice(11, 23)}</time>
          <span class="arrow">${ARROWS[direction]}</span>
          <strong>${operation}</strong> ${statusOf(exchange)}</span
        >
        <span class="path"><b>${request.method}</b> ${request.path}</span>
        ${notesOf(exchange)}
      </summary>
      ${messageBox("Request", request)}
      ${reply && messageBox(`Reply ${String(reply.status)}, after ${String(exchange.durationMs)} ms`, reply)}
    </details>
  </li>`;
};

function statusOf({ reply, error }: Exchange): Html {
  if (reply === null) return html`<span class="badge bad">${error ?? "no answer"}</span>`;
  const tone = reply.status < 300 ? "good" : reply.status < 500 ? "waiting" : "bad";
  return html`<span class="badge ${tone}">${reply.status} ${textOf(reply.body, "responseCode") ?? ""}</span>`;
}

function notesOf({ attempt, fault, remark }: Exchange): Html | null {
  const notes = [
    attempt > 1 ? `delivery ${String(attempt)} of the same request` : null,
    fault === null ? null : `fault played: ${fault}`,
    remark,
  ].filter((note) => note !== null);
  return notes.length === 0 ? null : html`<span class="meta">${notes.join("; ")}</span>`;
}

const messageBox = (title: string, { headers, body }: Message): Html =>
  html`<h3>${title}</h3>
    <pre tabindex="0">
${Object.entries(headers)
        .map(([name, value]) => `${name}: ${value}`)
        .join("\n")}${body !== null && `\n\n${pretty(body)}`}</pre>`;

const pretty = (body: unknown): string => (typeof body === "string" ? body : JSON.stringify(body, null, 2));

/** What came of the last thing that BangoTel asked; nothing once the merchant has told Bango something since. */
export function lastCall(exchanges: readonly Exchange[]): Html | null {
  const last = exchanges.at(-1);
  if (last?.direction !== "bango-to-merchant") return null;
  const { reply, error, attempt } = last;
  const tone = reply === null || reply.status >= 500 ? "bad" : reply.status < 300 ? "good" : "waiting";
  const answer =
    reply === null
      ? (error ?? "no answer")
      : `${String(reply.status)} ${textOf(reply.body, "responseCode") ?? ""}: ${textOf(reply.body, "responseMessage") ?? ""}`;
  return html`<p class="notice ${tone}" role="status">
    <strong>${last.operation}</strong> was answered
    ${answer}${attempt > 1 && ` (${String(attempt)} deliveries)`}
  </p>`;
}
