/** An account system that does not hear that nobody waits any more must hold nothing up: rejects at the abort. */
export function untilAborted<T>(answer: Promise<T> | T, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const stop = (): void => {
      reject(new Error("the deadline has passed"));
    };
    signal.addEventListener("abort", stop, { once: true });
    Promise.resolve(answer)
      .then(resolve, reject)
      .finally(() => {
        signal.removeEventListener("abort", stop);
      });
  });
}
