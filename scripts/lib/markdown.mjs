/** A row, a column or a code without a name would be left out of its page, so it stops the build. */
export function named(names, key) {
  if (!Object.hasOwn(names, key)) throw new Error(`${key} has no name in the script that writes this page`);
  return names[key];
}

/** A table as Prettier would print it. */
export function grid(lines) {
  const widths = lines[0].map((_, column) => Math.max(3, ...lines.map((line) => line[column].length)));
  const text = (line) => `| ${line.map((cell, column) => cell.padEnd(widths[column])).join(" | ")} |\n`;
  const rule = text(widths.map((width) => "-".repeat(width)));
  return text(lines[0]) + rule + lines.slice(1).map(text).join("");
}
