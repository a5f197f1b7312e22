import { type Enrolment, enrol, renew } from '../../identity/enrol.ts';
import type { JoinBundle } from '../../identity/join-bundle.ts';
import type { Bundle, Svid } from '../../identity/svid.ts';
import { renewalTime, SvidHolder } from '../../identity/svid-source.ts';
import type { Clock, Log, Random } from '../ports.ts';
import { ControlConnection, ControlRefused } from './control-connection.ts';

/** The longest and the shortest pause before a renewal, ms; between them a twentieth of the SVID's life. */
const longestRetryMs = 5000;
const shortestRetryMs = 100;

/** The SVID has expired and control refuses the workload: only a new join token helps. */
export class IdentityLost extends Error {}

/** The workload's SVID, renewed at half life for as long as the process lives. */
export class WorkloadIdentity {
  readonly svids = new SvidHolder();
  readonly control: ControlConnection;
  readonly #join: JoinBundle;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #log: Log;
  #bundle: Bundle;
  #receivedAt = 0;

  private constructor(join: JoinBundle, clock: Clock, random: Random, log: Log) {
    this.control = new ControlConnection(join.control, join.mesh, this.svids, clock, random);
    this.#join = join;
    this.#clock = clock;
    this.#random = random;
    this.#log = log;
    this.#bundle = { trustDomain: join.trustDomain, rootsPem: '' };
  }

  /** Redeems the join token. Rejects when control refuses it or answers with what the bundle does not pin. */
  static async join(join: JoinBundle, clock: Clock, random: Random, log: Log): Promise<WorkloadIdentity> {
    const identity = new WorkloadIdentity(join, clock, random, log);
    identity.#accept(await enrol({ bundle: join, request: identity.#request, now: () => clock.now() }));
    return identity;
  }

  get bundle(): Bundle {
    return this.#bundle;
  }

  /**
   * Renews until the signal; a refusal or an absent control is tried again, the old SVID serves on. Rejects with
   * IdentityLost when there is no way back.
   */
  async keepFresh(stopped: AbortSignal): Promise<void> {
    while (!stopped.aborted) {
      const svid = this.svids.current();
      if (!svid) return;
      // Leaves are back-dated by minutes, which for a short life would be more than half of it.
      const receivedAt = Math.max(svid.notBefore, this.#receivedAt);
      const due = renewalTime(receivedAt, svid.notAfter, this.#random.unit());
      const pause = Math.max(due - this.#clock.now(), retryMs(svid.notAfter - receivedAt));
      await this.#clock.sleep(pause, stopped).catch(() => undefined);
      if (!stopped.aborted) await this.#renew().catch((error: unknown) => this.#notRenewed(svid, error));
    }
  }

  #notRenewed({ notAfter }: Svid, error: unknown): void {
    const expired = this.#clock.now() >= notAfter;
    const fields = { error: String(error), notAfter: new Date(notAfter).toISOString() };
    if (!expired) this.#log.warn('renewal failed', fields);
    else this.#log.error('certificate expired and not renewed', fields);
    if (expired && error instanceof ControlRefused && (error.status === 401 || error.status === 403))
      throw new IdentityLost(`the certificate expired at ${fields.notAfter} and control renews it no more`);
  }

  async #renew(): Promise<void> {
    const svid = this.svids.current();
    if (!svid) return;
    const now = () => this.#clock.now();
    this.#accept(
      await renew({ bundle: this.#join, request: this.#request, now, svid, jti: this.control.nonce() }),
    );
  }

  #accept({ svid, bundle }: Enrolment): void {
    this.#bundle = bundle;
    this.#receivedAt = this.#clock.now();
    this.svids.set(svid);
    this.#log.info('certificate received', { notAfter: new Date(svid.notAfter).toISOString() });
  }

  readonly #request = (path: string, body: unknown, proof?: string): Promise<unknown> =>
    this.control.callJson({ method: 'POST', path, body, ...(proof === undefined ? {} : { proof }) });
}

function retryMs(life: number): number {
  return Math.min(Math.max(life / 20, shortestRetryMs), longestRetryMs);
}
