/** As Promise.all, but a failure is thrown only once nothing is under way any more. */
export async function allOf<T>(running: readonly Promise<T>[]): Promise<T[]> {
  await Promise.allSettled(running);
  return Promise.all(running);
}
