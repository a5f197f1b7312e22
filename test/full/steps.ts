import { globSync, readFileSync } from 'node:fs';
import type { OutputKind } from './counts.ts';
import { policySteps } from './policy-steps.ts';
import { wireSteps } from './wire-steps.ts';

/** Something too long for `npm test`: a command, and how its outcome is read. */
export interface Step {
  readonly name: string;
  /** One line for the list. */
  readonly about: string;
  /** Found on PATH, where the pinned runtimes come first. `{figures}` is a file for figures, as JSON. */
  readonly command: readonly [program: string, ...args: string[]];
  readonly env: Readonly<Record<string, string>>;
  readonly output: OutputKind;
  /** Longer than this is a failure. */
  readonly limitMinutes: number;
}

const quiet = '--disable-warning=ExperimentalWarning';
const propertyRuns = '20000';
/** What runs unchanged on every runtime. */
const core = ['dns', 'http', 'match', 'proxy', 'snapshot', 'identity'].map((room) => `test/${room}`);

export const steps: readonly Step[] = [
  {
    name: 'properties',
    about: `every file with properties, ${propertyRuns} cases each`,
    command: ['node', quiet, '--import', './test/support/property-runs.ts', '--test', ...propertyFiles()],
    env: { WEFT_PROPERTY_RUNS: propertyRuns },
    output: 'node-test',
    limitMinutes: 30,
  },
  {
    name: 'core-deno',
    about: 'the tests of the core under Deno',
    command: ['deno', 'test', '--allow-all', '--no-check', ...core],
    env: { NO_COLOR: '1' },
    output: 'deno-test',
    limitMinutes: 10,
  },
  {
    name: 'core-bun',
    about: 'the tests of the core under Bun',
    command: ['bun', 'test', ...core.map((folder) => `./${folder}`)],
    env: { NO_COLOR: '1' },
    output: 'bun-test',
    limitMinutes: 10,
  },
  {
    name: 'routes',
    about: 'the route index against a linear reading, 1,000,000 tables and requests',
    command: ['node', quiet, '--test', 'test/proxy/decide/route-index.property.test.ts'],
    env: { WEFT_FULL: '1' },
    output: 'node-test',
    limitMinutes: 15,
  },
  {
    name: 'bench',
    about: 'every benchmark, at full length',
    command: ['node', quiet, 'bench/main.ts', 'all', '--json', '{figures}'],
    env: {},
    output: 'exit-code',
    limitMinutes: 15,
  },
  {
    name: 'outages',
    about: 'five minutes without control',
    command: ['node', quiet, '--test', 'test/e2e/rotation.test.ts'],
    env: { WEFT_FULL: '1' },
    output: 'node-test',
    limitMinutes: 20,
  },
  {
    name: 'rotations',
    about:
      'sixty leaf rotations and a root rotation under load, fifty workloads after three lives without control',
    command: [
      'node',
      quiet,
      '--test',
      '--test-concurrency=1',
      'test/e2e/leaf-rotation.test.ts',
      'test/e2e/root-rotation.test.ts',
      'test/e2e/ca-recovery.test.ts',
    ],
    env: { WEFT_FULL: '1' },
    output: 'node-test',
    limitMinutes: 25,
  },
  {
    name: 'restarts',
    about: '10 rolling restarts at 500 requests/s, and a sidecar that is killed',
    command: ['node', quiet, '--test', 'test/e2e/restarts.test.ts'],
    env: { WEFT_FULL: '1' },
    output: 'node-test',
    limitMinutes: 10,
  },
  {
    name: 'single-file',
    about: 'the sidecar as one file of Deno and of Bun, in a bare Debian',
    command: ['node', quiet, '--test', 'test/e2e/single-file.test.ts'],
    env: { WEFT_FULL: '1' },
    output: 'node-test',
    limitMinutes: 10,
  },
  {
    name: 'gateway-api',
    about: 'the HTTP cases of the Gateway API’s suite on gateways in workerd, Deno and Bun',
    command: ['node', quiet, '--test', 'test/e2e/gateway-api-live.test.ts'],
    env: { WEFT_FULL: '1' },
    output: 'node-test',
    limitMinutes: 10,
  },
  ...policySteps,
  ...wireSteps,
];

function propertyFiles(): string[] {
  return globSync('test/**/*.test.ts')
    .filter((file) => /from 'fast-check'|\/property-runs\.ts'/.test(readFileSync(file, 'utf8')))
    .sort();
}
