// As much of curl as README uses, so that its samples run where curl is not installed: -s -u -X -H -d URL.
// Node globals, named for the linter.
const { Buffer, Headers } = globalThis;
const args = process.argv.slice(2);
const headers = new Headers();
let method;
let body;
let url;
while (args.length > 0) {
  const flag = args.shift();
  if (flag === "-u") headers.set("Authorization", `Basic ${Buffer.from(args.shift()).toString("base64")}`);
  else if (flag === "-X") method = args.shift();
  else if (flag === "-H") headers.set(...args.shift().split(/: */, 2));
  else if (flag === "-d") body = args.shift();
  else if (flag === "-s" || flag === "-i") continue;
  else if (flag.startsWith("-"))
    throw new Error(`README uses curl ${flag}, which this stand-in does not know`);
  else url = flag;
}
const response = await fetch(url, { method: method ?? (body === undefined ? "GET" : "POST"), headers, body });
console.log(`${response.status} ${await response.text()}`);
