import { setTimeout as sleep } from 'node:timers/promises';
import { judgeMesh, type Verdict } from '../check/judge.ts';
import { lookAtMesh } from '../check/look.ts';
import { CommandError } from '../exit-code.ts';
import { jsonText } from '../mesh-state.ts';

export interface CheckFlags {
  readonly state: string;
  readonly output: string;
  /** Seconds that a mesh gets to become what it should be. */
  readonly wait: number;
}

const againMs = 1000;

/** `weft check`: whether the running mesh is as it should be. The exit code is that of the first failure. */
export async function check({ state, output, wait }: CheckFlags): Promise<void> {
  const verdicts = await judged(state, performance.now() + wait * 1000);
  const text = output === 'json' ? jsonText({ items: verdicts }) : verdicts.map(verdictText).join('\n');
  process.stdout.write(`${text}\n`);
  const failures = verdicts.filter(({ ok }) => !ok);
  const [first] = failures;
  if (first) throw new CommandError(`${failures.length} of ${verdicts.length} checks failed`, first.exitCode);
}

/** Looks again while something fails and there is time: changes take a moment to reach every proxy. */
async function judged(state: string, deadline: number): Promise<Verdict[]> {
  for (;;) {
    const look = await lookAtMesh(state);
    const verdicts = judgeMesh(look);
    const late = performance.now() + againMs > deadline;
    if (late || typeof look === 'string' || verdicts.every(({ ok }) => ok)) return verdicts;
    await sleep(againMs);
  }
}

function verdictText({ ok, text, details, remedy }: Verdict): string {
  const lines = [`${ok ? '✔' : '✖'} ${text}`, ...details.map((line) => `    ${line}`)];
  return [...lines, ...(ok || !remedy ? [] : [`    → ${remedy}`])].join('\n');
}
