import { stripVTControlCharacters } from 'node:util';

/** Whose closing lines a command prints; `exit-code` prints none, and is one check. */
export type OutputKind = 'node-test' | 'deno-test' | 'bun-test' | 'exit-code';

/** Tests, or the steps of tests where the runner counts those. */
export interface Counts {
  readonly passed: number;
  readonly failed: number;
}

type Reader = (output: string) => Counts | undefined;

const readers: Readonly<Record<Exclude<OutputKind, 'exit-code'>, Reader>> = {
  'node-test': (output) => pair(/^\S pass (\d+)$/m.exec(output), /^\S fail (\d+)$/m.exec(output)),
  'deno-test': readDeno,
  'bun-test': (output) => pair(/^ *(\d+) pass$/m.exec(output), /^ *(\d+) fail$/m.exec(output)),
};

/** What a finished command did. A command that fails, or does not tell, has failed at least once. */
export function readCounts(kind: OutputKind, output: string, succeeded: boolean): Counts {
  if (kind === 'exit-code') return succeeded ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 };
  const counts = readers[kind](stripVTControlCharacters(output));
  if (counts === undefined) return { passed: 0, failed: 1 };
  return succeeded ? counts : { ...counts, failed: Math.max(1, counts.failed) };
}

/** Deno counts a suite as one test, and what is in it as its steps. */
function readDeno(output: string): Counts | undefined {
  const line = /\| (\d+) passed(?: \((\d+) steps?\))? \| (\d+) failed(?: \((\d+) steps?\))?/.exec(output);
  if (line === null) return undefined;
  const [, passed, passedSteps = 0, failed, failedSteps = 0] = line;
  return { passed: Number(passed) + Number(passedSteps), failed: Number(failed) + Number(failedSteps) };
}

function pair(passed: RegExpExecArray | null, failed: RegExpExecArray | null): Counts | undefined {
  if (passed === null || failed === null) return undefined;
  return { passed: Number(passed[1]), failed: Number(failed[1]) };
}
