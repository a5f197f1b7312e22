import type { AuthorityFile, RotationPhase } from '../../src/identity/authority/authority-file.ts';
import {
  abortRotation,
  advanceRotation,
  beginRotation,
  rootHashes,
  takeCertificates,
} from '../../src/identity/authority/root-rotation.ts';
import { IdentityError } from '../../src/identity/identity-error.ts';
import type { Clock, Log, Store } from '../../src/runtime/ports.ts';
import { Exclusive } from '../exclusive.ts';
import type { AuthorityKeeper } from './authority-keeper.ts';
import { awaitedCertificates, type LivingParts } from './living-certificates.ts';
import { type Awaited, awaited, type Known, skewed, type Wanted } from './trust-holders.ts';

export interface RotationDeskParts {
  readonly keeper: AuthorityKeeper;
  readonly known: () => readonly Known[];
  /** Whether gateways sign requests by certificates that they read from their store; they report nothing of them. */
  readonly signers: () => Promise<boolean>;
  /** Of the log of issuances. */
  readonly store: Store;
  /** Whether the certificate of a SPIFFE ID is denied: nobody needs to wait for it. */
  readonly isDenied: LivingParts['isDenied'];
  /** Whom the mesh believes has changed. */
  readonly onTrust: () => Promise<void>;
  readonly clock: Clock;
  readonly log: Log;
}

/** How far a rotation is. Times in milliseconds since the epoch, roots as SHA-256 in hexadecimal. */
export interface RotationStatus {
  readonly phase: RotationPhase;
  readonly startedAt: number;
  readonly since: number;
  readonly from: string;
  /** Empty while the next root is not known. */
  readonly to: string;
  /** The phase that comes next. */
  readonly next: RotationPhase | 'retire';
  readonly proxies: number;
  /** Those that keep it from coming. */
  readonly awaited: readonly Awaited[];
  /** Proxies whose clocks are off by more than two minutes. */
  readonly skewed: readonly string[];
}

/** A step that was not taken because proxies are not ready for it. */
export class NotReady extends Error {
  override readonly name = 'NotReady';
  readonly awaited: readonly Awaited[];

  constructor(awaited: readonly Awaited[]) {
    super(`${awaited.length} proxies are not ready`);
    this.awaited = awaited;
  }
}

/** Proxies report every five seconds; a control that has just started has heard of few, ms. */
const hearingMs = 7000;

/** Gateways look at their store every minute, which may be behind by as much, ms. */
const readMs = 120_000;

const NEXT: Readonly<Record<RotationPhase, RotationPhase | 'retire'>> = {
  prepare: 'distribute',
  distribute: 'activate',
  activate: 'retire',
};

/** Replaces the root of a mesh step by step, none before every proxy is ready for it. */
export class RotationDesk {
  readonly #parts: RotationDeskParts;
  readonly #steps = new Exclusive();
  readonly #openedAt: number;

  constructor(parts: RotationDeskParts) {
    this.#parts = parts;
    this.#openedAt = parts.clock.monotonic();
  }

  /** Undefined while none is under way. */
  async status(): Promise<RotationStatus | undefined> {
    const rotation = this.#parts.keeper.file?.rotation;
    if (rotation === undefined) return undefined;
    const { phase, startedAt, since, from, rootPem } = rotation;
    const [to = ''] = rootPem === undefined ? [] : await rootHashes(rootPem);
    const known = this.#parts.known();
    const waited = [
      ...this.#awaited(phase, to, known),
      ...(await this.#awaitedSigners(phase, since)),
      ...(await this.#awaitedCertificates(phase, since, known)),
    ];
    const next = NEXT[phase];
    return {
      phase,
      startedAt,
      since,
      from,
      to,
      next,
      proxies: known.length,
      awaited: waited,
      skewed: skewed(known),
    };
  }

  /** Gives the request (PKCS#10, PEM) that the holder of the next root is to certify. */
  begin(): Promise<string> {
    return this.#step(async (file, { keeper, clock }) => {
      const next = await keeper.nextKey();
      await keeper.replace(await beginRotation(file, next, clock.now()));
      return next.csr;
    });
  }

  /** Takes the next root and the intermediate that it made; true when a new intermediate of the root in use issues now. */
  take(made: { readonly rootPem: string; readonly intermediatePem: string }): Promise<boolean> {
    return this.#step(async (file, { keeper }) => {
      const taken = await takeCertificates(file, made);
      await keeper.test(taken);
      await keeper.replace(taken);
      return taken.rotation === undefined;
    });
  }

  /** Rejects with NotReady, unless it is forced, while proxies are not ready. */
  advance(to: RotationPhase | 'retire', force: boolean): Promise<void> {
    return this.#step(async (file, { keeper, clock, log, onTrust }) => {
      const status = await this.status();
      const moved = await advanceRotation(file, to, clock.now());
      if (status && status.awaited.length > 0 && !force) throw new NotReady(status.awaited);
      if (status && status.awaited.length > 0)
        log.warn('rotation forced', { to, awaited: status.awaited.map(({ proxy }) => proxy) });
      await keeper.replace(moved);
      log.info('rotation advanced', { to });
      await onTrust();
    });
  }

  abort(): Promise<void> {
    return this.#step(async (file, { keeper, log, onTrust }) => {
      await keeper.replace(await abortRotation(file));
      log.info('rotation aborted');
      await onTrust();
    });
  }

  #awaited(phase: RotationPhase, to: string, known: readonly Known[]): readonly Awaited[] {
    if (phase === 'prepare') return [];
    const { clock } = this.#parts;
    if (clock.monotonic() - this.#openedAt < hearingMs)
      return [{ proxy: 'control', instance: '', reason: 'has just started and waits for reports' }];
    const kind: Wanted['kind'] = phase === 'distribute' ? 'root' : 'certificate';
    return awaited(known, { kind, hash: to });
  }

  async #awaitedSigners(phase: RotationPhase, since: number): Promise<readonly Awaited[]> {
    const { clock, signers } = this.#parts;
    const left = since + readMs - clock.now();
    if (phase !== 'activate' || left <= 0 || !(await signers())) return [];
    const reason = `reads its new certificate within ${Math.ceil(left / 1000)} s`;
    return [{ proxy: 'gateway Worker', instance: '', reason }];
  }

  /** A proxy that was not heard of for long, or since control started, may come back with what it holds. */
  async #awaitedCertificates(phase: RotationPhase, since: number, known: readonly Known[]) {
    if (phase !== 'activate') return [];
    const { store, clock, isDenied } = this.#parts;
    const heard = new Set(known.map(({ heard }) => heard.owner));
    return awaitedCertificates({ store, since, now: clock.now(), heard, isDenied });
  }

  #step<T>(step: (file: AuthorityFile, parts: RotationDeskParts) => Promise<T>): Promise<T> {
    return this.#steps.run(async () => {
      const { file } = this.#parts.keeper;
      if (file !== undefined) return step(file, this.#parts);
      throw new IdentityError(
        'authority_rotation',
        'a plug-in CA is rotated by its files: docs/certificates.md',
      );
    });
  }
}
