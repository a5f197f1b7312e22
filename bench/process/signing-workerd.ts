/** One side of the comparison of signatures in workerd: timed from outside, since its clock stands still at work. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { unstable_startWorker } from 'wrangler';
import { signingMaterial } from '../identity/signing-material.ts';
import type { SigningMaterial } from '../identity/signing-work.ts';
import type { IdentityQuestion } from './identity.ts';
import { answerQuestions } from './question-lines.ts';

const WARM_CALLS = 1000;
const COMPATIBILITY_DATE = '2026-08-04';

let run: ((calls: number) => Promise<number>) | undefined;

// The bundler's messages go there, and stdout is for answers only.
console.log = console.error;

answerQuestions(async ({ side, ms }: IdentityQuestion) => {
  if (run === undefined) {
    run = await start(side);
    await run(WARM_CALLS);
  }
  let calls = WARM_CALLS;
  for (;;) {
    const elapsed = await run(calls);
    if (elapsed >= ms) return { ns: (elapsed * 1e6) / calls };
    calls = Math.ceil(calls * Math.min(8, (1.2 * ms) / elapsed));
  }
});

/** Gives how many milliseconds so many calls take. */
async function start(side: string): Promise<(calls: number) => Promise<number>> {
  const folder = mkdtempSync(join(tmpdir(), 'weft-bench-signing-'));
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
  const main = join(folder, 'worker.js');
  writeFileSync(main, workerText(await signingMaterial()));
  const config = join(folder, 'wrangler.json');
  writeFileSync(config, JSON.stringify({ name: 'signing', main, compatibility_date: COMPATIBILITY_DATE }));
  const running = await unstable_startWorker({ config, dev: { logLevel: 'none', watch: false } });
  return async (calls) => {
    const started = performance.now();
    const response = await running.fetch(`http://worker/${side}?calls=${calls}`);
    const text = await response.text();
    if (response.status !== 200 || text !== String(calls)) throw new Error(text.slice(0, 500));
    return performance.now() - started;
  };
}

function workerText(material: SigningMaterial): string {
  const own = fileURLToPath(new URL('../identity/signing-worker.ts', import.meta.url));
  return [
    `import { signingWorker } from ${JSON.stringify(own)};`,
    `export default signingWorker(${JSON.stringify(material)});`,
  ].join('\n');
}
