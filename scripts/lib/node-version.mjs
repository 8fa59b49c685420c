// Imported first by every script: an older Node should meet this sentence, not a stack trace from a
// dependency. It leaves alone what only Node 20 has, so that an older one gets as far as reading it.
const NODE_MAJOR_MIN = 20;

if (Number(process.versions.node.split(".")[0]) < NODE_MAJOR_MIN) {
  console.error(`This is Node ${process.versions.node}; Node ${NODE_MAJOR_MIN} or later is needed.`);
  console.error("Fix: install a current Node (https://nodejs.org) and run the command again.");
  process.exit(1);
}
