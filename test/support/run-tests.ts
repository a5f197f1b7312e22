/** `npm test` and `npm run check`: each step as a child process, the first failure ends the run. */
import { spawnSync } from 'node:child_process';
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

/** The core's tests; the real-process ones are slower and run one file at a time. */
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

const check: Step[] = [...types, lint, nodeTest('tests', fast, 2)];
const steps = process.argv[2] === 'check' ? check : [...check, nodeTest('end to end', real, 1)];
for (const step of steps) run(step);
