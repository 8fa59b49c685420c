const MARKUP = Symbol("markup");

/** Markup that is safe to send. Only `html` makes it, so that text of any other origin is escaped. */
export interface Html {
  readonly [MARKUP]: string;
}

type Piece = Html | readonly Html[] | string | number | false | null | undefined;

/** A piece of a page: every value is escaped, for text and for quoted attributes, unless it is markup itself. */
export const html = (strings: TemplateStringsArray, ...pieces: readonly Piece[]): Html => ({
  [MARKUP]: strings.map((text, index) => text + markupOf(pieces[index])).join(""),
});

export const renderHtml = (page: Html): string => page[MARKUP];

function markupOf(piece: Piece): string {
  if (piece === null || piece === undefined || piece === false) return "";
  if (typeof piece === "string" || typeof piece === "number") return escape(String(piece));
  return MARKUP in piece ? piece[MARKUP] : piece.map(renderHtml).join("");
}

const escape = (text: string): string => text.replace(/[&<>"'`]/g, (sign) => `&#${sign.charCodeAt(0)};`);
