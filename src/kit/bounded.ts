/** How long after an abort a call may still take to end. */
export const GRACE_MS = 1000;

export const pause = (ms: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, ms);
  });

/** How a call came out: its answer, what it threw, or nothing in time. */
export type Came<T> =
  | { readonly kind: "answered"; readonly answer: T }
  | { readonly kind: "threw"; readonly error: unknown }
  | { readonly kind: "late" };

/** Waits for the call, for no longer than that. A call that throws before its first await is one that throws. */
export async function within<T>(ms: number, call: () => Promise<T>): Promise<Came<T>> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<Came<T>>((resolve) => {
    timer = setTimeout(() => {
      resolve({ kind: "late" });
    }, ms);
  });
  const came = (async (): Promise<Came<T>> => {
    try {
      return { kind: "answered", answer: await call() };
    } catch (error) {
      return { kind: "threw", error };
    }
  })();
  try {
    return await Promise.race([came, late]);
  } finally {
    clearTimeout(timer);
  }
}
