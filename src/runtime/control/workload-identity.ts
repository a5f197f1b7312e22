import { type Enrolment, enrol, renew } from '../../identity/enrol.ts';
import { IdentityError } from '../../identity/identity-error.ts';
import type { JoinBundle } from '../../identity/join-bundle.ts';
import type { Membership } from '../../identity/membership.ts';
import { identityText, readIdentity, type StoredIdentity } from '../../identity/stored-identity.ts';
import type { Bundle, Svid } from '../../identity/svid.ts';
import { renewalTime, SvidHolder } from '../../identity/svid-source.ts';
import type { Clock, Log, Random } from '../ports.ts';
import type { StateDirectory } from '../store/state-directory.ts';
import { BackOff } from './back-off.ts';
import { ControlConnection, ControlRefused } from './control-connection.ts';

const file = 'identity.json';
/** Bounds of the first and of the longest pause before a renewal is tried again, ms. */
const firstRetryMs = { least: 100, most: 5000 };
const longestRetryMs = { least: 500, most: 60_000 };

/** The SVID has expired and control refuses the workload: only a new join token helps. */
export class IdentityLost extends Error {}

export interface WorkloadIdentityParts {
  readonly membership: Membership;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** Where the SVID is kept for the next start; absent = nowhere. */
  readonly state?: StateDirectory | undefined;
}

/** The workload's SVID, renewed at half life for as long as the process lives. */
export class WorkloadIdentity {
  readonly svids = new SvidHolder();
  readonly control: ControlConnection;
  readonly #parts: WorkloadIdentityParts;
  readonly #expiryCallbacks = new Set<() => void>();
  #bundle: Bundle;
  #receivedAt = 0;
  /** Whose expiry others have heard of. */
  #told: Svid | undefined;

  private constructor(parts: WorkloadIdentityParts) {
    const { membership, clock, random, log } = parts;
    const { control, mesh, trustDomain } = membership;
    this.control = new ControlConnection(control, mesh, this.svids, clock, random, log);
    this.#parts = parts;
    this.#bundle = { trustDomain, rootsPem: '' };
  }

  /** Redeems the join token. Rejects when control refuses it or answers with what the bundle does not pin. */
  static async join(
    join: JoinBundle,
    parts: Omit<WorkloadIdentityParts, 'membership'>,
  ): Promise<WorkloadIdentity> {
    const identity = new WorkloadIdentity({ ...parts, membership: join });
    const { clock } = parts;
    identity.#receive(await enrol({ bundle: join, request: identity.#request, now: () => clock.now() }));
    return identity;
  }

  /** What an earlier process kept, while it is valid and this membership's; undefined otherwise, the log says why. */
  static async restore(parts: WorkloadIdentityParts): Promise<WorkloadIdentity | undefined> {
    const { membership, state, clock, log } = parts;
    try {
      const text = state?.read(file);
      if (text === undefined) return undefined;
      const identity = new WorkloadIdentity(parts);
      identity.#accept(await readIdentity(text, membership, clock.now()), 'certificate restored');
      return identity;
    } catch (error) {
      const code = error instanceof IdentityError ? error.code : undefined;
      log.warn('stored certificate not usable', { code, error: String(error) });
      return undefined;
    }
  }

  get bundle(): Bundle {
    return this.#bundle;
  }

  /** Whether the SVID can prove anything now. */
  get valid(): boolean {
    const svid = this.svids.current();
    return svid !== undefined && this.#parts.clock.now() < svid.notAfter;
  }

  /** Calls back when an SVID has expired and there is no other. */
  onExpired(callback: () => void): void {
    this.#expiryCallbacks.add(callback);
  }

  /**
   * Renews until the signal; a refusal or an absent control is tried again, the old SVID serves on until it expires.
   * Rejects with IdentityLost when there is no way back.
   */
  async keepFresh(stopped: AbortSignal): Promise<void> {
    const { clock, random } = this.#parts;
    while (!stopped.aborted) {
      const svid = this.svids.current();
      if (!svid) return;
      // Leaves are back-dated by minutes, which for a short life would be more than half of it.
      const receivedAt = Math.max(svid.notBefore, this.#receivedAt);
      const due = renewalTime(receivedAt, svid.notAfter, random.unit());
      const retries = renewalRetries(random, svid.notAfter - receivedAt);
      await this.#sleep(Math.max(due - clock.now(), firstRetryMs.least), svid, stopped);
      while (!stopped.aborted && this.svids.current() === svid) {
        await this.#renew(svid).catch((error: unknown) => this.#notRenewed(svid, error));
        if (this.svids.current() === svid) await this.#sleep(retries.next(), svid, stopped);
      }
    }
  }

  /** Not beyond the moment at which the SVID expires, of which others must hear. */
  async #sleep(ms: number, svid: Svid, stopped: AbortSignal): Promise<void> {
    const { clock } = this.#parts;
    this.#tellExpiry(svid);
    const left = svid.notAfter - clock.now();
    await clock.sleep(left > 0 ? Math.min(ms, left) : ms, stopped).catch(() => undefined);
    if (!stopped.aborted) this.#tellExpiry(svid);
  }

  #tellExpiry(svid: Svid): void {
    if (this.#told === svid || this.#parts.clock.now() < svid.notAfter) return;
    this.#told = svid;
    for (const callback of this.#expiryCallbacks) callback();
  }

  #notRenewed({ notAfter }: Svid, error: unknown): void {
    const { clock, log } = this.#parts;
    const expired = clock.now() >= notAfter;
    const fields = { error: String(error), notAfter: new Date(notAfter).toISOString() };
    if (!expired) log.warn('renewal failed', fields);
    else log.error('certificate expired and not renewed', fields);
    if (expired && error instanceof ControlRefused && (error.status === 401 || error.status === 403))
      throw new IdentityLost(`the certificate expired at ${fields.notAfter} and control renews it no more`);
  }

  async #renew(svid: Svid): Promise<void> {
    const { membership, clock } = this.#parts;
    const jti = this.control.nonce();
    const now = () => clock.now();
    this.#receive(await renew({ bundle: membership, request: this.#request, now, svid, jti }));
  }

  /** From control. What cannot be kept serves this process all the same. */
  #receive(enrolment: Enrolment): void {
    const { state, clock, log } = this.#parts;
    const identity = { ...enrolment, receivedAt: clock.now() };
    try {
      state?.write(file, identityText(identity));
    } catch (error) {
      log.error('certificate not kept, a restart will need control', { error: String(error) });
    }
    this.#accept(identity, 'certificate received');
  }

  #accept({ svid, bundle, receivedAt }: StoredIdentity, event: string): void {
    this.#bundle = bundle;
    this.#receivedAt = receivedAt;
    this.svids.set(svid);
    this.#parts.log.info(event, { notAfter: new Date(svid.notAfter).toISOString() });
  }

  readonly #request = (path: string, body: unknown, proof?: string): Promise<unknown> =>
    this.control.callJson({ method: 'POST', path, body, ...(proof === undefined ? {} : { proof }) });
}

/** For short lives of the order of a hundredth of them, growing to a twentieth. */
function renewalRetries(random: Random, life: number): BackOff {
  const between = (ms: number, { least, most }: { readonly least: number; readonly most: number }) =>
    Math.min(Math.max(ms, least), most);
  return new BackOff(random, between(life / 200, firstRetryMs), between(life / 20, longestRetryMs));
}
