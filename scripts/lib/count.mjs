import { readFileSync } from "node:fs";

/** What Jest's result file says, as `{ passed, failed, notes }`; a test that did not run counts as failed. */
export function countOf(resultFile, { ok, why }, { filtered }) {
  let result;
  try {
    result = JSON.parse(readFileSync(resultFile, "utf8"));
  } catch {
    return { passed: 0, failed: 1, notes: [`tests: Jest left no result (${why})`] };
  }
  const left = filtered ? [] : notRun(result);
  // A file that does not even load has no tests to count, and must not pass for that.
  const failed = result.numFailedTests + left.length + result.numRuntimeErrorTestSuites;
  const notes = left.map((name) => `not run, so failed: ${name}`);
  if (filtered) notes.push(`tests: ${result.numPendingTests} left out by the name pattern that was given`);
  if (failed > 0 || ok) return { passed: result.numPassedTests, failed, notes };
  return { passed: result.numPassedTests, failed: 1, notes: [...notes, `tests: Jest failed (${why})`] };
}

function notRun(result) {
  return result.testResults.flatMap(({ assertionResults }) =>
    assertionResults
      .filter(({ status }) => status !== "passed" && status !== "failed")
      .map(({ fullName }) => fullName),
  );
}
