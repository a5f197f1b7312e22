import { type Cancellation, Canceller, type Clock } from '../../runtime/ports.ts';

/** A signal that fires after `ms`, or when its parent does; `expired` tells the two apart. */
export class Deadline {
  expired = false;
  readonly #fire = new Canceller();
  readonly #stop = new Canceller();
  readonly #parent: Cancellation | undefined;
  readonly #onParent = () => this.#fire.abort(this.#parent?.reason);

  constructor(clock: Clock, ms: number, parent: Cancellation | undefined) {
    this.#parent = parent;
    if (parent?.aborted) this.#onParent();
    else parent?.addEventListener('abort', this.#onParent, { once: true });
    clock.sleep(ms, this.#stop).then(
      () => this.#expire(),
      () => undefined,
    );
  }

  get signal(): Cancellation {
    return this.#fire;
  }

  /** Stops the clock; the parent still reaches through. */
  disarm(): void {
    if (!this.#stop.aborted) this.#stop.abort();
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
    if (this.#stop.aborted) return;
    this.expired = true;
    this.#fire.abort();
  }
}
