/** `npm test` and `npm run check`: each step as a child process, the first failure ends the run. */
import { spawn, spawnSync } from 'node:child_process';
import { globSync } from 'node:fs';

type Step = readonly [name: string, command: string, args: readonly string[]];

const projects = [
  '.',
  'src/runtime',
  'gateway',
  'gateway/self-hosted',
  'control',
  'sidecar',
  'cli',
  'dashboard',
  'test',
  'bench',
  'examples',
];
const types: Step[] = projects.map((project) => [`types ${project}`, 'tsc', ['-p', project]]);
const lint: Step = ['lint', 'biome', ['check', '--error-on-warnings', '.']];

/** The core's tests. Those of real processes are slower, and run one file at a time. */
const fast = globSync('test/**/*.test.ts', { exclude: ['test/e2e/**'] }).sort();
const real = globSync('test/e2e/**/*.test.ts').sort();

/** Naming one reporter drops the usual one, so both are named. */
const reporters = ['spec', './test/support/no-skips.ts'].flatMap((reporter) => [
  `--test-reporter=${reporter}`,
  '--test-reporter-destination=stdout',
]);

/** A file that hangs must not hold up the run; nothing that works comes near it. */
const hungMs = 240_000;

function nodeTest(name: string, files: readonly string[], concurrency: number): Step {
  const limits = [`--test-concurrency=${concurrency}`, `--test-timeout=${hungMs}`];
  const flags = ['--disable-warning=ExperimentalWarning', '--test', ...limits];
  return [name, process.execPath, [...flags, ...reporters, ...files]];
}

function run([name, command, args]: Step): void {
  const started = performance.now();
  const { status } = spawnSync(command, args, { stdio: 'inherit' });
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  console.log(`${status === 0 ? '✔' : '✖'} ${name} (${seconds} s)`);
  if (status !== 0) process.exit(status ?? 1);
}

/** Runs without waiting; what it prints is kept until `tell` is called. Resolves to its exit code. */
function begin([name, command, args]: Step): { readonly ended: Promise<number>; tell(): void } {
  const started = performance.now();
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const kept: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => void kept.push(chunk));
  const ended = new Promise<number>((resolve) => {
    child.on('close', (code) => {
      const seconds = ((performance.now() - started) / 1000).toFixed(1);
      console.log(`${code === 0 ? '✔' : '✖'} ${name} (${seconds} s)`);
      resolve(code ?? 1);
    });
  });
  const tell = () => {
    for (const chunk of kept) process.stdout.write(chunk);
    child.stdout.removeAllListeners('data').pipe(process.stdout, { end: false });
  };
  return { ended, tell };
}

for (const step of [...types, lint]) run(step);
if (process.argv[2] === 'check') {
  run(nodeTest('tests', fast, 2));
} else {
  // Those of real processes mostly wait, and leave a core to the others.
  const endToEnd = begin(nodeTest('end to end', real, 1));
  const core = begin(nodeTest('tests', fast, 1));
  core.tell();
  const failed = await core.ended;
  endToEnd.tell();
  process.exitCode = (await endToEnd.ended) || failed;
}
