/** One side of the routing comparison in workerd: timed from outside, since its clock stands still at work. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { unstable_startWorker } from 'wrangler';
import { answerQuestions } from './question-lines.ts';
import type { RoutingQuestion } from './routing.ts';

const WARM_CALLS = 20_000;
const COMPATIBILITY_DATE = '2026-08-04';

interface RunningWorker {
  /** Milliseconds that so many calls took. */
  run(calls: number): Promise<number>;
}

let worker: RunningWorker | undefined;

// The bundler's messages go there, and stdout is for answers only.
console.log = console.error;

answerQuestions(async (question: RoutingQuestion) => {
  if (worker === undefined) {
    worker = await start(question);
    await worker.run(WARM_CALLS);
  }
  let calls = WARM_CALLS;
  for (;;) {
    const elapsed = await worker.run(calls);
    if (elapsed >= question.ms) return { ns: (elapsed * 1e6) / calls };
    calls = Math.ceil(calls * Math.min(8, (1.2 * question.ms) / elapsed));
  }
});

async function start({ side, packages, routes }: RoutingQuestion): Promise<RunningWorker> {
  const folder = mkdtempSync(join(tmpdir(), 'weft-bench-routing-'));
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
  const entrypoint = join(folder, 'worker.js');
  writeFileSync(entrypoint, workerText(packages));
  const config = join(folder, 'wrangler.json');
  writeFileSync(
    config,
    JSON.stringify({ name: 'routing', main: entrypoint, compatibility_date: COMPATIBILITY_DATE }),
  );
  const running = await unstable_startWorker({ config, dev: { logLevel: 'none', watch: false } });
  return {
    async run(calls) {
      const started = performance.now();
      const response = await running.fetch(`http://worker/${side}?calls=${calls}&routes=${routes}`);
      const text = await response.text();
      if (response.status !== 200 || !Number.isFinite(Number(text))) throw new Error(text.slice(0, 500));
      return performance.now() - started;
    },
  };
}

/** The peer is none of the project's dependencies: the bundler finds it by its path. */
function workerText(packages: string): string {
  const own = fileURLToPath(new URL('../routing/routing-worker.ts', import.meta.url));
  const memoirist = createRequire(join(packages, 'package.json')).resolve('memoirist');
  return [
    `import * as memoirist from ${JSON.stringify(memoirist)};`,
    `import { routingWorker } from ${JSON.stringify(own)};`,
    'export default routingWorker({ memoirist });',
  ].join('\n');
}
