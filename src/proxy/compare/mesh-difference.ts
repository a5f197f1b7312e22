import type { SpiffeId } from '../../identity/spiffe.ts';
import type { Snapshot } from '../../snapshot/snapshot.ts';
import { assumedToken } from '../explain/assumed-answers.ts';
import type { Assumptions, Stop } from '../explain/mesh-path.ts';
import { isUnreadable, type RequestText, readRequest } from '../explain/read-request.ts';
import { type Draft, draftText } from './boundary/draft.ts';
import { type CallerDraft, policyDrafts } from './boundary/policy-drafts.ts';
import { MAX_DRAFTS, routeDrafts } from './boundary/route-drafts.ts';
import type { Judge } from './judge.ts';
import type { Meaning } from './meaning.ts';
import { tablePairs } from './table-pairs.ts';

/** One configuration: its snapshots by target name, and who judges by them. */
export interface Configured {
  readonly snapshots: ReadonlyMap<string, Snapshot>;
  readonly judge: Judge;
}

/** What a generated request means to both. */
export interface Comparison {
  readonly before: Meaning;
  readonly after: Meaning;
  readonly request: RequestText;
  readonly caller: Assumptions;
  /** Target names of the proxies that say so. */
  readonly proxies: readonly string[];
}

/** What comparing two configurations says besides its comparisons. */
export interface Extent {
  /** Target names that only one of the two has. */
  readonly gone: readonly string[];
  readonly added: readonly string[];
  /** Hosts with more edges than requests were made. */
  readonly cut: readonly string[];
}

/**
 * Compares two configurations by requests made for both: on the routes of every host that are not the same, and on
 * the policies of every port that are not. Equal pairs of several proxies are asked once.
 */
export function compareMeshes(
  before: Configured,
  after: Configured,
  tell: (comparison: Comparison) => void,
): Extent {
  const names = [...before.snapshots.keys()].filter((name) => after.snapshots.has(name));
  const work = new Map<string, Work>();
  for (const name of names) for (const one of workOf(name, before, after)) merge(work, one);
  const cut = [...work.values()].flatMap((one) => one.run(tell));
  return {
    gone: [...before.snapshots.keys()].filter((name) => !after.snapshots.has(name)),
    added: [...after.snapshots.keys()].filter((name) => !before.snapshots.has(name)),
    cut,
  };
}

/** Requests for one pair that is not the same. `run` gives the hosts that it could not ask about in full. */
interface Work {
  readonly key: string;
  readonly proxies: string[];
  run(tell: (comparison: Comparison) => void): readonly string[];
}

function merge(work: Map<string, Work>, one: Work): void {
  const known = work.get(one.key);
  if (known === undefined) work.set(one.key, one);
  else known.proxies.push(...one.proxies);
}

function workOf(name: string, before: Configured, after: Configured): Work[] {
  const [old, now] = [before.snapshots.get(name), after.snapshots.get(name)];
  if (old === undefined || now === undefined) return [];
  const pair: Pair = { name, old, now, before, after };
  return [...routeWork(pair), ...undeclaredWork(pair), ...policyWork(pair)];
}

interface Pair {
  readonly name: string;
  readonly old: Snapshot;
  readonly now: Snapshot;
  readonly before: Configured;
  readonly after: Configured;
}

function routeWork(pair: Pair): Work[] {
  const { kind } = pair.old.target;
  return tablePairs(pair.old, pair.now, pair.after.judge.path.gateway === 'sockets').map((table) => {
    const proxies = [pair.name];
    return {
      key: `${kind} ${table.key}`,
      proxies,
      run: (tell) => {
        const hosts = [table.before, table.after].filter((one) => one !== undefined);
        const drafts = routeDrafts(table.authority, hosts, table.scheme);
        for (const draft of drafts) askEntrance(draftText(draft), callerOf(draft), pair, proxies, tell);
        return drafts.length < MAX_DRAFTS ? [] : [table.authority];
      },
    };
  });
}

/** Hosts that nobody declared, where outboundTrafficPolicy is not the same. */
function undeclaredWork(pair: Pair): Work[] {
  const { old, now, name } = pair;
  if (old.outboundTrafficPolicy === now.outboundTrafficPolicy || old.target.kind === 'gateway') return [];
  const proxies = [name];
  const request = { method: 'GET', url: 'http://undeclared.example/', headers: [] };
  const run: Work['run'] = (tell) => {
    askEntrance(request, {}, pair, proxies, tell);
    return [];
  };
  return [{ key: 'undeclared', proxies, run }];
}

function policyWork(pair: Pair): Work[] {
  const { old, now } = pair;
  const ports = old.inbound.filter((listener) => now.inbound.some(({ port }) => port === listener.port));
  const inbound = ports.flatMap((listener) => {
    const other = now.inbound.find(({ port }) => port === listener.port);
    const same = JSON.stringify([listener.policies, listener.mtls, listener.jwtRules]);
    if (other === undefined || same === JSON.stringify([other.policies, other.mtls, other.jwtRules]))
      return [];
    return [policyWorkOf(pair, listener.port, listener, other)];
  });
  const [was, is] = [old.gateway ?? nothing, now.gateway ?? nothing];
  const judged = ({ policies, jwtRules }: Protection) => JSON.stringify([policies, jwtRules]);
  return judged(was) === judged(is) ? inbound : [...inbound, policyWorkOf(pair, undefined, was, is)];
}

/** What decides who may ask. */
type Protection = Pick<Snapshot['inbound'][number], 'policies' | 'jwtRules'>;

const nothing: Protection = { policies: [] };

/** `port` is the workload port; undefined at a gateway. */
function policyWorkOf(pair: Pair, port: number | undefined, was: Protection, is: Protection): Work {
  const { old, name } = pair;
  const proxies = [name];
  const authority = port === undefined ? gatewayHost(old) : `${old.target.name}:${port}`;
  const run: Work['run'] = (tell) => {
    const policies = [...was.policies, ...is.policies];
    const jwtRules = [...(was.jwtRules ?? []), ...(is.jwtRules ?? [])];
    const scope = { known: accountsOf(pair), trustDomain: old.trustDomain, jwtRules };
    for (const draft of policyDrafts(authority, policies, scope))
      askPolicies(draft, pair, port, proxies, tell);
    return [];
  };
  return { key: `policies ${name} ${port ?? ''}`, proxies, run };
}

/** A host that the gateway serves, so that what policies let through finds a route. */
function gatewayHost({ gateway }: Snapshot): string {
  const domains = (gateway?.virtualHosts ?? []).flatMap((host) => host.domains);
  return (domains[0] ?? 'any.example').replace(/^\*$/, 'any.example').replace(/^\*/, 'any');
}

function accountsOf({ old, before }: Pair): SpiffeId[] {
  const targets = [...before.snapshots.values()].filter(({ target }) => target.kind === 'sidecar');
  const paths = targets.map(({ target }) => `/ns/${target.namespace}/sa/${target.serviceAccount}`);
  return [...new Set(paths)].map((path) => ({ trustDomain: old.trustDomain, path }));
}

type Tell = (comparison: Comparison) => void;

function askEntrance(
  request: RequestText,
  caller: Assumptions,
  pair: Pair,
  proxies: readonly string[],
  tell: Tell,
): void {
  const [before, after] = [
    meaningAt(request, pair.old, pair.before, caller, undefined),
    meaningAt(request, pair.now, pair.after, caller, undefined),
  ];
  if (before !== undefined && after !== undefined) tell({ before, after, request, caller, proxies });
}

function callerOf({ claims }: Draft): Assumptions {
  return claims === undefined ? {} : { claims };
}

function askPolicies(
  { draft, principal, remoteAddress }: CallerDraft,
  pair: Pair,
  port: number | undefined,
  proxies: readonly string[],
  tell: Tell,
): void {
  const request = draftText(draft);
  const caller = { ...callerOf(draft), remoteAddress, ...(principal && { principal }) };
  const [before, after] = [
    meaningAt(request, pair.old, pair.before, caller, port),
    meaningAt(request, pair.now, pair.after, caller, port),
  ];
  if (before !== undefined && after !== undefined) tell({ before, after, request, caller, proxies });
}

/** Undefined for what no client could send, and no proxy would take. */
function meaningAt(
  text: RequestText,
  snapshot: Snapshot,
  { judge }: Configured,
  caller: Assumptions,
  port: number | undefined,
): Meaning | undefined {
  const { claims } = caller;
  const token = claims === undefined ? [] : [`authorization: Bearer ${assumedToken(claims)}`];
  const request = readRequest({ ...text, headers: [...text.headers, ...token] }, snapshot);
  if (isUnreadable(request)) return undefined;
  const stop: Stop =
    port === undefined
      ? judge.path.entrance(request, snapshot, caller)
      : judge.path.arrival(request, snapshot, port, caller);
  return judge.meaningHere(stop).meaning;
}
