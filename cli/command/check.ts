import { judgeMesh, type Verdict } from '../check/judge.ts';
import { lookAtMesh } from '../check/look.ts';
import { CommandError } from '../exit-code.ts';
import { jsonText } from '../mesh-state.ts';

export interface CheckFlags {
  readonly state: string;
  readonly output: string;
}

/** `weft check`: whether the running mesh is as it should be. The exit code is that of the first failure. */
export async function check({ state, output }: CheckFlags): Promise<void> {
  const verdicts = judgeMesh(await lookAtMesh(state));
  const text = output === 'json' ? jsonText({ items: verdicts }) : verdicts.map(verdictText).join('\n');
  process.stdout.write(`${text}\n`);
  const failures = verdicts.filter(({ ok }) => !ok);
  const [first] = failures;
  if (first) throw new CommandError(`${failures.length} of ${verdicts.length} checks failed`, first.exitCode);
}

function verdictText({ ok, text, details, remedy }: Verdict): string {
  const lines = [`${ok ? '✔' : '✖'} ${text}`, ...details.map((line) => `    ${line}`)];
  return [...lines, ...(ok || !remedy ? [] : [`    → ${remedy}`])].join('\n');
}
