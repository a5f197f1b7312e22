import type { Ask, Decision, Inputs, Reply } from './decision.ts';
import type { Trace } from './trace.ts';

/** What is at hand for one decision besides the evidence. */
export interface Context {
  readonly inputs: Inputs;
  readonly trace: Trace | undefined;
}

/** One step: demands evidence, and answers, asks, or adds to it. */
export type Step<In, Out = In> = (evidence: In, context: Context) => Out | Reply | Ask;

/** The end of a chain: it demands the whole proof. */
export type Terminal<In> = (evidence: In, context: Context) => Decision;

/** Steps in the order in which they run. Each demands in its type what the steps before it have proven. */
export class Chain<In extends object, Out extends object> {
  readonly #steps: readonly Step<never, object>[];

  private constructor(steps: readonly Step<never, object>[]) {
    this.#steps = steps;
  }

  /** The empty chain. */
  static from<E extends object>(): Chain<E, E> {
    return new Chain([]);
  }

  /** Adds a step. One that adds no evidence may be absent, and then costs nothing. */
  through<Next extends object>(step: Step<Out, Next>): Chain<In, Next>;
  through(step: Step<Out> | undefined): Chain<In, Out>;
  through(step: Step<Out, object> | undefined): Chain<In, object> {
    return step === undefined ? this : new Chain([...this.#steps, step]);
  }

  /** Closes the chain. */
  to(terminal: Terminal<Out>): Terminal<In> {
    // `through` has checked that each step takes what the one before gives; the array cannot say so.
    const steps = this.#steps as readonly Step<object, object>[];
    const end = terminal as Terminal<object>;
    return (arrival, context) => {
      let evidence: object = arrival;
      for (const step of steps) {
        const next = step(evidence, context);
        if ('kind' in next) return next as Reply | Ask;
        evidence = next;
      }
      return end(evidence, context);
    };
  }
}
