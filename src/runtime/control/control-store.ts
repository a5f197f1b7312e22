import type { Clock, Log, ReadStore } from '../ports.ts';
import type { ControlConnection } from './control-connection.ts';

const reconnectMs = 1000;
/** Control says that it is alive every 15 s; a watch silent for longer is taken for dead. */
const silenceMs = 40_000;

/** Control's store as a sidecar reads it: values by key, and a stream of change notices. */
export class ControlStore implements ReadStore {
  readonly #control: ControlConnection;
  readonly #clock: Clock;
  readonly #log: Log;
  #watching = false;

  constructor(control: ControlConnection, clock: Clock, log: Log) {
    this.#control = control;
    this.#clock = clock;
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
    while (!stopped.aborted) {
      await this.#watchOnce(onChange, stopped).catch((error: unknown) => {
        if (!stopped.aborted) this.#log.warn('watch of control lost', { error: String(error) });
      });
      // Something may have changed while nobody listened.
      if (!stopped.aborted) onChange();
      await this.#clock.sleep(reconnectMs, stopped).catch(() => undefined);
    }
  }

  async #watchOnce(onChange: () => void, stopped: AbortSignal): Promise<void> {
    const silent = new AbortController();
    let heard = this.#clock.monotonic();
    const fuse = setInterval(() => {
      if (this.#clock.monotonic() - heard > silenceMs) silent.abort(new Error('silent for too long'));
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
      this.#watching = false;
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
