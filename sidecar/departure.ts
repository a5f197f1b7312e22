import type { ProxyState } from '../src/proxy/proxy-state.ts';
import type { Clock, Log } from '../src/runtime/ports.ts';
import type { Listening } from '../src/runtime/sockets/listener.ts';
import type { DrainTimes } from './drain-times.ts';
import type { Registration } from './registration.ts';

/** Control that does not answer holds nobody up for longer, ms. */
const withdrawMs = 2000;
/** For exchanges of the application with others, ms. */
const outboundMs = 5000;

export interface Departing {
  readonly state: ProxyState;
  readonly registration: Pick<Registration, 'withdraw'>;
  readonly inbound: Pick<Listening, 'retire' | 'drain'>;
  readonly outbound: Pick<Listening, 'drain'>;
  readonly times: DrainTimes;
  readonly clock: Clock;
  readonly log: Log;
}

/**
 * Leaves without losing a request: not ready any more → out of the endpoints → clients are asked not to come back,
 * those who have not heard are still served → exchanges end → closed. The outbound port goes last, because the
 * exchanges of the inbound one need it.
 */
export class Departure {
  readonly #parts: Departing;
  #inboundClosed: Promise<void> | undefined;

  constructor(parts: Departing) {
    this.#parts = parts;
  }

  /** Closes the inbound port; the application can still call others. Once: a second call waits for the first. */
  closeInbound(): Promise<void> {
    this.#inboundClosed ??= this.#closeInbound();
    return this.#inboundClosed;
  }

  /** Closes both ports. */
  async close(): Promise<void> {
    await this.closeInbound();
    await this.#parts.outbound.drain(outboundMs);
  }

  async #closeInbound(): Promise<void> {
    const { state, inbound, times, clock } = this.#parts;
    state.leave();
    const told = await Promise.race([this.#withdraw(), clock.sleep(withdrawMs).then(() => false)]);
    inbound.retire();
    // Where control is gone nobody will hear of it, however long we wait.
    if (told) await clock.sleep(times.hearsayMs);
    await inbound.drain(times.exchangesMs);
  }

  /** Whether control took it. */
  #withdraw(): Promise<boolean> {
    const { registration, log } = this.#parts;
    return registration.withdraw().then(
      () => true,
      (error: unknown) => {
        log.warn('not withdrawn', { error: String(error) });
        return false;
      },
    );
  }
}
