import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { commandsWith, descendants } from './process-tree.ts';
import { root } from './source-tree.ts';
import { until } from './until.ts';

type Line = Readonly<Record<string, unknown>>;

const app = [
  process.execPath,
  '--disable-warning=ExperimentalWarning',
  join(root, 'test', 'support', 'run-app.ts'),
];

/** `weft run` as a real process. */
export class RunProcess {
  /** What the application told, in order. */
  readonly told: Line[] = [];
  readonly #process: ChildProcess;
  readonly #ended: Promise<number | null>;
  stderr = '';

  constructor(
    flags: readonly string[],
    env: Readonly<Record<string, string>> = {},
    command: readonly string[] = app,
  ) {
    const node = ['--disable-warning=ExperimentalWarning', join(root, 'cli', 'main.ts')];
    this.#process = spawn(process.execPath, [...node, 'run', ...flags, '--', ...command], {
      cwd: root,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const stop = () => this.#process.kill('SIGTERM');
    process.once('exit', stop);
    this.#ended = new Promise((resolve) =>
      this.#process.once('close', (code) => {
        process.removeListener('exit', stop);
        resolve(code);
      }),
    );
    const { stdout, stderr } = this.#process;
    if (stdout) createInterface({ input: stdout }).on('line', (line) => this.#line(line));
    stderr?.on('data', (chunk) => (this.stderr += chunk));
  }

  /** Exit code. */
  get ended(): Promise<number | null> {
    return this.#ended;
  }

  /** The environment that the application got, once it is up. */
  async environment(): Promise<Readonly<Record<string, string>>> {
    const line = await until(`the application is up: ${this.stderr}`, () => this.#told('up'));
    return line.env as Readonly<Record<string, string>>;
  }

  /** Of the sidecar. */
  async port(name: 'INBOUND' | 'OUTBOUND' | 'ADMIN' | 'STATUS' | 'HEALTH' | 'METRICS'): Promise<number> {
    return Number((await this.environment())[`WEFT_${name}_PORT`]);
  }

  /** Host of its requests. */
  async service(): Promise<string> {
    return (await this.environment()).APP_SERVICE ?? 'server';
  }

  signal(signal: NodeJS.Signals): void {
    this.#process.kill(signal);
  }

  /** Takes the sidecar away without a farewell. */
  killSidecar(): void {
    const sidecars = new Set(commandsWith('sidecar/main.ts'));
    const sidecar = descendants(this.#process.pid ?? 0).find(({ pid }) => sidecars.has(pid));
    if (sidecar === undefined) throw new Error('there is no sidecar');
    process.kill(sidecar.pid, 'SIGKILL');
  }

  #told(what: string): Line | undefined {
    return this.told.find(({ app: told }) => told === what);
  }

  #line(line: string): void {
    if (line.startsWith('{"app":')) this.told.push(JSON.parse(line) as Line);
  }
}
