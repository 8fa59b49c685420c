import { Socket } from "node:net";

type Connect = (this: Socket, ...args: unknown[]) => Socket;

// A test that reaches beyond this machine fails: whatever it finds there is not ours to depend on.
const prototype = Socket.prototype as unknown as { connect: Connect };
const { connect } = prototype;
prototype.connect = function (...args) {
  const [first] = args.flat();
  const host =
    typeof first === "object" && first !== null && "host" in first
      ? first.host
      : typeof args[1] === "string"
        ? args[1]
        : undefined;
  if (typeof host === "string" && !/^(localhost|127\.\d+\.\d+\.\d+|::1)$/.test(host))
    throw new Error(`a test tried to reach ${host}`);
  return connect.apply(this, args);
};
