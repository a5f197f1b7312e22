import { parseSpiffeId, SpiffeError, type SpiffeId, workloadOf } from '../../src/identity/spiffe.ts';
import { assumedToken } from '../../src/proxy/explain/assumed-answers.ts';
import { explainFrom, type Hop } from '../../src/proxy/explain/explain-hops.ts';
import type { Assumptions, MeshPath, Stop } from '../../src/proxy/explain/mesh-path.ts';
import { isUnreadable, readRequest, type Unreadable } from '../../src/proxy/explain/read-request.ts';
import type { Snapshot } from '../../src/snapshot/snapshot.ts';
import { targetName } from '../../src/snapshot/target.ts';
import { CommandError, exitCode } from '../exit-code.ts';

/** A request, and who sends it to whom. */
export interface Question extends Assumptions {
  readonly method: string;
  /** Absolute, of http or https. */
  readonly url: string;
  /** `name: value` each. */
  readonly headers: readonly string[];
  /** The calling workload: `name` or `namespace/name`. */
  readonly from?: string;
  /** Whose proxy judges: `gateway`, or a workload to whose sidecar the request comes straight. */
  readonly target?: string;
}

/** Snapshots of a mesh by target name. */
export type Snapshots = ReadonlyMap<string, Snapshot>;

/** Where a question starts, or why the door of the proxy refuses it. Throws CommandError where nobody could ask it. */
export function stopOf(question: Question, snapshots: Snapshots, path: MeshPath): Stop | Unreadable {
  const server = question.target === undefined ? undefined : workloadNamed(snapshots, question.target);
  const caller = server ?? callerOf(question, snapshots);
  const request = readRequest(withToken(question), caller);
  if (isUnreadable(request)) {
    if (request.cause === 'refused') return request;
    throw new CommandError(request.message, exitCode.usage);
  }
  if (server === undefined) return path.entrance(request, caller, question);
  const from = question.from === undefined ? undefined : sidecarNamed(snapshots, question.from);
  const principal = question.principal ?? (from && accountOf(from));
  return path.arrival(request, server, request.port, principal ? { ...question, principal } : question);
}

/** Claims come in a token: one that holds them is sent where the question brings none. */
function withToken(question: Question): Question {
  const { claims, headers } = question;
  if (claims === undefined || headers.some((line) => /^authorization\s*:/i.test(line))) return question;
  return { ...question, headers: [...headers, `authorization: Bearer ${assumedToken(claims)}`] };
}

/**
 * Every proxy on the way and what it says (`brief`: without what only came near), or why the door refuses the request.
 * Throws CommandError.
 */
export function answerOf(
  question: Question,
  snapshots: Snapshots,
  path: MeshPath,
  brief = false,
): Hop[] | Unreadable {
  const stop = stopOf(question, snapshots, path);
  return 'cause' in stop ? stop : explainFrom(path, stop, question, brief);
}

/** `spiffe://td/ns/a/sa/b`, or as policies write it, `td/ns/a/sa/b`. Throws CommandError. */
export function parsePrincipal(text: string): SpiffeId {
  try {
    return parseSpiffeId(text.startsWith('spiffe://') ? text : `spiffe://${text}`);
  } catch (error) {
    if (!(error instanceof SpiffeError)) throw error;
    const form = 'write spiffe://cluster.local/ns/<namespace>/sa/<account>';
    throw new CommandError(`${text} is no principal (${error.message}); ${form}`, exitCode.usage);
  }
}

/** The proxy that a request meets first: a sidecar of `from` or of the principal's account, else the gateway. */
function callerOf({ from, principal, target }: Question, snapshots: Snapshots): Snapshot {
  if (from !== undefined) return sidecarNamed(snapshots, from);
  const own = principal && target === undefined ? sidecarOf(snapshots, principal) : undefined;
  const gateway = [...snapshots.values()].find((one) => one.target.kind === 'gateway');
  if (own ?? gateway) return (own ?? gateway) as Snapshot;
  throw new CommandError('the configuration has no gateway', exitCode.badInput);
}

function sidecarOf(snapshots: Snapshots, principal: SpiffeId): Snapshot | undefined {
  const workload = workloadOf(principal);
  return [...snapshots.values()].find(
    ({ target, trustDomain }) =>
      target.kind === 'sidecar' &&
      target.namespace === workload?.namespace &&
      target.serviceAccount === workload.serviceAccount &&
      trustDomain === principal.trustDomain,
  );
}

function accountOf({ trustDomain, target }: Snapshot): SpiffeId {
  return { trustDomain, path: `/ns/${target.namespace}/sa/${target.serviceAccount}` };
}

/** Undefined for the gateway. */
function workloadNamed(snapshots: Snapshots, name: string): Snapshot | undefined {
  if (name === 'gateway' || name.startsWith('gateway/')) return undefined;
  return sidecarNamed(snapshots, name);
}

function sidecarNamed(snapshots: Snapshots, name: string): Snapshot {
  const sidecars = [...snapshots.values()].filter(({ target }) => target.kind === 'sidecar');
  const found = sidecars.find(({ target }) =>
    [target.name, `${target.namespace}/${target.name}`, targetName(target)].includes(name),
  );
  if (found) return found;
  const names = sidecars.map(({ target }) => target.name).join(', ');
  throw new CommandError(`no workload ${name}; there are: ${names || 'none'}`, exitCode.usage);
}
