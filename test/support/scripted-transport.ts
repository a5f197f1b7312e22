import { HeaderList } from '../../src/http/header-list.ts';
import type { Exchange } from '../../src/proxy/exchange.ts';
import type { BodyPort } from '../../src/proxy/forward/body-port.ts';
import {
  type Attempt,
  type ProxyResponse,
  type Transport,
  TransportError,
} from '../../src/proxy/forward/transport.ts';
import type { Clock } from '../../src/runtime/ports.ts';

/** What the next attempt meets: a status, a failure, or an upstream that never answers. */
export type Act = number | TransportError | 'silent';

/** A body that is only a name; `ended` may be called by the test. */
export interface TestBody {
  readonly name: string;
  read: boolean;
  cancelled: boolean;
  /** More of it was read than is kept for a retry. */
  outgrown?: boolean;
  /** No retry will want it. */
  released?: boolean;
  ended?: (complete: boolean) => void;
}

export const TEST_BODIES: BodyPort<TestBody> &
  Required<Pick<BodyPort<TestBody>, 'watch' | 'untouched' | 'record'>> = {
  cancel: (body) => {
    body.cancelled = true;
  },
  watch: (body, onEnd) => {
    body.ended = onEnd;
  },
  untouched: (body) => !body.read,
  record: (body) => ({
    get whole() {
      return !body.outgrown;
    },
    replay: () => body,
    release: () => {
      body.released = true;
    },
  }),
};

/** Plays its acts in order (the last one for ever) and keeps what it was asked. */
export class ScriptedTransport implements Transport<TestBody> {
  readonly attempts: Attempt<TestBody>[] = [];
  readonly bodies: TestBody[] = [];
  readonly #acts: Act[];

  constructor(...acts: Act[]) {
    this.#acts = acts;
  }

  send(attempt: Attempt<TestBody>, signal: AbortSignal | undefined): Promise<ProxyResponse<TestBody>> {
    const act = this.#acts[Math.min(this.attempts.length, this.#acts.length - 1)] ?? 200;
    this.attempts.push(attempt);
    return new Promise((resolve, reject) => {
      const abort = () => reject(new TransportError('aborted', true, 'abandoned'));
      if (signal?.aborted) abort();
      signal?.addEventListener('abort', abort);
      if (act instanceof TransportError) reject(act);
      else if (act !== 'silent') resolve(this.#respond(act));
    });
  }

  #respond(status: number): ProxyResponse<TestBody> {
    const body: TestBody = { name: `response ${this.attempts.length}`, read: false, cancelled: false };
    this.bodies.push(body);
    return { status, reason: '', headers: HeaderList.from([['x-upstream', String(status)]]), body };
  }
}

/** A clock whose sleeps end when the test says so. */
export class ManualClock implements Clock {
  time = 1_000;
  readonly sleeps: number[] = [];
  readonly #sleepers: { at: number; wake: () => void }[] = [];

  now(): number {
    return this.time;
  }

  monotonic(): number {
    return this.time;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    this.sleeps.push(ms);
    return new Promise((resolve, reject) => {
      if (signal?.aborted) reject(signal.reason);
      signal?.addEventListener('abort', () => reject(signal.reason));
      this.#sleepers.push({ at: this.time + ms, wake: resolve });
    });
  }

  /** Lets `ms` pass, and everything that waits for it happen. */
  async pass(ms: number): Promise<void> {
    // What was started before must have come to its sleep.
    await new Promise((resolve) => setImmediate(resolve));
    this.time += ms;
    for (const sleeper of this.#sleepers) if (sleeper.at <= this.time) sleeper.wake();
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** A GET of a local application. */
export function testExchange(more: Partial<Exchange<TestBody>> = {}): Exchange<TestBody> {
  return {
    head: { method: 'GET', target: '/reviews', headers: HeaderList.from([['host', 'reviews:9080']]) },
    connection: {
      direction: 'outbound',
      port: 9080,
      scheme: 'http',
      remoteAddress: '127.0.0.1',
      localAddress: '127.0.0.1',
      security: 'none',
      peer: undefined,
      serverName: undefined,
    },
    body: undefined,
    signal: undefined,
    ...more,
  };
}
