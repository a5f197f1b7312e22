import { type Alarm, type Cancellation, Canceller, type Clock } from '../../runtime/ports.ts';

/** A signal that fires after `ms`, or when its parent does; `expired` tells the two apart. */
export class Deadline {
  expired = false;
  readonly #fire = new Canceller();
  readonly #alarm: Alarm;
  readonly #parent: Cancellation | undefined;
  readonly #onParent = () => this.#fire.abort(this.#parent?.reason);

  constructor(clock: Clock, ms: number, parent: Cancellation | undefined) {
    this.#parent = parent;
    if (parent?.aborted) this.#onParent();
    else parent?.addEventListener('abort', this.#onParent, { once: true });
    const expire = () => this.#expire();
    this.#alarm = clock.alarm?.(ms, expire) ?? sleepingAlarm(clock, ms, expire);
  }

  get signal(): Cancellation {
    return this.#fire;
  }

  /** Stops the clock; the parent still reaches through. */
  disarm(): void {
    this.#alarm.cancel();
  }

  /** A per-try timeout ends with the head, but the client's going must still reach the body. */
  headArrived(bodiless: boolean): void {
    if (bodiless) this.cancel();
    else this.disarm();
  }

  /** Lets go of the clock and the parent; the signal will not fire any more. */
  cancel(): void {
    this.#parent?.removeEventListener('abort', this.#onParent);
    this.disarm();
  }

  #expire(): void {
    this.expired = true;
    this.#fire.abort();
  }
}

/** An alarm of a clock that can only sleep. */
function sleepingAlarm(clock: Clock, ms: number, ring: () => void): Alarm {
  const stop = new Canceller();
  const sleeping = clock.sleep(ms, stop);
  sleeping.then(
    () => stop.aborted || ring(),
    () => undefined,
  );
  return { cancel: () => stop.abort() };
}
