import { type Enrolment, enrol, renew } from '../../identity/enrol.ts';
import type { JoinBundle } from '../../identity/join-bundle.ts';
import type { Bundle } from '../../identity/svid.ts';
import { renewalTime, SvidHolder } from '../../identity/svid-source.ts';
import type { Clock, Log, Random } from '../ports.ts';
import { ControlConnection } from './control-connection.ts';

const retryMs = 5000;

/** The workload's SVID, renewed at half life for as long as the process lives. */
export class WorkloadIdentity {
  readonly svids = new SvidHolder();
  readonly control: ControlConnection;
  readonly #join: JoinBundle;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #log: Log;
  #bundle: Bundle;

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

  /** Renews until the signal; a refusal or an absent control is tried again, the old SVID serves on. */
  async keepFresh(stopped: AbortSignal): Promise<void> {
    while (!stopped.aborted) {
      const svid = this.svids.current();
      if (!svid) return;
      const due = renewalTime(svid.notBefore, svid.notAfter, this.#random.unit());
      await this.#clock.sleep(Math.max(due - this.#clock.now(), retryMs), stopped).catch(() => undefined);
      if (!stopped.aborted)
        await this.#renew().catch((error: unknown) => this.#log.warn('renewal failed', { error }));
    }
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
    this.svids.set(svid);
    this.#log.info('certificate received', { notAfter: new Date(svid.notAfter).toISOString() });
  }

  readonly #request = (path: string, body: unknown, proof?: string): Promise<unknown> =>
    this.control.callJson({ method: 'POST', path, body, ...(proof === undefined ? {} : { proof }) });
}
