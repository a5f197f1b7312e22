import { CommandError, exitCode } from '../exit-code.ts';
import type { SidecarPorts } from './sidecar-ports.ts';

/** A sidecar that was ready once. */
export interface RunningSidecar {
  readonly ports: SidecarPorts;
  /** Resolves when the process has ended, by itself or not. */
  readonly ended: Promise<void>;
  /** Leaves the endpoints and closes the inbound port; resolves when its exchanges are over, or the process is. */
  closeInbound(): Promise<void>;
  /** Drains what is left and ends. */
  stop(): Promise<void>;
  /** Ends now. */
  kill(): void;
}

/** How a process ended. */
export interface Ending {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface RunningApp {
  readonly ended: Promise<Ending>;
  /** To the application and what it started. */
  signal(signal: NodeJS.Signals): void;
}

/** What a run consists of. */
export interface Supervised {
  /** Resolves when it is ready; on the ports of an earlier one. Rejects where it ends or takes too long. */
  startSidecar(earlier: SidecarPorts | undefined, stopped: AbortSignal): Promise<RunningSidecar>;
  /** Rejects where there is no such command. */
  startApp(ports: SidecarPorts): Promise<RunningApp>;
  sleep(ms: number): Promise<void>;
  /** For the user. */
  tell(line: string): void;
}

/** Before the first and the last try to bring a sidecar back, ms; it doubles. */
const firstPauseMs = 250;
const restarts = 5;

/** Signals that ask for an end. */
const LEAVING: ReadonlySet<NodeJS.Signals> = new Set(['SIGTERM', 'SIGINT']);

/**
 * One run: the sidecar, then the application, then the application's end, then the sidecar's. The first request to end
 * drains the inbound port before the application hears of it; the second is fast; the third kills.
 */
export class Supervisor {
  readonly #supervised: Supervised;
  readonly #stopped = new AbortController();
  #sidecar: RunningSidecar | undefined;
  #app: RunningApp | undefined;
  /** Until the last sidecar has ended. */
  #keeping: Promise<void> | undefined;
  /** Requests to end so far. */
  #requests = 0;
  #appAsked = false;
  #ending = false;
  #failure: CommandError | undefined;

  constructor(supervised: Supervised) {
    this.#supervised = supervised;
  }

  /** Resolves with the exit code: the application's, or 128 + its signal. Rejects where one of the two cannot be. */
  async run(): Promise<number> {
    const { signal } = this.#stopped;
    try {
      this.#sidecar = await this.#supervised.startSidecar(undefined, signal);
    } catch (error) {
      if (signal.aborted) return exitCodeOf({ code: null, signal: signal.reason });
      throw error;
    }
    try {
      return exitCodeOf(await this.#runApp(this.#sidecar));
    } finally {
      this.#ending = true;
      // One that is just being started again has nobody to serve.
      this.#stopped.abort();
      await this.#sidecar.stop();
      await this.#keeping;
    }
  }

  /** A signal that this process got. */
  signal(signal: NodeJS.Signals): void {
    if (!LEAVING.has(signal)) this.#app?.signal(signal);
    else if (this.#app === undefined) this.#stopped.abort(signal);
    else this.#leave(signal, this.#app, ++this.#requests);
  }

  async #runApp(sidecar: RunningSidecar): Promise<Ending> {
    const app = await this.#supervised.startApp(sidecar.ports);
    this.#app = app;
    this.#keeping = this.#keep(sidecar);
    const ending = await app.ended;
    this.#ending = true;
    if (this.#failure !== undefined) throw this.#failure;
    return ending;
  }

  #leave(signal: NodeJS.Signals, app: RunningApp, request: number): void {
    if (request === 1) {
      const closed = this.#sidecar?.closeInbound() ?? Promise.resolve();
      void closed.then(() => this.#ask(app, signal));
    } else if (request === 2) {
      this.#ask(app, signal);
      this.#ending = true;
      this.#sidecar?.kill();
    } else {
      app.signal('SIGKILL');
    }
  }

  #ask(app: RunningApp, signal: NodeJS.Signals): void {
    if (this.#appAsked) return;
    this.#appAsked = true;
    app.signal(signal);
  }

  /** A sidecar that ended by itself comes back where it was; the application stops where that fails. */
  async #keep(first: RunningSidecar): Promise<void> {
    let sidecar = first;
    for (;;) {
      await sidecar.ended;
      if (this.#ending) return;
      const next = await this.#bringBack(sidecar.ports);
      if (next === undefined) return;
      if (this.#ending) return next.stop();
      this.#sidecar = next;
      sidecar = next;
      if (this.#requests > 0) void next.closeInbound();
    }
  }

  async #bringBack(ports: SidecarPorts): Promise<RunningSidecar | undefined> {
    let last: unknown;
    for (let tries = 0; tries < restarts && !this.#ending; tries++) {
      this.#supervised.tell('the sidecar has ended; it is started again');
      try {
        return await this.#supervised.startSidecar(ports, this.#stopped.signal);
      } catch (error) {
        last = error;
        await this.#supervised.sleep(firstPauseMs * 2 ** tries);
      }
    }
    if (this.#ending) return undefined;
    const why = last instanceof Error ? last.message : String(last);
    this.#failure = new CommandError(`the sidecar does not come back: ${why}`, exitCode.unavailable);
    this.#supervised.tell('the sidecar does not come back; the application is asked to stop');
    if (this.#app) this.#ask(this.#app, 'SIGTERM');
    return undefined;
  }
}

/** As shells tell it: 128 and the number of the signal that ended a process. */
export function exitCodeOf({ code, signal }: Ending): number {
  return code ?? 128 + (SIGNAL_NUMBERS.get(signal ?? 'SIGKILL') ?? 9);
}

const SIGNAL_NUMBERS: ReadonlyMap<NodeJS.Signals, number> = new Map([
  ['SIGHUP', 1],
  ['SIGINT', 2],
  ['SIGQUIT', 3],
  ['SIGILL', 4],
  ['SIGTRAP', 5],
  ['SIGABRT', 6],
  ['SIGBUS', 7],
  ['SIGFPE', 8],
  ['SIGKILL', 9],
  ['SIGUSR1', 10],
  ['SIGSEGV', 11],
  ['SIGUSR2', 12],
  ['SIGPIPE', 13],
  ['SIGALRM', 14],
  ['SIGTERM', 15],
]);
