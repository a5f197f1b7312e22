/** `npm test` and `npm run check`: each step as a child process. Tests run once types and lint are right. */
import { spawn } from 'node:child_process';
import { globSync, readFileSync } from 'node:fs';

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

/**
 * Rooms that keep nothing between two tests: one process runs all their files, which saves the start of hundreds. The
 * others count memory, sockets or processes, and have one each.
 */
const pure =
  'bench,cli,config,control,dashboard,dns,examples,gateway,http,identity,match,mesh,proxy,sidecar,snapshot,support';
const together = globSync(`test/{${pure}}/**/*.test.ts`).sort();
/** The longest is the first that is begun, and the lanes end together. */
const longest = 'test/e2e/bookinfo.test.ts';
const real = [...globSync('test/e2e/**/*.test.ts', { exclude: [longest] }).sort(), longest];
/** They ask the same processes: one gateway in workerd, and the proxies of each runtime. */
const shared = globSync('test/wire/*.test.ts')
  .filter((file) => readFileSync(file, 'utf8').includes("/shared-processes.ts'"))
  .sort();
const alone = globSync('test/**/*.test.ts', { exclude: [`test/{${pure},e2e}/**`, ...shared] }).sort();

/** Naming one reporter drops the usual one, so both are named. */
const reporters = ['spec', './test/support/no-skips.ts'].flatMap((reporter) => [
  `--test-reporter=${reporter}`,
  '--test-reporter-destination=stdout',
]);

/** A file that hangs must not hold up the run; nothing that works comes near it. */
const hungMs = 240_000;

function nodeTest(name: string, files: readonly string[], isolation: 'none' | 'process'): Step {
  const limits = ['--test-concurrency=1', `--test-isolation=${isolation}`, `--test-timeout=${hungMs}`];
  const flags = ['--disable-warning=ExperimentalWarning', '--test', ...limits];
  return [name, process.execPath, [...flags, ...reporters, ...files]];
}

/** Prints what it said once it has ended; resolves to whether it succeeded. */
async function run([name, command, args]: Step): Promise<boolean> {
  const started = performance.now();
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  const said: Buffer[] = [];
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => void said.push(chunk));
  const code = await new Promise((resolve) => child.on('close', resolve));
  for (const chunk of said) process.stdout.write(chunk);
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  console.log(`${code === 0 ? '✔' : '✖'} ${name} (${seconds} s)`);
  return code === 0;
}

/**
 * Two steps at a time, one from either end: tests of real processes stand last, and wait more than they work. Every
 * step runs, whatever failed.
 */
async function runAll(steps: readonly Step[]): Promise<boolean> {
  const queue = [...steps];
  let succeeded = true;
  const lane = async (next: () => Step | undefined) => {
    for (let step = next(); step !== undefined; step = next()) succeeded = (await run(step)) && succeeded;
  };
  await Promise.all([lane(() => queue.shift()), lane(() => queue.pop())]);
  return succeeded;
}

const tests = [
  nodeTest('tests', together, 'none'),
  nodeTest('tests of shared processes', shared, 'none'),
  ...alone.map((file) => nodeTest(file, [file], 'process')),
];
const endToEnd = real.map((file) => nodeTest(file, [file], 'process'));
const isCheck = process.argv[2] === 'check';
const succeeded =
  (await runAll([...types, lint])) && (await runAll(isCheck ? tests : [...tests, ...endToEnd]));
if (!succeeded) process.exitCode = 1;
