import type { Position } from '../../src/config/diagnostic.ts';
import type { FieldPath } from '../../src/config/resource/resource.ts';
import { HeaderList } from '../../src/http/header-list.ts';
import { clusterText } from '../../src/proxy/compare/differences.ts';
import { applyEdits, applyResponseEdits } from '../../src/proxy/decide/apply-edits.ts';
import type { Reply } from '../../src/proxy/decide/decision.ts';
import type { Hop } from '../../src/proxy/explain/explain-hops.ts';
import { type ActualShare, destinationMismatch } from './destination-match.ts';
import type { Failure, Observation } from './test-case.ts';
import type { Expectation } from './weft-format.ts';

type Field = keyof Expectation;

/** What of an expectation is not met. `at` tells where a field of it is written. */
export function judgeExpectation(
  expected: Expectation,
  observed: Observation,
  at: (path: FieldPath) => Position,
): Failure[] {
  return (Object.keys(expected) as Field[]).flatMap((field) => {
    const messages = checks[field]?.(expected, observed) ?? [];
    return messages.map((message) => ({ position: at([field]), message: `${field}: ${message}` }));
  });
}

type Check = (expected: Expectation, observed: Observation) => readonly string[];

const checks: Readonly<Record<Field, Check>> = {
  destination: ({ destination }, observed) => {
    const wanted = destination ?? [];
    const shares = sharesOf(observed);
    if (shares.length === 0)
      return [`expected ${wanted.map(({ service }) => service).join(', ')}; ${outcomeText(observed)}`];
    return destinationMismatch(wanted, shares);
  },
  route: ({ route }, { hops: [first] }) => {
    const chosen = first?.entries.find(({ step, verdict }) => step === 'route' && verdict === 'match');
    const name = /^route (.*) matches$/.exec(chosen?.text ?? '')?.[1] ?? 'none';
    return differs(route, name);
  },
  rewrite: ({ rewrite }, observed) => {
    const sent = forwarded(observed);
    if (sent === undefined) return [`expected a rewritten request; ${outcomeText(observed)}`];
    return [
      ...differs(rewrite?.path, sent.path + sent.query, 'path '),
      ...differs(rewrite?.authority, sent.authority, 'authority '),
    ];
  },
  headers: ({ headers }, observed) => [
    ...headerMismatches(headers?.request, forwarded(observed)?.headers, 'request', observed),
    ...headerMismatches(headers?.response, responseHeaders(observed), 'response', observed),
  ],
  redirect: ({ redirect }, observed) => {
    const reply = replyOf(observed);
    const location = reply?.headers.find(([name]) => name === 'location')?.[1];
    if (reply === undefined || location === undefined)
      return [`expected a redirect; ${outcomeText(observed)}`];
    const { location: wanted, status } = redirect ?? {};
    return [...differs(wanted, location, 'location '), ...differs(status, reply.status, 'status ')];
  },
  status: ({ status }, observed) => {
    const actual = observed.refusal?.status ?? replyOf(observed)?.status;
    return actual === undefined ? [`expected ${status}; ${outcomeText(observed)}`] : differs(status, actual);
  },
  body: ({ body }, observed) => {
    const actual = replyOf(observed)?.body;
    return actual === undefined ? [`expected an answer; ${outcomeText(observed)}`] : differs(body, actual);
  },
  policy: ({ policy }, { hops }) => {
    const refused = hops.find(({ decision }) => isDenied(decision));
    const actual = refused ? 'deny' : 'allow';
    const wrong = differs(policy?.decision, actual);
    if (wrong.length > 0)
      return [`${wrong[0]}${refused ? ` by ${refused.proxy}, ${reasonOf(refused)}` : ''}`];
    return policy?.name === undefined ? [] : policyMismatch(policy.name, refused, hops);
  },
};

function differs(wanted: unknown, actual: unknown, what = ''): string[] {
  return wanted === undefined || wanted === actual ? [] : [`expected ${what}${wanted}, got ${actual}`];
}

/** The policy that must have decided, as `name` or `namespace/name`. */
function policyMismatch(name: string, refused: Hop | undefined, hops: readonly Hop[]): string[] {
  const text = name.includes('/')
    ? `ns[${name.split('/')[0]}]-policy[${name.split('/')[1]}]`
    : `-policy[${name}]`;
  const told = refused
    ? [reasonOf(refused)]
    : hops.flatMap(({ entries }) => entries.filter(isMatchedPolicy).map((entry) => entry.text));
  return told.some((one) => one.includes(text))
    ? []
    : [`expected policy ${name} to decide, got ${told.join(', ') || 'none'}`];
}

function isMatchedPolicy({ step, verdict }: Hop['entries'][number]): boolean {
  return step === 'authorise' && verdict === 'match';
}

function isDenied(decision: Hop['decision']): boolean {
  return (
    decision.kind === 'reply' &&
    /^(?:rbac_access_denied|ext_authz|jwt_authn|peer_authentication)/.test(decision.details)
  );
}

function reasonOf({ decision }: Hop): string {
  return decision.kind === 'reply' ? decision.details : '';
}

function headerMismatches(
  wanted: Readonly<Record<string, string | null>> | undefined,
  actual: HeaderList | undefined,
  side: string,
  observed: Observation,
): string[] {
  if (wanted === undefined) return [];
  if (actual === undefined) return [`expected ${side} headers; ${outcomeText(observed)}`];
  return Object.entries(wanted).flatMap(([name, value]) => {
    const found = actual.get(name.toLowerCase());
    return found === (value ?? undefined)
      ? []
      : [`expected ${side} ${name} ${shown(value)}, got ${shown(found)}`];
  });
}

const shown = (value: string | null | undefined): string =>
  value == null ? 'absent' : JSON.stringify(value);

/** The answer of the first proxy that gives one itself. */
function replyOf({ hops }: Observation): Reply | undefined {
  for (const { decision } of hops) if (decision.kind === 'reply') return decision;
  return undefined;
}

/** The request as the first proxy sends it on. */
function forwarded({ hops: [first] }: Observation) {
  if (first?.decision.kind !== 'forward') return undefined;
  return applyEdits(first.request, first.decision.requestEdits);
}

/** What the first proxy makes of an empty response, or what it answers itself. */
function responseHeaders({ hops: [first] }: Observation): HeaderList | undefined {
  if (first?.decision.kind === 'reply') return HeaderList.from(first.decision.headers);
  if (first?.decision.kind !== 'forward') return undefined;
  return applyResponseEdits(HeaderList.from([]), first.decision.responseEdits);
}

/** Also of a route whose cluster is missing. */
function sharesOf({ hops: [first] }: Observation): readonly ActualShare[] {
  if (first === undefined) return [];
  const { decision, destinations } = first;
  if (destinations.length > 0) return destinations;
  return decision.kind === 'forward' ? [{ cluster: decision.cluster, weight: 1 }] : [];
}

/** What became of the request, for failures. */
function outcomeText(observed: Observation): string {
  if (observed.refusal) return observed.refusal.message;
  const refused = observed.hops.find(({ decision }) => decision.kind === 'reply');
  if (refused?.decision.kind === 'reply')
    return `${refused.proxy} answers ${refused.decision.status} (${refused.decision.details})`;
  const asked = observed.hops.find(({ decision }) => decision.kind === 'ask');
  if (asked?.decision.kind === 'ask') return `${asked.proxy} asks for ${asked.decision.need}`;
  const shares = sharesOf(observed).map(({ cluster }) => clusterText(cluster));
  return `it is forwarded to ${shares.join(', ') || 'nobody'}`;
}
