import { existsSync, readFileSync } from 'node:fs';
import { parseJoinBundle } from '../../identity/join-bundle.ts';
import { type Membership, membershipText, parseMembership } from '../../identity/membership.ts';
import type { Clock, Log, Random } from '../ports.ts';
import type { StateDirectory } from '../store/state-directory.ts';
import { WorkloadIdentity } from './workload-identity.ts';

const file = 'membership.json';

/** What a proxy is told to start from. */
export interface JoinSource {
  /** File of the join bundle, mode 0600; it need not be there any more once `state` holds what came of it. */
  readonly join: string | undefined;
  readonly state: StateDirectory | undefined;
}

export interface JoinParts {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

export interface Joined {
  readonly membership: Membership;
  readonly identity: WorkloadIdentity;
}

/**
 * Joins the mesh: with the certificate that was kept while it is valid, and only without one by redeeming the join
 * token. Rejects when neither is to be had.
 */
export async function joinMesh({ join, state }: JoinSource, parts: JoinParts): Promise<Joined> {
  const bundle =
    join === undefined || !existsSync(join) ? undefined : parseJoinBundle(readFileSync(join, 'utf8'));
  const membership = bundle ?? storedMembership(state);
  if (membership === undefined) throw new Error(nothingToJoinWith(join, state));
  const identity = (await WorkloadIdentity.restore({ ...parts, state, membership })) ?? (await redeem());
  if (bundle !== undefined) state?.write(file, membershipText(bundle));
  return { membership, identity };

  function redeem(): Promise<WorkloadIdentity> {
    if (bundle !== undefined) return WorkloadIdentity.join(bundle, { ...parts, state });
    throw new Error(`no certificate in ${state?.path} is valid: a new join bundle is needed (--join FILE)`);
  }
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
