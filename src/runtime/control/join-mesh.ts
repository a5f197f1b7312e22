import { existsSync, readFileSync } from 'node:fs';
import { type JoinBundle, parseJoinBundle } from '../../identity/join-bundle.ts';
import { type Membership, membershipText, parseMembership } from '../../identity/membership.ts';
import type { TrustKeeper, TrustKeeperParts } from '../../snapshot/trust-keeper.ts';
import type { Clock, Log, Random } from '../ports.ts';
import type { StateDirectory } from '../store/state-directory.ts';
import { ControlRefused } from './control-connection.ts';
import type { EvidenceSource } from './evidence.ts';
import { isBusy, whileBusy } from './while-busy.ts';
import { WorkloadIdentity } from './workload-identity.ts';

const file = 'membership.json';

/** What a proxy is told to start from. */
export interface JoinSource {
  /** File of the join bundle, mode 0600; it need not be there any more once `state` holds what came of it. */
  readonly join: string | undefined;
  readonly state: StateDirectory | undefined;
  /** What there is to be attested with in place of a join token; absent = nothing. */
  readonly evidence?: EvidenceSource | undefined;
}

export interface JoinParts {
  /** `TrustKeeper.restore`. */
  readonly keepTrust: (parts: TrustKeeperParts) => Promise<TrustKeeper>;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

export interface Joined {
  readonly membership: Membership;
  readonly identity: WorkloadIdentity;
  /** Which roots are believed. */
  readonly trust: TrustKeeper;
}

/**
 * Joins the mesh: with the certificate that was kept while it is valid; without one by the token of the join bundle,
 * by other evidence, or by the key of a certificate that is over. Rejects when none is to be had.
 */
export async function joinMesh({ join, state, evidence }: JoinSource, parts: JoinParts): Promise<Joined> {
  const written = join === undefined || !existsSync(join) ? undefined : readJoin(readFileSync(join, 'utf8'));
  const membership = written?.membership ?? storedMembership(state);
  if (membership === undefined) throw new Error(nothingToJoinWith(join, state));
  const trust = await parts.keepTrust({ membership, state, log: parts.log });
  const known = { ...parts, state, membership, trust, evidence };
  const restored = await WorkloadIdentity.restore(known);
  const identity = restored ?? (await whileBusy(first, parts));
  if (written !== undefined) state?.write(file, membershipText(written.membership));
  return { membership, identity, trust };

  async function first(): Promise<WorkloadIdentity> {
    if (written?.bundle !== undefined) return WorkloadIdentity.join(written.bundle, known);
    if (evidence !== undefined) return WorkloadIdentity.attest({ ...known, evidence });
    const returned = await WorkloadIdentity.reAttest(known).catch((error: unknown) => {
      if (!(error instanceof ControlRefused) || isBusy(error)) throw error;
      throw new Error(`${nothingToProve(join, state)}; the old certificate was not taken: ${error.message}`);
    });
    if (returned !== undefined) return returned;
    throw new Error(nothingToProve(join, state));
  }
}

interface WrittenJoin {
  readonly membership: Membership;
  /** The same with a token. */
  readonly bundle?: JoinBundle;
}

/** A join bundle, or one without its token: that says which mesh it is, and something else who we are. */
function readJoin(text: string): WrittenJoin {
  if (!/"token"\s*:/.test(text)) return { membership: parseMembership(text) };
  const bundle = parseJoinBundle(text);
  return { membership: bundle, bundle };
}

function nothingToProve(join: string | undefined, state: StateDirectory | undefined): string {
  if (state?.read('identity.json') !== undefined)
    return `no certificate in ${state.path} is valid: a new join bundle is needed (--join FILE)`;
  return `${join} has no token, and there is nothing else to be attested with (--attest-token-file FILE)`;
}

function storedMembership(state: StateDirectory | undefined): Membership | undefined {
  const text = state?.read(file);
  return text === undefined ? undefined : parseMembership(text);
}

function nothingToJoinWith(join: string | undefined, state: StateDirectory | undefined): string {
  const missing =
    join === undefined ? 'no join bundle is given (--join FILE)' : `there is no join bundle ${join}`;
  return state === undefined ? missing : `${missing}, and ${state.path} holds no earlier membership`;
}
