const PARAMETER = /\{(\w+)\}/g;

/** Names of the parameters of a path as OpenAPI writes it, in order. */
export const paramsOf = (path: string): string[] =>
  [...path.matchAll(PARAMETER)].map(([, name = ""]) => name);

/** The same path as Express writes it. */
export const expressPath = (path: string): string => path.replace(PARAMETER, ":$1");

/** Whether some address fits both paths. A parameter stands for one whole segment. */
export function overlap(left: string, right: string): boolean {
  const [a, b] = [left.split("/"), right.split("/")];
  const isParameter = (segment: string | undefined): boolean => segment?.startsWith("{") === true;
  return (
    a.length === b.length &&
    a.every((segment, index) => segment === b[index] || isParameter(segment) || isParameter(b[index]))
  );
}
