import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

const START_MS = 15_000;
const STOP_MS = 2_000;
const alive = new Set<Child>();

process.on('exit', () => {
  for (const child of alive) child.kill();
});
process.once('SIGINT', () => process.exit(130));
process.once('SIGTERM', () => process.exit(143));

/** A process that is asked by one line of JSON on stdin and answers by one on stdout; it ends with its stdin. */
export class Child {
  readonly #name: string;
  readonly #process: ChildProcess;
  readonly #closed: Promise<void>;
  #waiting: { resolve: (answer: unknown) => void; reject: (error: Error) => void } | undefined;
  #errors = '';

  /** Starts a command. Without `hello` nothing is asked of it yet. */
  constructor(name: string, [command, ...args]: readonly [string, ...string[]]) {
    this.#name = name;
    this.#process = spawn(command, args, { stdio: 'pipe' });
    this.#closed = new Promise((resolve) => {
      this.#process.on('error', (error) => this.#ended(error.message, resolve));
      this.#process.on('close', (code, signal) => this.#ended(`ended with ${code ?? signal}`, resolve));
    });
    alive.add(this);
    this.#process.stdin?.on('error', () => undefined);
    this.#process.stderr?.on('data', (chunk: Buffer) => {
      this.#errors = (this.#errors + chunk.toString()).slice(-2000);
    });
    if (this.#process.stdout) createInterface(this.#process.stdout).on('line', (line) => this.#answer(line));
  }

  get pid(): number {
    return this.#process.pid ?? 0;
  }

  /** The end of what it wrote on stderr. */
  get errors(): string {
    return this.#errors;
  }

  /** One question at a time. Rejects when the process ends or is silent for `ms`. */
  ask(question: unknown, ms: number = START_MS): Promise<unknown> {
    return new Promise((resolve, reject) => {
      if (!alive.has(this)) return reject(new Error(`${this.#name} is gone: ${this.#errors}`));
      const timer = setTimeout(() => reject(new Error(`${this.#name} is silent for ${ms} ms`)), ms);
      const settled =
        <Value>(settle: (value: Value) => void) =>
        (value: Value) => {
          clearTimeout(timer);
          settle(value);
        };
      this.#waiting = { resolve: settled(resolve), reject: settled(reject) };
      this.#process.stdin?.write(`${JSON.stringify(question)}\n`);
    });
  }

  /** Ends it: by its stdin, then by SIGTERM, at last by SIGKILL. */
  async stop(): Promise<void> {
    if (!alive.has(this)) return;
    this.#process.stdin?.end();
    this.#process.kill('SIGTERM');
    const killer = setTimeout(() => this.kill(), STOP_MS);
    await this.#closed;
    clearTimeout(killer);
  }

  kill(): void {
    this.#process.kill('SIGKILL');
  }

  #answer(line: string): void {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    waiting?.resolve(JSON.parse(line));
  }

  #ended(how: string, resolve: () => void): void {
    alive.delete(this);
    this.#waiting?.reject(new Error(`${this.#name} ${how}: ${this.#errors}`));
    this.#waiting = undefined;
    resolve();
  }
}
