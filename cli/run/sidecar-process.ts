import { type ChildProcess, spawn } from 'node:child_process';
import { request } from 'node:http';
import { createInterface } from 'node:readline';
import { CommandError, exitCode } from '../exit-code.ts';
import { type SidecarPorts, sidecarPorts } from './sidecar-ports.ts';
import type { RunningSidecar } from './supervisor.ts';

export interface SidecarSpec {
  readonly command: readonly [string, ...string[]];
  readonly env: NodeJS.ProcessEnv;
  /** How long it may take to get ready, ms. */
  readonly waitMs: number;
}

type Event = Readonly<Record<string, unknown>>;

/**
 * Starts a sidecar and waits until it is ready. Its log goes to our stderr, its access log to our stdout. Rejects where
 * it ends before, takes too long, or `stopped` aborts.
 */
export async function startSidecar(spec: SidecarSpec, stopped: AbortSignal): Promise<RunningSidecar> {
  const [file, ...args] = spec.command;
  const child = spawn(file, args, { env: spec.env, stdio: ['ignore', 'pipe', 'inherit'], detached: true });
  const sidecar = new SidecarProcess(child, spec.env.WEFT_PROXY_ADMIN_TOKEN);
  const enough = AbortSignal.any([stopped, AbortSignal.timeout(spec.waitMs)]);
  try {
    const ports = sidecarPorts(await sidecar.event('ready', enough));
    return sidecar.running(ports);
  } catch (error) {
    sidecar.kill();
    throw new CommandError(reason(error, spec.waitMs), exitCode.unavailable);
  }
}

function reason(error: unknown, waitMs: number): string {
  if (error instanceof DOMException) return `the sidecar was not ready within ${waitMs / 1000} s`;
  return error instanceof Error ? error.message : String(error);
}

class SidecarProcess {
  readonly #child: ChildProcess;
  readonly #adminToken: string | undefined;
  readonly #ended: Promise<void>;
  readonly #listeners = new Set<(event: Event) => void>();

  /** `adminToken` is what it wants of a POST to its admin port. */
  constructor(child: ChildProcess, adminToken: string | undefined) {
    this.#child = child;
    this.#adminToken = adminToken;
    // However we end, it ends too.
    const kill = () => this.kill();
    process.once('exit', kill);
    this.#ended = new Promise((resolve) => {
      const gone = (): void => {
        process.removeListener('exit', kill);
        resolve();
      };
      child.once('exit', gone);
      child.once('error', gone);
    });
    if (child.stdout) createInterface({ input: child.stdout }).on('line', (line) => this.#line(line));
  }

  running(ports: SidecarPorts): RunningSidecar {
    return {
      ports,
      ended: this.#ended,
      closeInbound: () => this.#closeInbound(ports.admin),
      stop: () => this.#stop(),
      kill: () => this.kill(),
    };
  }

  /** Rejects when the process ends before, or the signal aborts. */
  async event(name: string, signal?: AbortSignal): Promise<Event> {
    const seen = new Promise<Event>((resolve, reject) => {
      this.#listeners.add((event) => event.event === name && resolve(event));
      signal?.addEventListener('abort', () => reject(signal.reason), { once: true });
    });
    const ended = this.#ended.then(() => {
      throw new Error(`the sidecar ended before it was ${name}`);
    });
    return Promise.race([seen, ended]);
  }

  /** A group of its own: a Ctrl-C on the terminal must not reach it before the application has ended. */
  kill(): void {
    this.#child.kill('SIGKILL');
  }

  async #closeInbound(admin: number): Promise<void> {
    const drained = this.event('drained').catch(() => undefined);
    if (await isAccepted(admin, '/drain_listeners?inboundonly&graceful', this.#adminToken)) await drained;
  }

  async #stop(): Promise<void> {
    this.#child.kill('SIGTERM');
    await this.#ended;
  }

  #line(line: string): void {
    const event = line.startsWith('{"event":') ? parseEvent(line) : undefined;
    if (event === undefined) process.stdout.write(`${line}\n`);
    else for (const listener of this.#listeners) listener(event);
  }
}

function parseEvent(line: string): Event | undefined {
  try {
    return JSON.parse(line) as Event;
  } catch {
    return undefined;
  }
}

/** Whether a POST to the admin port was answered with 200. */
function isAccepted(port: number, path: string, token: string | undefined): Promise<boolean> {
  const signal = AbortSignal.timeout(5000);
  const headers = token ? { authorization: `Bearer ${token}` } : {};
  return new Promise((resolve) => {
    const asked = request(
      { host: '127.0.0.1', port, path, method: 'POST', headers, signal, agent: false },
      (response) => {
        response.resume();
        resolve(response.statusCode === 200);
      },
    );
    asked.on('error', () => resolve(false)).end();
  });
}
