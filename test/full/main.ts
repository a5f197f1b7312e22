/** `npm run full [-- --only NAME] [-- --list]`: what is too long for `npm test`, written to results.json. */
import { parseArgs } from 'node:util';
import { type Result, saveResults } from './results.ts';
import { runStep } from './run-step.ts';
import { steps } from './steps.ts';

const EX_USAGE = 64;
const file = new URL('./results.json', import.meta.url);
const names = steps.map(({ name }) => name);

/** The command line is wrong; the message says how. */
class UsageError extends Error {
  override readonly name = 'UsageError';
}

function options() {
  const { values } = parsed();
  if (values.only !== undefined && !names.includes(values.only)) {
    throw new UsageError(`no step ${values.only}; there are ${names.join(', ')}`);
  }
  return values;
}

function parsed() {
  try {
    return parseArgs({ options: { only: { type: 'string' }, list: { type: 'boolean', default: false } } });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

function report({ name, passed, failed, seconds }: Result): void {
  console.log(`${failed === 0 ? '✔' : '✖'} ${name}: ${passed} passed, ${failed} failed (${seconds} s)`);
}

async function run(only: string | undefined): Promise<number> {
  const results: Result[] = [];
  for (const step of steps) {
    if (only !== undefined && step.name !== only) continue;
    const result = await runStep(step);
    report(result);
    results.push(result);
    saveResults(file, results, names);
  }
  return results.some(({ failed }) => failed > 0) ? 1 : 0;
}

function list(): void {
  for (const { name, about } of steps) console.log(`${name.padEnd(12)} ${about}`);
}

async function main(): Promise<void> {
  const chosen = options();
  if (chosen.list) list();
  else process.exitCode = await run(chosen.only);
}

await main().catch((error: unknown) => {
  process.stderr.write(`full: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = error instanceof UsageError ? EX_USAGE : 1;
});
