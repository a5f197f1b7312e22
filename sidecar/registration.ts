import { type ControlConnection, ControlRefused } from '../src/runtime/control/control-connection.ts';
import type { Clock, Log } from '../src/runtime/ports.ts';

/** A third of the lease that control gives. */
const renewEveryMs = 5000;

export interface InstanceFacts {
  readonly namespace: string;
  readonly workload: string;
  readonly address: string;
  readonly port: number;
  /** Where it takes signed requests; undefined = nowhere. */
  readonly edgePort?: number | undefined;
  readonly runtime: string;
}

/** Keeps this instance among its services' endpoints while it lives, and takes it out before it goes. */
export class Registration {
  readonly #control: Pick<ControlConnection, 'call' | 'nonce'>;
  /** Unique among those of the mesh. */
  readonly instance: string;
  readonly #facts: () => InstanceFacts & { readonly revision: number };
  readonly #log: Log;
  #withdrawn = false;
  /** Calls go one after another: a renewal that overtakes the withdrawal would leave a dead endpoint. */
  #last: Promise<unknown> = Promise.resolve();

  constructor(
    control: Pick<ControlConnection, 'call' | 'nonce'>,
    facts: () => InstanceFacts & { readonly revision: number },
    log: Log,
    instance = `${facts().workload}-${control.nonce()}`,
  ) {
    this.#control = control;
    this.#facts = facts;
    this.#log = log;
    this.instance = instance;
  }

  /** The first announcement. Rejects where control refuses it; a control that is away hears of it later. */
  async begin(): Promise<void> {
    await this.announce().catch((error: unknown) => {
      if (error instanceof ControlRefused && error.status < 500) throw error;
      this.#log.warn('not registered yet', { error: String(error) });
    });
  }

  /** Says that the instance is there; nothing once it was withdrawn. */
  announce(): Promise<void> {
    return this.#inTurn(async () => {
      if (this.#withdrawn) return;
      await this.#control.call({ method: 'PUT', path: this.#path, body: this.#facts() });
    });
  }

  async withdraw(): Promise<void> {
    this.#withdrawn = true;
    await this.#inTurn(() => this.#control.call({ method: 'DELETE', path: this.#path }));
  }

  /** Renews the lease until the signal; control's absence is survived. */
  async keep(clock: Clock, stopped: AbortSignal): Promise<void> {
    while (!stopped.aborted) {
      await clock.sleep(renewEveryMs, stopped).catch(() => undefined);
      if (stopped.aborted) return;
      // That control does not answer is told once, for all who ask it.
      await this.announce().catch((error: unknown) => {
        if (error instanceof ControlRefused) this.#log.warn('registration not renewed', { error });
      });
    }
  }

  #inTurn<T>(call: () => Promise<T>): Promise<T> {
    const result = this.#last.then(call, call);
    this.#last = result.catch(() => undefined);
    return result;
  }

  get #path(): string {
    return `/v1/instances/${this.instance}`;
  }
}
