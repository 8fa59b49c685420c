import { Buffer } from "node:buffer";
import fc from "fast-check";

const HOST = "Host: 127.0.0.1\r\n";
const POST = `POST /bango/v1/entitlement HTTP/1.1\r\n${HOST}Content-Type: application/json\r\n`;
const GET = `GET /livez HTTP/1.1\r\n${HOST}`;
const END = "\r\n\r\n";

const CASES = {
  "not HTTP": [
    "\0".repeat(100),
    "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "SSH-2.0-nobody\r\n",
    "EHLO nobody\r\n",
    "GET /livez\r\n\r\n",
    "\r\n\r\n\r\n",
    `GET http://127.0.0.1:1/livez HTTP/1.1\r\n${HOST}\r\n`,
    `CONNECT 127.0.0.1:1 HTTP/1.1\r\n${HOST}\r\n`,
    `OPTIONS * HTTP/1.1\r\n${HOST}\r\n`,
    `GET /livez HTTP/9.9\r\n${HOST}\r\n`,
    `GET /livez HTTP/1.1 x\r\n${HOST}\r\n`,
    `GET /liv\0ez HTTP/1.1\r\n${HOST}\r\n`,
    `GET /a b c HTTP/1.1\r\n${HOST}\r\n`,
    `get /livez HTTP/1.1\r\n${HOST}\r\n`,
  ],
  "half heads": [
    "G",
    "POST /bango",
    POST,
    `${POST}Content-Length: 100\r\n`,
    `${POST}Content-Length: 100${END}{"a":`,
    `${POST}Transfer-Encoding: chunked${END}5\r\n{"a"`,
  ],
  "lies about length": [
    `${POST}Content-Length: -1${END}`,
    `${POST}Content-Length: 1e3${END}`,
    `${POST}Content-Length: 99999999999999999999${END}{}`,
    `${POST}Content-Length: 2\r\nContent-Length: 3${END}{}`,
    `${POST}Content-Length: 2\r\nTransfer-Encoding: chunked${END}0\r\n\r\n`,
    `${POST}Content-Length: 1${END}{"left": "over"}`,
    `${POST}Transfer-Encoding: chunked${END}ZZ\r\n{}\r\n0\r\n\r\n`,
    `${POST}Transfer-Encoding: chunked${END}fffffffffffffffff\r\n{}`,
    `${POST}Transfer-Encoding: chunked${END}2\r\n{}{}{}\r\n0\r\n\r\n`,
    `${POST}Transfer-Encoding: chunked${END}2;${"x".repeat(20_000)}\r\n{}\r\n0\r\n\r\n`,
    `${POST}Transfer-Encoding: chunked${END}0\r\n${"A: b\r\n".repeat(5000)}\r\n`,
    `${POST}Transfer-Encoding: x${END}{}`,
    `${POST}Transfer-Encoding: chunked, chunked${END}0\r\n\r\n`,
    `${POST} Transfer-Encoding: chunked${END}0\r\n\r\n`,
  ],
  "odd heads": [
    `GET /livez HTTP/1.1\r\n\r\n`,
    `${GET}X: ${"y".repeat(64 * 1024)}${END}`,
    `GET /${"y".repeat(64 * 1024)} HTTP/1.1\r\n${HOST}\r\n`,
    `${GET}${"A: b\r\n".repeat(3000)}\r\n`,
    `${GET}no colon${END}`,
    `${GET}X: a\0b${END}`,
    `${GET}X\0: a${END}`,
    `${GET}: a${END}`,
    `${GET}X: a\r\n folded${END}`,
    `${GET.replaceAll("\r\n", "\n")}\n`,
    `${GET}Host: other${END}`,
    `${GET}Expect: the unexpected${END}`,
    `${POST}Expect: 100-continue\r\nContent-Length: 2${END}{}`,
    `${GET}Connection: Upgrade\r\nUpgrade: websocket${END}`,
    `${GET}Connection: ${"close, ".repeat(1000)}${END}`,
  ],
  pipelining: [
    `${GET}\r\n`.repeat(50),
    `${POST}Content-Length: 2${END}{}`.repeat(50),
    `${`${GET}\r\n`.repeat(20)}\0\0\0`,
  ],
};

const latin1 = (text) => Buffer.from(text, "latin1");
const known = Object.entries(CASES).flatMap(([what, texts]) =>
  texts.map((text) => ({ what: `sockets: ${what}`, bytes: latin1(text) })),
);

/** Bytes for a bare socket, in one piece or in several: `{ what, port, chunks }`. */
export const anySocket = () =>
  fc
    .tuple(
      fc.oneof(
        { weight: 5, arbitrary: fc.constantFrom(...known) },
        {
          weight: 1,
          arbitrary: fc
            .uint8Array({ minLength: 1, maxLength: 400 })
            .map((bytes) => ({ what: "sockets: not HTTP", bytes: Buffer.from(bytes) })),
        },
        {
          weight: 2,
          arbitrary: fc
            .tuple(fc.constantFrom(...known), fc.nat(), fc.integer({ min: 0, max: 255 }))
            .map(flip),
        },
      ),
      fc.nat(),
      fc.constantFrom("public", "admin"),
    )
    .map(([{ what, bytes }, at, port]) => {
      const cut = at % bytes.length;
      return { what, port, chunks: [bytes.subarray(0, cut), bytes.subarray(cut)] };
    });

/** One byte other than it was. */
function flip([{ what, bytes }, at, value]) {
  const changed = Buffer.from(bytes);
  changed[at % changed.length] = value;
  return { what, bytes: changed };
}

/** Senders that stop in the middle and stay: the service has to let go of them itself. */
export const SLOW_SENDERS = [
  { what: "sockets: slow heads", chunks: [latin1(GET)], stayOpen: true },
  { what: "sockets: slow heads", chunks: [latin1("P")], stayOpen: true },
  {
    what: "sockets: slow bodies",
    chunks: [latin1(`${POST}Content-Length: 100${END}{"a"`)],
    stayOpen: true,
  },
  {
    what: "sockets: slow bodies",
    chunks: [latin1(`POST /oauth2/token HTTP/1.1\r\n${HOST}Content-Length: 100${END}g`)],
    stayOpen: true,
  },
];
