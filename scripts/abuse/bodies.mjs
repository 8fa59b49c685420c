import { Buffer } from "node:buffer";
import { brotliCompressSync, deflateSync, gzipSync } from "node:zlib";
import fc from "fast-check";

const MIB = 1024 * 1024;
const BOMB = gzipSync(Buffer.alloc(20 * MIB));
const BOMBS = [
  ["gzip", BOMB],
  ["deflate", deflateSync(Buffer.alloc(20 * MIB))],
  ["br", brotliCompressSync(Buffer.alloc(20 * MIB))],
  ["gzip, gzip", gzipSync(BOMB)],
  ["gzip", BOMB.subarray(0, 400)],
];
const JSON_TYPE = "application/json";
/** Over the largest limit that any door has. */
const OVERSIZE = Buffer.alloc(300 * 1024, 0x20);

const typed = (type, body) => ({ headers: [["Content-Type", type]], body });
const encoded = (encoding, body) => ({
  headers: [
    ["Content-Type", JSON_TYPE],
    ["Content-Encoding", encoding],
  ],
  body,
});

const WRONG_TYPES = [
  "text/plain",
  "application/xml",
  "application/x-www-form-urlencoded",
  "multipart/form-data; boundary=x",
  "application/json; charset=utf-16",
  "application/json; charset=latin1",
  "application/json; charset=%00",
  "application/jsonx",
  "application/",
  "json",
  ";",
  "application/json, application/json",
];

const NO_JSON = [
  "{",
  '{"a":1',
  '{"a":1}}',
  "{'a':1}",
  '{"a":NaN}',
  '{"a":01}',
  '{"a":1,}',
  "[]",
  "[{}]",
  "null",
  "1",
  '"text"',
  "true",
  "\0",
  "<xml/>",
  "a=b&c=d",
  "[".repeat(200_000),
  '{"a":'.repeat(50_000),
];

const NO_UTF8 = [
  Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x3a, 0x31, 0x7d]),
  Buffer.from([0x7b, 0x22, 0xc0, 0x80, 0x22, 0x3a, 0x31, 0x7d]),
  Buffer.from([0x7b, 0x22, 0xed, 0xa0, 0x80, 0x22, 0x3a, 0x31, 0x7d]),
  Buffer.from('{"a":1}', "utf16le"),
];

/** Bodies that no operation may take, whatever they say. `good`: one that it would take as JSON. */
export const refusedBody = (good) =>
  fc.oneof(
    { weight: 60, arbitrary: fc.constantFrom(...NO_JSON).map((text) => typed(JSON_TYPE, Buffer.from(text))) },
    { weight: 20, arbitrary: fc.constantFrom(...NO_UTF8).map((bytes) => typed(JSON_TYPE, bytes)) },
    {
      weight: 40,
      arbitrary: fc.constantFrom(...WRONG_TYPES).map((type) => typed(type, Buffer.from(good))),
    },
    { weight: 10, arbitrary: fc.constant({ headers: [], body: Buffer.from(good) }) },
    {
      weight: 20,
      arbitrary: fc
        .constantFrom("compress", "zstd", "identity, gzip", "x", "\xff")
        .map((one) => encoded(one, Buffer.from(good))),
    },
    {
      weight: 20,
      arbitrary: fc.constantFrom("gzip", "deflate", "br").map((one) => encoded(one, Buffer.from(good))),
    },
    {
      weight: 20,
      arbitrary: fc
        .integer({ min: 1, max: 12 })
        .map((cut) => encoded("gzip", gzipSync(good).subarray(0, -cut))),
    },
    {
      weight: 30,
      arbitrary: fc
        .uint8Array({ minLength: 1, maxLength: 200 })
        .map((bytes) => typed(JSON_TYPE, Buffer.from([0xff, ...bytes]))),
    },
    { weight: 3, arbitrary: fc.constantFrom(...BOMBS).map(([how, bytes]) => encoded(how, bytes)) },
    { weight: 2, arbitrary: fc.constant(typed(JSON_TYPE, OVERSIZE)) },
  );
