import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { createInterface } from 'node:readline';
import { root } from './source-tree.ts';

export interface Made {
  readonly ok: boolean;
  /** What the compiler said. */
  readonly said: string;
}

/** Makes one file of the sidecar, as `npm run sidecar:compile` does. */
export function compileSidecar(runtime: 'deno' | 'bun', out: string): Made {
  const args = [
    '--disable-warning=ExperimentalWarning',
    'sidecar/compile.ts',
    '--runtime',
    runtime,
    '--out',
    out,
  ];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: root, encoding: 'utf8' });
  return { ok: status === 0, said: stdout + stderr };
}

/** A sidecar from a single file. */
export class FileSidecar {
  readonly #process: ChildProcess;
  readonly #ended: Promise<number | null>;
  readonly #ready: Promise<Readonly<Record<string, unknown>>>;
  #said = '';

  /** With nothing in its environment but these. */
  constructor(command: readonly [string, ...string[]], env: Readonly<Record<string, string>>) {
    const [file, ...args] = command;
    this.#process = spawn(file, args, { env: { ...env }, cwd: '/', stdio: ['ignore', 'pipe', 'pipe'] });
    process.once('exit', () => this.#process.kill('SIGKILL'));
    this.#process.stderr?.on('data', (chunk) => (this.#said += chunk));
    this.#ended = new Promise((resolve) => this.#process.once('close', resolve));
    const ready = Promise.withResolvers<Readonly<Record<string, unknown>>>();
    this.#ready = ready.promise;
    void this.#ended.then((code) => ready.reject(new Error(`it ended with ${code}:\n${this.#said}`)));
    if (this.#process.stdout)
      createInterface({ input: this.#process.stdout }).on('line', (line) => {
        if (line.includes('"event":"ready"')) ready.resolve(JSON.parse(line));
      });
  }

  /** The event `ready`; rejects when the process ends before. */
  ready(): Promise<Readonly<Record<string, unknown>>> {
    return this.#ready;
  }

  /** Resolves with its exit code. */
  stop(): Promise<number | null> {
    this.#process.kill('SIGTERM');
    return this.#ended;
  }
}
