import crypto from "node:crypto";
import type { ScryptOptions } from "node:crypto";

type Scrypt = (
  password: crypto.BinaryLike,
  salt: crypto.BinaryLike,
  bytes: number,
  options: ScryptOptions,
  callback: (error: Error | null, key: Buffer) => void,
) => void;

// A password's hash takes a tenth of a second of a core on purpose, and the tests make hundreds: here they take no time.
// What is asked for stays as it is (sign-up.test.ts looks at it). Processes of their own hash in earnest, so that a
// database with logins is one side's alone. Node's modules are shared by all files of a worker: once is enough.
const { scrypt } = crypto as unknown as { scrypt: Scrypt & { isQuick?: true } };
if (scrypt.isQuick !== true) {
  const quick: Scrypt = (password, salt, bytes, options, callback) => {
    scrypt(password, salt, bytes, { ...options, N: 2 }, callback);
  };
  Object.assign(crypto, { scrypt: Object.assign(quick, { isQuick: true }) });
}
