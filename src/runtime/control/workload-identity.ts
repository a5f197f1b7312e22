import { attest, type Enrolment, enrol, reAttest, renew } from '../../identity/enrol.ts';
import { IdentityError } from '../../identity/identity-error.ts';
import type { JoinBundle } from '../../identity/join-bundle.ts';
import type { Membership } from '../../identity/membership.ts';
import {
  identityText,
  readIdentity,
  readPastIdentity,
  type StoredIdentity,
} from '../../identity/stored-identity.ts';
import type { Bundle, Svid } from '../../identity/svid.ts';
import { renewalTime, SvidHolder } from '../../identity/svid-source.ts';
import type { TrustKeeper } from '../../snapshot/trust-keeper.ts';
import type { Clock, Log, Random } from '../ports.ts';
import type { StateDirectory } from '../store/state-directory.ts';
import { BackOff } from './back-off.ts';
import { ControlConnection, ControlRefused } from './control-connection.ts';
import type { EvidenceSource } from './evidence.ts';
import { isBusy } from './while-busy.ts';

const file = 'identity.json';
/** Bounds of the first and of the longest pause before a renewal is tried again, ms. */
const firstRetryMs = { least: 100, most: 5000 };
const longestRetryMs = { least: 500, most: 8000 };
/** When another root issues, workloads ask for its certificates within this share of a life, ms at most. */
const moveMs = { share: 0.05, most: 30_000 };

/** The SVID has expired and control refuses the workload: only a new join token, or another policy, helps. */
export class IdentityLost extends Error {}

export interface WorkloadIdentityParts {
  readonly membership: Membership;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** Where the SVID is kept for the next start; absent = nowhere. */
  readonly state?: StateDirectory | undefined;
  /** Which roots are believed now; absent = those that the membership pins. */
  readonly trust?: TrustKeeper | undefined;
  /** What is always at hand to be attested with; absent = nothing. */
  readonly evidence?: EvidenceSource | undefined;
}

/** The workload's SVID, renewed at half life for as long as the process lives. */
export class WorkloadIdentity {
  readonly svids = new SvidHolder();
  readonly control: ControlConnection;
  readonly #parts: WorkloadIdentityParts;
  readonly #expiryCallbacks = new Set<() => void>();
  readonly #issuerCallbacks = new Set<() => void>();
  #bundle: Bundle;
  #receivedAt = 0;
  /** Whose expiry others have heard of. */
  #told: Svid | undefined;
  /** SHA-256 of the root that the SVID leads to, hexadecimal; empty where none is believed, undefined at first. */
  #issuedBy: string | undefined;
  /** Ends the pause before the next renewal. */
  #wake = new AbortController();

  private constructor(parts: WorkloadIdentityParts) {
    const { membership, clock, random, log } = parts;
    const { control, mesh, trustDomain } = membership;
    this.control = new ControlConnection(control, mesh, this.svids, clock, random, log);
    this.#parts = parts;
    this.#bundle = { trustDomain, rootsPem: '' };
    parts.trust?.onChange(() => void this.#trustChanged());
  }

  /** Redeems the join token. Rejects when control refuses it or answers with what the bundle does not pin. */
  static async join(
    join: JoinBundle,
    parts: Omit<WorkloadIdentityParts, 'membership'>,
  ): Promise<WorkloadIdentity> {
    const identity = new WorkloadIdentity({ ...parts, membership: join });
    const { clock, trust } = parts;
    const bundle = { ...(trust?.membership ?? join), token: join.token };
    identity.#receive(await enrol({ bundle, request: identity.#request, now: () => clock.now() }));
    return identity;
  }

  /** Is attested by the evidence at hand; rejects as `join` does. */
  static async attest(
    parts: WorkloadIdentityParts & { readonly evidence: EvidenceSource },
  ): Promise<WorkloadIdentity> {
    const identity = new WorkloadIdentity(parts);
    identity.#receive(await identity.#attest(parts.evidence));
    return identity;
  }

  /** Comes back with the SVID of an earlier process that is over; undefined where there is none. Rejects as `join`. */
  static async reAttest(parts: WorkloadIdentityParts): Promise<WorkloadIdentity | undefined> {
    const { state, clock, trust } = parts;
    const text = state?.read(file);
    if (text === undefined) return undefined;
    const membership = trust?.membership ?? parts.membership;
    const past = await readPastIdentity(text, membership, clock.now()).catch(() => undefined);
    if (past === undefined) return undefined;
    const identity = new WorkloadIdentity(parts);
    identity.#receive(await identity.#reAttest(past.svid));
    return identity;
  }

  /** What an earlier process kept, while it is valid and this membership's; undefined otherwise, the log says why. */
  static async restore(parts: WorkloadIdentityParts): Promise<WorkloadIdentity | undefined> {
    const { state, clock, log, trust } = parts;
    const membership = trust?.membership ?? parts.membership;
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

  /** What a peer is judged by now. */
  get bundle(): Bundle {
    return this.#parts.trust?.bundle ?? this.#bundle;
  }

  /** SHA-256 of the root that the SVID leads to, hexadecimal; empty where that is not known. */
  get issuedBy(): string {
    return this.#issuedBy ?? '';
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

  /** Calls back when it is known anew which root the SVID leads to: roots or SVID have changed. */
  onIssuer(callback: () => void): void {
    this.#issuerCallbacks.add(callback);
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
      const life = svid.notAfter - receivedAt;
      const retries = renewalRetries(random, life);
      const due = renewalTime(receivedAt, svid.notAfter, random.unit());
      const woken = this.#woken(stopped);
      if (!this.#isOutdated) await this.#sleep(Math.max(due - clock.now(), firstRetryMs.least), svid, woken);
      if (this.#isOutdated && !stopped.aborted) await this.#moveSoon(life, svid, stopped);
      while (!stopped.aborted && this.svids.current() === svid) {
        await this.#renew(svid).catch((error: unknown) => this.#notRenewed(svid, error));
        if (this.svids.current() === svid) await this.#sleep(retries.next(), svid, stopped);
      }
    }
  }

  /** Whether the SVID leads to another root than those that are issued now. */
  get #isOutdated(): boolean {
    const { issuing } = this.#parts.trust ?? {};
    return issuing !== undefined && this.#issuedBy !== undefined && this.#issuedBy !== issuing;
  }

  /** The signal that ends a pause: the end of it all, or another root that issues. */
  #woken(stopped: AbortSignal): AbortSignal {
    if (this.#wake.signal.aborted) this.#wake = new AbortController();
    return AbortSignal.any([stopped, this.#wake.signal]);
  }

  /** Not all workloads at once: control has one queue. */
  async #moveSoon(life: number, svid: Svid, stopped: AbortSignal): Promise<void> {
    const spread = Math.min(life * moveMs.share, moveMs.most);
    this.#parts.log.info('another root issues, the certificate is renewed');
    await this.#sleep(spread * this.#parts.random.unit(), svid, stopped);
  }

  /** The roots or the denials are others: listeners hear of it, and a certificate of another root is replaced. */
  async #trustChanged(): Promise<void> {
    const svid = this.svids.current();
    if (svid === undefined) return;
    this.svids.set(svid);
    await this.#learnIssuer(svid);
  }

  async #learnIssuer(svid: Svid): Promise<void> {
    const root = await this.#parts.trust?.rootOf(svid.chainPem);
    if (this.svids.current() !== svid || this.#parts.trust === undefined) return;
    this.#issuedBy = root ?? '';
    if (this.#isOutdated) this.#wake.abort();
    for (const callback of this.#issuerCallbacks) callback();
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
    const isOver = this.#parts.clock.now() >= svid.notAfter;
    this.#receive(isOver ? await this.#comeBack(svid) : await renew(this.#inputs(svid)));
  }

  /** After its end an SVID renews nothing: what is at hand attests anew, else its own key. */
  async #comeBack(svid: Svid): Promise<Enrolment> {
    const { evidence, log } = this.#parts;
    if (evidence === undefined) return this.#reAttest(svid);
    return this.#attest(evidence).catch((error: unknown) => {
      if (!(error instanceof ControlRefused) || error.status >= 500 || isBusy(error)) throw error;
      log.warn('not attested anew', { error: String(error) });
      return this.#reAttest(svid);
    });
  }

  #attest(evidence: EvidenceSource): Promise<Enrolment> {
    return attest({ ...this.#asked(), evidence: evidence() });
  }

  async #reAttest(svid: Svid): Promise<Enrolment> {
    const enrolment = await reAttest(this.#inputs(svid));
    this.#parts.log.info('came back with the key of a certificate that is over');
    return enrolment;
  }

  #inputs(svid: Svid) {
    return { ...this.#asked(), svid, jti: this.control.nonce() };
  }

  #asked() {
    const { clock, trust, membership } = this.#parts;
    const bundle = trust?.membership ?? membership;
    return { bundle, request: this.#request, now: () => clock.now() };
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
    this.#issuedBy = undefined;
    this.svids.set(svid);
    void this.#learnIssuer(svid);
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
