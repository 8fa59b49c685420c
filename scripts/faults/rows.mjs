import { quantile } from "./load.mjs";

const RATIO_MAX = 1.5;
const ERRORS_SHOWN_MAX = 5;

const none = (count) => count === 0;
const some = (count) => count > 0;
const sum = (numbers) => numbers.reduce((one, other) => one + other, 0);

/** What the requests of the faulty partner met. */
export function ofProxy(table, { pass = 0, ...met }) {
  for (const [fate, count] of Object.entries(met).sort()) table.row(`met: ${fate}`, count, "");
  const count = sum(Object.values(met));
  table.row("requests that met a fault", count, `${pass} passed`, () => count > 0);
}

export function ofFaulty(table, { calls, lives, notSent }, areAnswered) {
  const under = calls.filter(({ phase }) => phase.isFaulty);
  const replies = under.flatMap((call) => call.replies);
  const busy = replies.filter(({ status }) => status === 503).length;
  const said = `${replies.length} with repeats, of which ${busy} were answered 503; ${notSent} not sent`;
  table.row("calls while there are faults", under.length, said, () => notSent === 0);
  const left = lives.filter((life) => life.left !== null);
  table.row("calls that nobody repeated after 503", left.length, "", () => left.length > 0);
  const odd = lives.flatMap(({ faults }) => faults).length;
  table.row("calls answered otherwise than they should", calls.length, odd, none);
  table.row("every caller had its last answer", calls.length, areAnswered ? "yes" : "no", () => areAnswered);
}

export function ofSettling(table, { first, left, seconds }, service) {
  const lines = service.logLines();
  const linesOf = (event) => lines.filter((line) => line.includes(`"${event}"`)).length;
  table.row("unknown outcomes that were settled", linesOf("outcome.settled"), "", () =>
    some(linesOf("outcome.settled")),
  );
  table.row("activations without a caller, undone", linesOf("activation.undone"), "");
  table.row("open when no more calls came", first, `${left} left after ${seconds.toFixed(1)} s`, () =>
    none(left),
  );
  const errors = lines.filter((line) => /"level":"(error|fatal)"/.test(line));
  // The alarm of an outcome that is looked up for long: while everything stalls it is right.
  const alarms = errors.filter((line) => line.includes("outcome.still_unknown"));
  const others = errors.filter((line) => !alarms.includes(line));
  table.row("other errors in the log", lines.length, `${others.length}, and ${alarms.length} alarms`, () =>
    none(others.length),
  );
  for (const line of others.slice(0, ERRORS_SHOWN_MAX)) console.error(line.slice(0, 500));
}

export function ofComparison(table, { found, effectCount, entitlementCount, undone }, lives) {
  table.row("answers that our history does not have", lives.length, found.answers.length, none);
  table.row("states that are others there", entitlementCount, found.states.length, none);
  const wrong = found.effects.length + found.keys.length;
  table.row("effects that are there twice, in excess or not at all", effectCount, wrong, none);
  table.row(
    "entitlements that nobody has asked for",
    entitlementCount + undone,
    found.strangers.length,
    none,
  );
}

/**
 * A call takes from the moment that it was due until it was answered well. Of a pair with an outage the p99 is shown and not
 * judged: when the outage ends, all that waited for it is done at once, on the same few processors.
 */
export function ofOther(table, { calls, lives }, pairs) {
  const late = calls.filter(({ replies }) => replies.length !== 1).length;
  const odd = lives.flatMap(({ faults }) => faults).length;
  table.row("the other's calls not answered well at once", calls.length, late + odd, none);
  const p99s = pairs.map(({ name, hasOutage }) => {
    const ofPair = calls.filter(({ phase }) => phase.pair?.name === name);
    const [faulty, calm] = [true, false].map((isFaulty) => {
      const times = ofPair.filter(({ phase }) => phase.isFaulty === isFaulty).map(({ ms }) => ms);
      return quantile(times, 0.99);
    });
    const ratio = faulty / calm;
    const said = `${faulty.toFixed(0)} ms beside faults, ${calm.toFixed(0)} ms without: ${ratio.toFixed(2)}`;
    table.row(`its p99, pair ${name}${hasOutage ? ", with an outage" : ""}`, ofPair.length, said);
    return { ratio, hasOutage };
  });
  const judged = p99s.filter(({ hasOutage }) => !hasOutage);
  if (judged.length === 0) return;
  const ratio = median(judged.map((pair) => pair.ratio));
  const what = "its p99 beside faults, to that without";
  table.row(what, calls.length, `${ratio.toFixed(2)}, the median of the pairs`, () => ratio <= RATIO_MAX);
}

function median(values) {
  const sorted = values.toSorted((one, other) => one - other);
  const middle = (sorted.length - 1) / 2;
  return (sorted[Math.floor(middle)] + sorted[Math.ceil(middle)]) / 2;
}
