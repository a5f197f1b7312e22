import { HeadSection } from '../../src/http/head-section.ts';
import { HeaderList } from '../../src/http/header-list.ts';
import type { CanonicalRequest } from '../../src/http/message.ts';
import { activate } from '../../src/proxy/activate.ts';
import type { Answers } from '../../src/proxy/decide/answers.ts';
import type { Connection } from '../../src/proxy/decide/connection.ts';
import type { JwtRule } from '../../src/snapshot/jwt-rule.ts';
import type { Policy, Rule } from '../../src/snapshot/policy.ts';
import {
  buildCluster,
  buildConnection,
  buildListener,
  buildPolicy,
  buildRequest,
  buildSnapshot,
  condition,
  exact,
  fixedInputs,
  prefix,
} from '../../test/support/snapshot.ts';
import type { Work } from '../call-time.ts';
import { issueTokens } from './issued-tokens.ts';
import { authenticatorAt } from './token-work.ts';

const HEADERS = [
  ['user-agent', 'python-requests/2.32.3'],
  ['accept', 'application/json'],
  ['accept-encoding', 'gzip'],
  ['end-user', 'jason'],
  ['cookie', 'session=eyJ1c2VyIjoiamFzb24ifQ.Zx1q2w'],
] as const;
/** A power of two: which request is next costs an AND. */
const REQUESTS = 64;
/** When everything is decided, ms since the epoch. */
export const NOW = Date.UTC(2026, 0, 1);

const SIDES: Readonly<Record<string, () => Work | Promise<Work>>> = {
  'no-policy': () => decisions([], spread(5)),
  'policy-5': () => decisions([allow(5, both)], spread(5)),
  'paths-5': () => decisions([allow(5, byPath)], spread(5)),
  'paths-1000': () => decisions([allow(1000, byPath)], spread(1000)),
  'principals-5': () => decisions([allow(5, byPrincipal)], spread(5)),
  'principals-1000': () => decisions([allow(1000, byPrincipal)], spread(1000)),
  'deny-5': () => decisions([deny(5)], spread(5)),
  'deny-1000': () => decisions([deny(1000)], spread(1000)),
  'no-token': () => tokenDecisions('x-token'),
  token: () => tokenDecisions('authorization'),
};

/** What one side does; rejects where its name is unknown. */
export async function policyWork(side: string): Promise<Work> {
  const build = SIDES[side];
  if (build === undefined) throw new Error(`no side ${side}`);
  return build();
}

type Asked = readonly (readonly [CanonicalRequest, Connection])[];
type RuleOf = (i: number) => Partial<Rule>;

const both: RuleOf = (i) => ({ ...byPrincipal(i), ...byPath(i) });
const byPrincipal: RuleOf = (i) => ({ from: [[condition('source.principal', [exact(principal(i))])]] });
const byPath: RuleOf = (i) => ({
  to: [[condition('request.method', [exact('GET')]), condition('request.path', [prefix(`/r${i}/`)])]],
});

function allow(count: number, rule: RuleOf): Policy {
  return buildPolicy(
    'ALLOW',
    Array.from({ length: count }, (_, i) => rule(i)),
  );
}

/** Nobody asks for what it denies. */
function deny(count: number): Policy {
  const rules = Array.from({ length: count }, (_, i) => ({
    to: [[condition('request.path', [prefix(`/r${i}/secret/`)])]],
  }));
  return buildPolicy('DENY', rules);
}

function principal(i: number): string {
  return `cluster.local/ns/default/sa/caller-${i}`;
}

/** Requests that reach first, last and everything between alike. */
function spread(count: number, headers: readonly (readonly [string, string])[] = HEADERS): Asked {
  return Array.from({ length: REQUESTS }, (_, k) => {
    const i = Math.floor(((k * 37) % REQUESTS) * (count / REQUESTS));
    const connection = buildConnection('inbound', { peer: principal(i) });
    return [buildRequest(`app/r${i}/items/42`, headers), connection] as const;
  });
}

interface Parts {
  readonly jwtRules?: JwtRule[];
  readonly answers?: Answers;
  /** Makes a request new again. */
  readonly forget?: (k: number) => void;
}

function decisions(policies: readonly Policy[], asked: Asked, parts: Parts = {}): Work {
  const { jwtRules, answers, forget = () => undefined } = parts;
  const clusters = [buildCluster('inbound|8080||', { discovery: { kind: 'application' } })];
  const inbound = [buildListener({ policies, ...(jwtRules && { jwtRules }) })];
  const active = activate(buildSnapshot({ inbound, clusters }));
  const inputs = { ...fixedInputs(0.5), now: NOW, answers };
  for (const [request, connection] of asked) {
    // A benchmark of wrong answers says nothing.
    const { kind } = active.decide(request, connection, inputs);
    if (kind !== 'forward') throw new Error(`${request.path} is not decided as it should be: ${kind}`);
  }
  let next = 0;
  return (times) => {
    let sum = 0;
    for (let i = 0; i < times; i++) {
      const k = next++ & (REQUESTS - 1);
      const [request, connection] = asked[k] as Asked[number];
      forget(k);
      sum += active.decide(request, connection, inputs).kind.length;
    }
    return sum;
  };
}

/**
 * Decisions where tokens are looked for, on requests that bring one which was judged before, each another, in the
 * header of this name. Every decision reads it out of the text of a head, as a proxy does: nobody has hashed it.
 */
async function tokenDecisions(name: string): Promise<Work> {
  const { rule, tokens } = await issueTokens('ES256', REQUESTS, NOW);
  const authenticator = authenticatorAt(NOW);
  await authenticator.learn(tokens.map((token) => ({ rule, token })));
  const read = spread(5).map(([request, connection], i) => {
    const head = readHead([...HEADERS, [name, `Bearer ${tokens[i]}`]]);
    return { ...head, asked: [{ ...request, headers: head.headers }, connection] as const };
  });
  const asked = read.map((one) => one.asked);
  const forget = (k: number) => {
    const values = read[k]?.values;
    if (values !== undefined) values[HEADERS.length] = undefined;
  };
  return decisions([], asked, { jwtRules: [rule], answers: { tokens: authenticator }, forget });
}

/** A head as a strict reader leaves it, and which of its values were looked at. */
function readHead(headers: readonly (readonly [string, string])[]) {
  const lines = headers.map(([name, value]) => `${name}: ${value}\r\n`);
  let end = 0;
  const ends = lines.map((line) => {
    end += line.length;
    return end;
  });
  const values: (string | undefined)[] = lines.map(() => undefined);
  const names = headers.map(([name]) => name);
  return { values, headers: new HeaderList(new HeadSection(lines.join(''), 0, names, ends, values)) };
}
