const MARKUP = Symbol("markup");

/** Markup that is safe to send. Only `html` makes it. */
export interface Html {
  readonly [MARKUP]: string;
}

type Piece = Html | readonly Html[] | string | number | false | null | undefined;

const escape = (text: string): string => text.replace(/[&<>"'`]/g, (sign) => `&#${sign.charCodeAt(0)};`);

function markupOf(piece: Piece): string {
  if (piece === null || piece === undefined || piece === false) return "";
  if (typeof piece === "string" || typeof piece === "number") return escape(String(piece));
  return MARKUP in piece ? piece[MARKUP] : piece.map(textOf).join("");
}

/** Every value is escaped, for text and for quoted attributes, unless it is markup itself. */
export const html = (strings: TemplateStringsArray, ...pieces: readonly Piece[]): Html => ({
  [MARKUP]: strings.map((text, index) => text + markupOf(pieces[index])).join(""),
});

export const textOf = (piece: Html): string => piece[MARKUP];
