import type { LoadConnection, Tally } from './load-connection.ts';

/** How long requests at a fixed rate took, in ms. */
export interface Paced extends Tally {
  readonly p50: number;
  readonly p99: number;
  /** Requests that found every connection taken; theirs counts from when they were due. */
  readonly waited: number;
}

const TICK_MS = 1;

/**
 * Sends `rate` requests a second for `seconds`, whatever is answered, each on a connection that is free. A request
 * is timed from when it is sent, as the timer's lateness is not the proxy's; one that has to wait for a connection
 * is timed from when it was due, so that a proxy which stalls is not asked less.
 */
export async function runPaced(
  connections: readonly LoadConnection[],
  rate: number,
  seconds: number,
): Promise<Paced> {
  const load = new PacedLoad(connections);
  await load.run(rate, rate * seconds);
  return load.result();
}

class PacedLoad {
  readonly #free: LoadConnection[];
  /** When each was due that found no connection. */
  readonly #due: number[] = [];
  readonly #latencies: number[] = [];
  #failed = 0;
  #waited = 0;

  constructor(connections: readonly LoadConnection[]) {
    this.#free = [...connections];
  }

  run(rate: number, count: number): Promise<void> {
    const started = performance.now();
    let sent = 0;
    return new Promise((resolve) => {
      const timer = setInterval(() => {
        const now = performance.now();
        const due = Math.min(count, Math.floor(((now - started) * rate) / 1000));
        for (; sent < due; sent++) this.#send(now);
        if (this.#latencies.length + this.#failed < count) return;
        clearInterval(timer);
        resolve();
      }, TICK_MS);
    });
  }

  result(): Paced {
    const sorted = this.#latencies.sort((a, b) => a - b);
    const quantile = (share: number) => sorted[Math.ceil(sorted.length * share) - 1] ?? Number.NaN;
    const tally = { answered: sorted.length, failed: this.#failed };
    return { ...tally, p50: quantile(0.5), p99: quantile(0.99), waited: this.#waited };
  }

  #send(due: number): void {
    const connection = this.#free.pop();
    if (connection !== undefined) void this.#ask(connection, due);
    else {
      this.#waited++;
      this.#due.push(due);
    }
  }

  async #ask(connection: LoadConnection, from: number): Promise<void> {
    const { failed } = await connection.run(1);
    if (failed > 0) this.#failed++;
    else this.#latencies.push(performance.now() - from);
    const next = this.#due.shift();
    if (next === undefined) this.#free.push(connection);
    else void this.#ask(connection, next);
  }
}
