/** Makes something of a value once, and again when the supplier gives another value. */
export function remembered<T, R>(supply: () => T, make: (value: T) => R): () => R {
  let last: { readonly value: T; readonly made: R } | undefined;
  return () => {
    const value = supply();
    if (last?.value !== value) last = { value, made: make(value) };
    return last.made;
  };
}
