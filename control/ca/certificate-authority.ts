import type { IsDenied } from '../../src/identity/attest/attestor.ts';
import type { Authority } from '../../src/identity/authority/authority.ts';
import {
  findIssuances,
  type Issuance,
  type IssuanceFilter,
  pruneIssuances,
} from '../../src/identity/authority/issuance-log.ts';
import { type Denial, DenyList } from '../../src/identity/deny-list.ts';
import { decodePem, encodePem } from '../../src/identity/pem.ts';
import { parseSpiffeId } from '../../src/identity/spiffe.ts';
import type { Bundle } from '../../src/identity/svid.ts';
import type { Clock, Log, SwapStore } from '../../src/runtime/ports.ts';
import { AuthorityKeeper, type AuthorityKeeperParts } from './authority-keeper.ts';
import { Denials } from './denials.ts';
import { IssuanceBudget } from './issuance-budget.ts';
import { IssuanceGate } from './issuance-gate.ts';
import { RotationDesk } from './rotation-desk.ts';
import type { Known } from './trust-holders.ts';
import type { TrustContent } from './trust-publisher.ts';

export interface CertificateAuthorityParts extends AuthorityKeeperParts {
  readonly store: SwapStore;
  readonly clock: Clock;
  readonly log: Log;
  /** Every proxy that was heard of lately. */
  readonly known: () => readonly Known[];
  /** Whether gateways sign requests by certificates that they read from their store. */
  readonly signers: () => Promise<boolean>;
}

/** So long before the intermediate or its root expires it is told every hour, ms. */
const warningMs = 30 * 24 * 60 * 60 * 1000;

/** The authority as control runs it: who may be certified, whom the mesh believes, and how roots are replaced. */
export class CertificateAuthority {
  readonly gate = new IssuanceGate();
  readonly budget: IssuanceBudget;
  readonly rotation: RotationDesk;
  readonly denials: Denials;
  readonly #keeper: AuthorityKeeper;
  readonly #parts: CertificateAuthorityParts;
  #publish: (content: TrustContent) => Promise<unknown> = async () => undefined;
  #bundle:
    | { readonly roots: string; readonly denied: readonly Denial[]; readonly bundle: Bundle }
    | undefined;

  private constructor(parts: CertificateAuthorityParts, keeper: AuthorityKeeper, denials: Denials) {
    this.#parts = parts;
    this.#keeper = keeper;
    this.denials = denials;
    this.budget = new IssuanceBudget(parts.clock);
    const { store, clock, log, known, signers } = parts;
    const isDenied = (id: string, serial: string) => this.isDenied(parseSpiffeId(id), serial);
    const common = { keeper, store, clock, log, known, signers, isDenied };
    this.rotation = new RotationDesk({ ...common, onTrust: () => this.publish() });
  }

  /** Opens or makes it. Rejects with the remedy where its key cannot be opened. */
  static async open(parts: CertificateAuthorityParts): Promise<CertificateAuthority> {
    const keeper = await AuthorityKeeper.open(parts);
    return new CertificateAuthority(parts, keeper, await Denials.open(parts.store, parts.clock));
  }

  get authority(): Authority {
    return this.#keeper.authority;
  }

  /** How its key is protected at rest. */
  get keys(): AuthorityKeeper['keys'] {
    return this.#keeper.keys;
  }

  /** What wraps its keys; undefined for a plug-in CA. */
  get kek(): AuthorityKeeper['kek'] {
    return this.#keeper.kek;
  }

  /** What wraps control's other keys; undefined beside a plug-in CA for which none was given. */
  get ownKek(): AuthorityKeeper['ownKek'] {
    return this.#keeper.ownKek;
  }

  /** Whom control itself believes now. */
  readonly bundle = (): Bundle => {
    const [roots, denied] = [this.authority.bundle(), this.denials.all];
    if (this.#bundle?.roots !== roots || this.#bundle.denied !== denied) {
      const bundle = { trustDomain: this.authority.trustDomain, rootsPem: roots, denied };
      this.#bundle = { roots, denied, bundle };
    }
    return this.#bundle.bundle;
  };

  readonly isDenied: IsDenied = (id, serial) => DenyList.of(this.denials.all).denies(id, serial);

  /** Tells whom the mesh believes to whoever hands that out, now and at every change. */
  async publishBy(publish: (content: TrustContent) => Promise<unknown>): Promise<void> {
    this.#publish = publish;
    await this.publish();
    this.#warnOfEnd();
  }

  async publish(): Promise<void> {
    const { authority } = this;
    const roots = decodePem('CERTIFICATE', authority.bundle()).map((der) => encodePem('CERTIFICATE', der));
    const denied = this.denials.all.map(({ kind, value }) => ({ kind, value }));
    const { trustDomain } = authority;
    await this.#publish({ trustDomain, roots, issuing: authority.rootHash(), denied });
  }

  /** Denies a certificate or an ID from now on. Rejects with a RangeError when too many are denied. */
  async deny(denial: Denial, reason: string): Promise<void> {
    const issuance = denial.kind === 'serial' ? await this.#issuanceOf(denial.value) : undefined;
    await this.denials.add({ ...denial, reason, ...(issuance && { until: issuance.notAfter }) });
    await this.publish();
    this.#parts.log.warn('denied', { ...denial, reason });
  }

  /** Believes it again; false when it was not denied. */
  async allow(denial: Denial): Promise<boolean> {
    if (!(await this.denials.remove(denial))) return false;
    await this.publish();
    this.#parts.log.warn('allowed again', { ...denial });
    return true;
  }

  /** What was issued, newest first. */
  issuances(filter: IssuanceFilter, limit: number): Promise<Issuance[]> {
    return findIssuances(this.#parts.store, filter, limit);
  }

  /** To be done every hour. */
  async upkeep(): Promise<void> {
    await pruneIssuances(this.#parts.store, this.#parts.clock.now());
    if (await this.denials.sweep()) await this.publish();
    this.#warnOfEnd();
  }

  #warnOfEnd(): void {
    const { clock, log } = this.#parts;
    const { notAfter } = this.authority;
    if (notAfter - clock.now() < warningMs)
      log.warn('authority expires soon', { notAfter: new Date(notAfter).toISOString() });
  }

  async #issuanceOf(serial: string): Promise<Issuance | undefined> {
    return (await this.issuances({ serial }, 1))[0];
  }
}
