const CURSOR = /^v1:(.{1,255})$/s;

/** Opaque, so that what a page ends with may change without anybody's noticing. */
export const cursorOf = (lastId: string): string => Buffer.from(`v1:${lastId}`).toString("base64url");

/** Null where it is none of ours. */
export function idOfCursor(cursor: string): string | null {
  const id = CURSOR.exec(Buffer.from(cursor, "base64url").toString("utf8"))?.[1];
  return id !== undefined && cursorOf(id) === cursor ? id : null;
}
