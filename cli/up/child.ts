import { type ChildProcess, spawn } from 'node:child_process';
import { createWriteStream, type WriteStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { CommandError } from '../exit-code.ts';

export interface ChildSpec {
  /** Unique in the mesh, e.g. `reviews-v1 sidecar`. */
  readonly name: string;
  readonly command: readonly [string, ...string[]];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  readonly logFile: string;
}

/** A process of the mesh: its output goes to a log, its JSON lines on stdout are events. */
export class Child {
  readonly name: string;
  readonly logFile: string;
  readonly #process: ChildProcess;
  readonly #log: WriteStream;
  readonly #exit: Promise<void>;
  readonly #listeners = new Set<(event: Readonly<Record<string, unknown>>) => void>();
  #tail: string[] = [];
  stopping = false;

  constructor(
    { name, command, env, cwd, logFile }: ChildSpec,
    onExit: (child: Child, code: number | null) => void,
  ) {
    this.name = name;
    this.logFile = logFile;
    this.#log = createWriteStream(logFile, { mode: 0o600 });
    const [file, ...args] = command;
    // A group of its own: Ctrl-C reaches only `weft up`, which stops its children in order.
    this.#process = spawn(file, args, {
      env: { ...baseEnvironment(), ...env },
      cwd,
      stdio: 'pipe',
      detached: true,
    });
    this.#process.stdin?.on('error', () => undefined);
    for (const stream of [this.#process.stdout, this.#process.stderr]) if (stream) this.#read(stream);
    this.#exit = new Promise((resolve) => {
      this.#process.once('error', (error) => this.#line(error.message));
      this.#process.once('close', (code) => {
        onExit(this, code);
        resolve();
      });
    });
  }

  get pid(): number | undefined {
    return this.#process.pid;
  }

  get running(): boolean {
    return this.#process.exitCode === null && this.#process.signalCode === null && this.pid !== undefined;
  }

  /** The last lines it printed. */
  get tail(): string {
    return this.#tail.join('\n');
  }

  /** The first event of that name; rejects when the process ends before or `timeoutMs` pass. */
  async event(name: string, timeoutMs: number): Promise<Readonly<Record<string, unknown>>> {
    const seen = new Promise<Readonly<Record<string, unknown>>>((resolve) => {
      this.#listeners.add((event) => event.event === name && resolve(event));
    });
    const ended = this.#exit.then(() => {
      throw new CommandError(`${this.name} ended before it was ready:\n${this.tail}\nlog: ${this.logFile}`);
    });
    return Promise.race([seen, ended, this.#timeout(name, timeoutMs)]);
  }

  /** Asks the whole group to stop, and kills it when it has not within `graceMs`. */
  async stop(graceMs: number): Promise<void> {
    this.stopping = true;
    if (this.running) this.#signal('SIGTERM');
    const timer = setTimeout(() => this.#signal('SIGKILL'), graceMs);
    await this.#exit;
    clearTimeout(timer);
    // A grandchild that ignored the request must not outlive its group.
    this.#signal('SIGKILL');
    this.#log.end();
  }

  #signal(signal: NodeJS.Signals): void {
    try {
      if (this.pid !== undefined) process.kill(-this.pid, signal);
    } catch {
      // The group is already gone.
    }
  }

  #timeout(name: string, timeoutMs: number): Promise<never> {
    return new Promise((_, reject) => {
      const message = `${this.name} was not ${name} within ${timeoutMs / 1000} s:\n${this.tail}\nlog: ${this.logFile}`;
      setTimeout(() => reject(new CommandError(message)), timeoutMs).unref();
    });
  }

  #read(stream: NodeJS.ReadableStream): void {
    createInterface({ input: stream }).on('line', (line) => this.#line(line));
  }

  #line(line: string): void {
    this.#log.write(`${line}\n`);
    this.#tail = [...this.#tail.slice(-19), line];
    if (!line.startsWith('{')) return;
    const event = parseEvent(line);
    if (event) for (const listener of this.#listeners) listener(event);
  }
}

function parseEvent(line: string): Readonly<Record<string, unknown>> | undefined {
  try {
    return JSON.parse(line) as Readonly<Record<string, unknown>>;
  } catch {
    return undefined;
  }
}

/** What proxies log and trace. */
const signals = ['WEFT_ACCESS_LOG', 'WEFT_TRACE_SAMPLING'];

/** What a child needs of this environment; no proxy or credential of the user's leaks into the mesh. */
function baseEnvironment(): Record<string, string> {
  const kept = [
    'PATH',
    'HOME',
    'TMPDIR',
    'LANG',
    'NO_COLOR',
    'XDG_CACHE_HOME',
    'XDG_CONFIG_HOME',
    ...signals,
    'WEFT_JWKS_HOSTS',
  ];
  return Object.fromEntries(
    kept.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]])),
  );
}
