import process from 'node:process';

/** A proxy that is a process of its own. */
export interface ProxyProgram {
  /** Resolves once it serves; what it resolves with is told on stdout. */
  start(): Promise<object>;
  /** Lets exchanges end, then closes. */
  stop(): Promise<void>;
  /** Closes everything now. */
  kill(): void | Promise<void>;
  /** Resolves when an operator asks it to end. */
  readonly asked: Promise<void>;
  /** Resolves when it is of no use any more. */
  readonly lost: Promise<Error>;
}

/**
 * Runs a proxy until it is asked to stop: SIGTERM or SIGINT drains, the same again is impatience. Prints
 * `{"event":"ready",…}` when it serves; exits with 1 where it cannot start or loses its identity.
 */
export async function runProxy(name: string, join: () => Promise<ProxyProgram>): Promise<void> {
  const fail = (message: string): void => {
    process.stderr.write(`${name}: ${message}\n`);
    process.exit(1);
  };
  try {
    const program = await join();
    const ready = await program.start();
    void program.lost.then((error) => fail(error.message));
    void program.asked.then(() => program.stop()).then(() => process.exit(0));
    tellEvent('ready', ready);
    for (const signal of ['SIGTERM', 'SIGINT'] as const) stopOn(signal, program);
  } catch (error) {
    fail(error instanceof Error ? error.message : String(error));
  }
}

/** A line on stdout for whoever runs the process: `{"event":…}`. */
export function tellEvent(event: string, fields: object = {}): void {
  process.stdout.write(`${JSON.stringify({ event, ...fields })}\n`);
}

/** A terminal's SIGINT and a parent's SIGTERM may both come: only the same one again is impatience. */
function stopOn(signal: 'SIGTERM' | 'SIGINT', program: ProxyProgram): void {
  const exit = () => process.exit(0);
  process.once(signal, () => {
    process.once(signal, () => void Promise.resolve(program.kill()).then(exit));
    void program.stop().then(exit);
  });
}
