import type { Row } from './harness.ts';

/** What a row must reach; between goal and bound it wants a reason, past the bound it is not done. */
export interface Bound {
  /** Of what: the row's figure itself, or its ratio to the peer. */
  readonly of: 'median' | 'ratio';
  readonly goal: number;
  readonly bound: number;
  /** More is better, as of throughput. Absent = less is. */
  readonly more?: boolean;
}

export type Verdict = 'pass' | 'between' | 'fail';

/** A row with what it must reach, as text, and whether it does; both null where nothing is asked of it. */
export interface JudgedRow extends Row {
  readonly bound: string | null;
  readonly verdict: Verdict | null;
}

const atMost = (goal: number, bound: number): Bound => ({ of: 'ratio', goal, bound });

const plaintext = { bun: atMost(1.5, 1.8), node: atMost(1.6, 1.9), deno: atMost(1.7, 2.1) };
const mutualTls = { bun: atMost(1.3, 1.6), node: atMost(1.5, 1.8), deno: atMost(1.9, 2.3) };
const tunnel: Bound = { of: 'ratio', goal: 0.7, bound: 0.7, more: true };
const absolute = (bound: number): Bound => ({ of: 'median', goal: bound, bound });
const idle = absolute(12);

const onEveryRuntime = (bound: Bound) => ({ bun: bound, node: bound, deno: bound, workerd: bound });
const faster: Bound = { of: 'ratio', goal: 50, bound: 50, more: true };

/** Bounds by row, all ratios to HAProxy in the same rounds where nothing else is said. */
const BOUNDS: ReadonlyMap<string, Bound> = new Map([
  ...named('plain', plaintext),
  ...named('plain-10k', plaintext),
  ...named('mtls', mutualTls),
  ...named('mtls-10k', mutualTls),
  ...named('chain', { bun: atMost(1.4, 1.8), deno: atMost(2, 2.5) }),
  // With a policy of five rules, a route, time-outs, metrics and traces; HAProxy with none of them.
  ...named('policy/plain', { bun: atMost(1.6, 1.9), node: atMost(1.7, 2), deno: atMost(1.8, 2.2) }),
  ...named('policy/mtls', { bun: atMost(1.4, 1.7), node: atMost(1.6, 1.9), deno: atMost(2, 2.4) }),
  ...named('handshake', { bun: atMost(0.7, 1), deno: atMost(1.1, 1.4) }),
  ...named('p99', { bun: atMost(2, 2), deno: atMost(3, 3) }),
  ...named('idle', { bun: idle, node: idle, deno: idle }),
  // A sidecar with 10,000 routes, in MB; and the share of a core that it needs for 1,000 requests/s.
  ...named('rss', { bun: absolute(80), deno: absolute(130) }),
  ...named('vcpu', { bun: absolute(0.1) }),
  ...named('tunnel/websocket', { bun: tunnel, node: tunnel, deno: tunnel }),
  ...named('tunnel/tcp', { bun: tunnel, node: tunnel, deno: tunnel }),
  // To memoirist's bare lookup of the path; then to the smallest table; then to decide() in the same table.
  ...named('decide', onEveryRuntime(atMost(8, 15))),
  ...named('hosts', onEveryRuntime(atMost(1.5, 1.5))),
  ...named('growth', onEveryRuntime(atMost(6, 6))),
  ...named('growth-10k', onEveryRuntime(atMost(3, 3))),
  ...named('linear', { node: faster, deno: faster }),
  // To the same decision without a policy or a token; then to five rules.
  ...(['policy-5', 'paths-1000', 'principals-1000', 'deny-1000', 'token'] as const).flatMap((row) => [
    ...named(row, { node: atMost(2, 2), deno: atMost(2, 2), bun: atMost(2, 2) }),
  ]),
  // A token that nobody has seen, to jose's jwtVerify with the same key.
  ...(['verify-es256', 'verify-rs256'] as const).flatMap((row) => [
    ...named(row, { node: atMost(1.2, 1.2), deno: atMost(1.2, 1.2), bun: atMost(1.2, 1.2) }),
  ]),
  // A request signed at one end and verified at the other, to Ed25519 alone over as many octets.
  ...named('signed-hop', onEveryRuntime(atMost(1.5, 1.5))),
  // A leaf from its request to the log of issuances, to the library's bare creation of it.
  ...named('mint', { node: atMost(1.3, 1.3), deno: atMost(1.3, 1.3), bun: atMost(1.3, 1.3) }),
  // What a gateway that has loaded nothing spends on its first request, in ms, and its reads of KV.
  ['cold/workerd', { of: 'median', goal: 20, bound: 20 }],
  ...named('swap', { bun: atMost(2, 2), node: atMost(2, 2), deno: atMost(2, 2) }),
  ['cold-reads/workerd', { of: 'median', goal: 3, bound: 3 }],
  // Per resource, to the same step of 100 resources; together to the bare yaml parse.
  ...(['validate', 'analyze', 'compile'] as const).map((step): [string, Bound] => [
    `config/${step}-10000`,
    atMost(1.5, 1.5),
  ]),
  ['config/together', atMost(3, 5)],
  // To a bare node:http2 proxy on the same runtime.
  ...named('grpc', { bun: atMost(2, 2), node: atMost(2, 2), deno: atMost(2, 2) }),
]);

/** The peers that must cost more than ours: on their own runtime, or on all of them where they have none. */
const SLOWER: ReadonlyMap<string, readonly string[]> = new Map([
  ['caddy', ['bun', 'deno', 'node']],
  ['node-undici', ['node']],
  ['http-proxy', ['node']],
  ['fastify', ['node']],
  ['hono-node', ['node']],
  ['hono-deno', ['deno']],
  ['hono-bun', ['bun']],
  ['serve-deno', ['deno']],
  ['serve-bun', ['bun']],
]);

/** Judges the rows of one comparison. */
export function judge(rows: readonly Row[]): JudgedRow[] {
  const figures = new Map(rows.map(({ name, median }) => [name, median]));
  return rows.map((row) => ({ ...row, ...(judgeOwn(row) ?? judgePeer(row, figures) ?? NOTHING) }));
}

type Judgement = Pick<JudgedRow, 'bound' | 'verdict'>;
const NOTHING: Judgement = { bound: null, verdict: null };

function judgeOwn({ name, median, ratio }: Row): Judgement | undefined {
  const asked = BOUNDS.get(name);
  const figure = asked?.of === 'ratio' ? ratio : median;
  if (asked === undefined || figure === null) return undefined;
  const { goal, bound, more = false } = asked;
  const reaches = (limit: number) => (more ? figure >= limit : figure <= limit);
  const verdict = reaches(goal) ? 'pass' : reaches(bound) ? 'between' : 'fail';
  const sign = more ? '≥' : '≤';
  return { bound: goal === bound ? `${sign} ${bound}` : `${sign} ${goal}, ${bound}`, verdict };
}

function judgePeer({ name, median }: Row, figures: ReadonlyMap<string, number>): Judgement | undefined {
  const slash = name.lastIndexOf('/');
  const hop = name.slice(0, slash);
  // How new connections, tunnels and tails of others compare is told, not asked.
  if (!REQUESTS.has(hop)) return undefined;
  const ours = (SLOWER.get(name.slice(slash + 1)) ?? []).filter((own) => figures.has(`${hop}/${own}`));
  if (ours.length === 0) return undefined;
  const slower = ours.every((own) => median > (figures.get(`${hop}/${own}`) ?? Number.NaN));
  return { bound: `> ${ours.join(', ')}`, verdict: slower ? 'pass' : 'fail' };
}

const REQUESTS: ReadonlySet<string> = new Set(['plain', 'plain-10k', 'mtls', 'mtls-10k']);

function named(hop: string, bounds: Readonly<Record<string, Bound>>): [string, Bound][] {
  return Object.entries(bounds).map(([proxy, bound]) => [`${hop}/${proxy}`, bound]);
}
