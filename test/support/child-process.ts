import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { type RuntimeName, runtimeCommand } from '../../cli/runtime-paths.ts';
import { root } from './source-tree.ts';

type Event = Readonly<Record<string, unknown>>;

/** One program of the mesh as a process of its own, with what it logged. */
export class ProgramProcess {
  /** Its JSON lines, of stdout and stderr. */
  readonly events: Event[] = [];
  readonly #process: ChildProcess;
  readonly #ended: Promise<number | null>;
  #tail = '';

  constructor(
    runtime: RuntimeName,
    main: string,
    args: readonly string[],
    env: Readonly<Record<string, string>> = {},
  ) {
    const [command, ...before] = runtimeCommand(runtime);
    this.#process = spawn(command, [...before, main, ...args], {
      cwd: root,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const kill = () => this.#process.kill('SIGKILL');
    process.once('exit', kill);
    this.#ended = new Promise((resolve) => {
      this.#process.once('exit', (code) => {
        process.removeListener('exit', kill);
        resolve(code);
      });
    });
    for (const stream of [this.#process.stdout, this.#process.stderr])
      if (stream) createInterface({ input: stream }).on('line', (line) => this.#line(line));
  }

  /** The event `ready`; rejects when the process ends before. */
  async ready(): Promise<Event> {
    const ended = this.#ended.then((code) => {
      throw new Error(`the program ended with ${code}:\n${this.#tail}`);
    });
    const ready = new Promise<Event>((resolve) => {
      this.#onReady = resolve;
    });
    const known = this.events.find(({ event }) => event === 'ready');
    return known ?? Promise.race([ready, ended]);
  }

  #onReady: (event: Event) => void = () => undefined;

  /** How many lines of the log tell of that event. */
  logged(name: string): number {
    return this.events.filter(({ event }) => event === name).length;
  }

  /** Resolves with the exit code, null where it was killed. */
  get ended(): Promise<number | null> {
    return this.#ended;
  }

  /** E.g. SIGSTOP; waits for nothing. */
  signal(signal: NodeJS.Signals): void {
    this.#process.kill(signal);
  }

  async end(signal: NodeJS.Signals): Promise<void> {
    this.#process.kill(signal);
    await this.#ended;
  }

  #line(line: string): void {
    this.#tail = `${this.#tail}${line}\n`.slice(-4000);
    if (!line.startsWith('{')) return;
    const event = JSON.parse(line) as Event;
    this.events.push(event);
    if (event.event === 'ready') this.#onReady(event);
  }
}
