import type { Membership } from '../../identity/membership.ts';
import { formatSpiffeId } from '../../identity/spiffe.ts';
import type { Bundle, Svid } from '../../identity/svid.ts';
import type { ProxyReport, ReportedTrust } from '../../proxy/telemetry/report.ts';
import type { Snapshot } from '../../snapshot/snapshot.ts';
import type { TrustKeeper } from '../../snapshot/trust-keeper.ts';
import type { ReadStore } from '../ports.ts';
import { StateDirectory } from '../store/state-directory.ts';
import { ControlStore } from './control-store.ts';
import type { EvidenceSource } from './evidence.ts';
import { type JoinParts, joinMesh } from './join-mesh.ts';
import { keepReporting, reportOnce } from './reporter.ts';
import type { WorkloadIdentity } from './workload-identity.ts';

export interface MeshMemberParts extends JoinParts {
  /** File of the join bundle, mode 0600; not needed once `state` holds what came of it. */
  readonly join: string | undefined;
  /** Directory where certificate and last known good are kept for the next start; undefined = nowhere. */
  readonly state: string | undefined;
  /** What there is to be attested with in place of a join token; absent = nothing. */
  readonly evidence?: EvidenceSource | undefined;
}

/** Within this time a proxy tells that whom it believes has changed, ms. */
const soonMs = 500;

type OtherDomains = Pick<Bundle, 'aliases' | 'federated'>;

/** A proxy as a member of its mesh: who it is, its line to control, and for how long. */
export class MeshMember {
  readonly membership: Membership;
  readonly identity: WorkloadIdentity;
  readonly directory: StateDirectory | undefined;
  readonly #parts: MeshMemberParts;
  readonly #trust: TrustKeeper;
  /** Whom the configuration makes believe beside the own trust domain, and who is told when that changes. */
  #others: OtherDomains = {};
  readonly #shown: (() => void)[] = [];
  readonly #left = new AbortController();
  readonly #lost = Promise.withResolvers<Error>();

  private constructor(
    parts: MeshMemberParts,
    directory: StateDirectory | undefined,
    membership: Membership,
    identity: WorkloadIdentity,
    trust: TrustKeeper,
  ) {
    this.#parts = parts;
    this.#trust = trust;
    this.directory = directory;
    this.membership = membership;
    this.identity = identity;
  }

  /** With the certificate of an earlier process while it is valid, else with the join bundle. Rejects without either. */
  static async join(parts: MeshMemberParts): Promise<MeshMember> {
    const { join, state, evidence } = parts;
    const directory = state === undefined ? undefined : new StateDirectory(state);
    const { membership, identity, trust } = await joinMesh({ join, state: directory, evidence }, parts);
    return new MeshMember(parts, directory, membership, identity, trust);
  }

  /** Resolves when the workload has lost its identity for good, and the process is of no use any more. */
  get lost(): Promise<Error> {
    return this.#lost.promise;
  }

  /** Aborts when the member leaves. */
  get left(): AbortSignal {
    return this.#left.signal;
  }

  /** SPIFFE ID; empty without an SVID. */
  get name(): string {
    const svid = this.identity.svids.current();
    return svid ? formatSpiffeId(svid.id) : '';
  }

  /** Control's store. */
  openStore(): ControlStore {
    const { clock, random, log } = this.#parts;
    return new ControlStore(this.identity.control, clock, random, log);
  }

  /** Control's signing keys, a key set. */
  readonly askKeys = (): Promise<unknown> =>
    this.identity.control.callJson({ method: 'GET', path: '/v1/keys' });

  /**
   * Reads anew from control's store whom the mesh believes; a record below `least` is refused. False while there is
   * none at all. Never rejects.
   */
  readonly readTrust = async (store: ReadStore, least: number): Promise<boolean> => {
    await this.#trust.refresh(store, this.askKeys, least);
    return this.#trust.sequence > 0;
  };

  /** Shows what both ends of a data path prove and trust: now, at every change, and when nothing is proven any more. */
  present(show: (svid: Svid, bundle: Bundle) => void): void {
    const { svids } = this.identity;
    const again = (): void => {
      const svid = svids.current();
      if (svid) show(svid, { ...this.identity.bundle, ...this.#others });
    };
    this.#shown.push(again);
    again();
    svids.onChange(again);
    this.identity.onExpired(again);
  }

  /** Other names of the trust domain, and other trust domains, that the configuration in force believes. */
  believe({ trustDomainAliases, federated }: Snapshot): void {
    const others = {
      ...(trustDomainAliases && { aliases: trustDomainAliases }),
      ...(federated && { federated }),
    };
    if (JSON.stringify(others) === JSON.stringify(this.#others)) return;
    this.#others = others;
    for (const again of this.#shown) again();
  }

  /** Reports to control until the member leaves; of a sidecar only while it is registered. */
  report(report: () => ProxyReport, registered?: AbortSignal): void {
    const { clock, log } = this.#parts;
    const whole = () => ({ ...report(), trust: this.#reported() });
    const until = registered === undefined ? this.left : AbortSignal.any([this.left, registered]);
    void keepReporting(this.identity.control, whole, clock, log, until);
    // Who rotates the root waits for every proxy to say that it has it.
    this.identity.onIssuer(() => void this.#reportSoon(whole));
  }

  /** Renews the SVID until the member leaves. */
  keep(): void {
    this.identity
      .keepFresh(this.left)
      .catch(({ message }: Error) => this.#lost.resolve(new Error(`${message}; it needs a new join bundle`)));
  }

  leave(): void {
    this.#left.abort();
  }

  /** Not all of the mesh at one moment. Where control is away the next report tells it. */
  async #reportSoon(report: () => ProxyReport): Promise<void> {
    const { clock, random } = this.#parts;
    await clock.sleep(random.unit() * soonMs, this.left).catch(() => undefined);
    if (this.left.aborted) return;
    await reportOnce(this.identity.control, report()).catch(() => undefined);
  }

  #reported(): ReportedTrust {
    const { sequence, rootHashes: roots } = this.#trust;
    return { sequence, roots, certificateRoot: this.identity.issuedBy };
  }
}
