/** Longer ones do not pass every proxy and browser. */
const LENGTH_MAX = 2048;
/** What browsers and servers read in different ways: backslashes, white space, control characters. */
const AMBIGUOUS = /[\\\s\p{Cc}]/u;
const ENCODED_SEPARATOR = /%(2f|5c)/i;

/**
 * Where the customer goes on: the first of `asked` that `listed` allows, else the first listed; null where there is
 * none. Compared by parsed origin and by path prefix on segment boundaries. The result is ASCII, fit for a header.
 */
export function chooseReturnUrl(
  listed: readonly string[],
  asked: readonly (string | null | undefined)[],
): string | null {
  const prefixes = listed.map(parse).filter((url) => url !== null);
  const wanted = asked.map((text) => parse(text ?? ""));
  const found = wanted.find((url) => url !== null && prefixes.some((prefix) => isBelow(url, prefix)));
  return (found ?? prefixes[0])?.href ?? null;
}

/**
 * What `form-action` must name beside 'self': Chromium holds the redirect after a form against it too.
 * Anything that could end the directive is left out.
 */
export function formTargets(listed: readonly string[]): readonly string[] {
  const sources = listed
    .map(parse)
    .filter((url) => url !== null)
    .map((url) => (isWeb(url) ? url.origin : url.protocol))
    .filter((source) => /^[a-z][a-z\d+.-]*:(\/\/[\w.-]+(:\d+)?)?$/.test(source));
  return [...new Set(sources)];
}

const isWeb = ({ protocol }: URL): boolean => protocol === "https:" || protocol === "http:";

/** Only what has one meaning: absolute, with a host, without user information. */
function parse(text: string): URL | null {
  if (text.length > LENGTH_MAX || AMBIGUOUS.test(text) || !URL.canParse(text)) return null;
  const url = new URL(text);
  const isPlain = url.host !== "" && url.username === "" && url.password === "";
  return isPlain && !hasUserInfo(text) && !ENCODED_SEPARATOR.test(url.pathname) ? url : null;
}

/** The parser drops an empty user name, as in https://@shop.example. */
const hasUserInfo = (text: string): boolean => /^[^/?#]*\/*[^/?#]*@/.test(text);

/** The origin of a scheme like `app:` is "null", equal to that of every other: so scheme and host are compared. */
function isBelow(url: URL, prefix: URL): boolean {
  if (url.protocol !== prefix.protocol || url.host !== prefix.host) return false;
  const folder = prefix.pathname.endsWith("/") ? prefix.pathname : `${prefix.pathname}/`;
  return url.pathname === prefix.pathname || url.pathname.startsWith(folder);
}
