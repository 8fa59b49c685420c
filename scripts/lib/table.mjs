/** What, how many, result, and whether that is good: the table that a run ends with. */
export function makeTable() {
  const rows = [];
  return {
    row(what, count, result, isGood = () => true) {
      rows.push({ what, count: String(count), result: String(result), good: isGood(result) });
    },
    /** Prints it, and examples of what was wrong below it; the number of rows that are not good. */
    print(examples) {
      const width = (key) => Math.max(...rows.map((one) => one[key].length));
      for (const { what, count, result, good } of rows)
        console.log(
          `${what.padEnd(width("what"))}  ${count.padStart(width("count"))}  ${good ? "good  " : "MISSED"}  ${result}`,
        );
      for (const example of examples) console.log(example);
      return rows.filter(({ good }) => !good).length;
    },
  };
}
