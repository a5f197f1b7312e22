import type { BodyPort, Recording } from './body-port.ts';
import { REPLAY_LIMIT } from './forward-deps.ts';

/** The body of a request, and what is kept of it for another attempt. */
export class RequestBody<Body> {
  readonly #body: Body;
  readonly #bodies: BodyPort<Body>;
  readonly #recording: Recording<Body> | undefined;
  /** What the attempt under way sends, where a copy is kept. */
  #replay: Body | undefined;

  /** `kept`: there may be more than one attempt. */
  constructor(body: Body, bodies: BodyPort<Body>, kept: boolean) {
    this.#body = body;
    this.#bodies = bodies;
    this.#recording = kept ? bodies.record?.(body, REPLAY_LIMIT) : undefined;
  }

  /** What the next attempt sends. */
  next(): Body {
    this.#replay = this.#recording?.replay();
    return this.#replay ?? this.#body;
  }

  /** The attempt under way failed, and reads no more. */
  drop(): void {
    if (this.#replay !== undefined) this.#bodies.cancel(this.#replay);
  }

  /** Whether all of it can be sent once more. */
  get replayable(): boolean {
    if (this.#recording !== undefined) return this.#recording.whole;
    return this.#bodies.untouched?.(this.#body) === true;
  }

  /** Lets go of the copy. */
  release(): void {
    this.#recording?.release();
  }
}
