import type { Clock, Log, Random, ReadStore } from '../ports.ts';
import { BackOff } from './back-off.ts';
import { type ControlConnection, ControlRefused } from './control-connection.ts';

/** The first and the longest pause before a watch is tried again, ms. */
const reconnectMs = 1000;
const longestReconnectMs = 15_000;
/** Control says that it is alive every 15 s; a watch silent for longer is taken for dead. */
const silenceMs = 40_000;

/** Control's store as a sidecar reads it: values by key, and a stream of change notices. */
export class ControlStore implements ReadStore {
  readonly #control: ControlConnection;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #log: Log;
  #watching = false;

  constructor(control: ControlConnection, clock: Clock, random: Random, log: Log) {
    this.#control = control;
    this.#clock = clock;
    this.#random = random;
    this.#log = log;
  }

  get(key: string): Promise<Uint8Array<ArrayBuffer> | undefined> {
    return this.#control.call({ method: 'GET', path: `/v1/store/${key}` });
  }

  /** Whether control would tell of a change: then there is little need to ask. */
  get watching(): boolean {
    return this.#watching;
  }

  watch(onChange: () => void): () => void {
    const stopped = new AbortController();
    void this.#keepWatching(onChange, stopped.signal);
    return () => stopped.abort();
  }

  async #keepWatching(onChange: () => void, stopped: AbortSignal): Promise<void> {
    const pauses = new BackOff(this.#random, reconnectMs, longestReconnectMs);
    const notify = () => {
      pauses.reset();
      onChange();
    };
    while (!stopped.aborted) {
      await this.#watchOnce(notify, stopped).catch((error: unknown) => {
        // That control does not answer is said once, for all who ask it.
        const answered =
          error instanceof ControlRefused || this.#control.reachability.awaySince === undefined;
        if (!stopped.aborted && answered) this.#log.warn('watch of control lost', { error: String(error) });
      });
      await this.#clock.sleep(pauses.next(), stopped).catch(() => undefined);
    }
  }

  async #watchOnce(onChange: () => void, stopped: AbortSignal): Promise<void> {
    const silent = new AbortController();
    let heard = this.#clock.monotonic();
    const fuse = setInterval(() => {
      if (this.#clock.monotonic() - heard > silenceMs)
        silent.abort(new DOMException('silent for too long', 'TimeoutError'));
    }, silenceMs / 4);
    try {
      const signal = AbortSignal.any([stopped, silent.signal]);
      const response = await this.#control.open({ method: 'GET', path: '/v1/watch', signal });
      for await (const line of linesOf(response)) {
        heard = this.#clock.monotonic();
        // With the first line control listens for changes; one may have come before.
        if (!this.#watching || line === 'event: change') onChange();
        this.#watching = true;
      }
    } finally {
      clearInterval(fuse);
      const lost = this.#watching && !stopped.aborted;
      this.#watching = false;
      // Whoever relied on being told must now ask.
      if (lost) onChange();
    }
  }
}

/** Lines of a text stream as they come; a line that grows beyond a kilobyte is nothing of ours. */
async function* linesOf(response: Response): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of response.body ?? []) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n');
    rest = (lines.pop() ?? '').slice(-1024);
    yield* lines;
  }
}
