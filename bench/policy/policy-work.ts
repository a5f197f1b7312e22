import type { CanonicalRequest } from '../../src/http/message.ts';
import { activate } from '../../src/proxy/activate.ts';
import type { Answers } from '../../src/proxy/decide/answers.ts';
import type { Connection } from '../../src/proxy/decide/connection.ts';
import { TokenAuthenticator } from '../../src/proxy/token-authenticator.ts';
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

const HEADERS = [
  ['user-agent', 'python-requests/2.32.3'],
  ['accept', 'application/json'],
  ['accept-encoding', 'gzip'],
  ['end-user', 'jason'],
  ['cookie', 'session=eyJ1c2VyIjoiamFzb24ifQ.Zx1q2w'],
] as const;
/** A power of two: which request is next costs an AND. */
const REQUESTS = 64;
const NOW = Date.UTC(2026, 0, 1);

const SIDES: Readonly<Record<string, () => Work | Promise<Work>>> = {
  'no-policy': () => decisions([], spread(5)),
  'policy-5': () => decisions([allow(5, both)], spread(5)),
  'paths-5': () => decisions([allow(5, byPath)], spread(5)),
  'paths-1000': () => decisions([allow(1000, byPath)], spread(1000)),
  'principals-5': () => decisions([allow(5, byPrincipal)], spread(5)),
  'principals-1000': () => decisions([allow(1000, byPrincipal)], spread(1000)),
  'deny-5': () => decisions([deny(5)], spread(5)),
  'deny-1000': () => decisions([deny(1000)], spread(1000)),
  'no-token': () => tokenDecisions(false),
  token: () => tokenDecisions(true),
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

function decisions(policies: readonly Policy[], asked: Asked, jwtRules?: JwtRule[], answers?: Answers): Work {
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
      const [request, connection] = asked[next++ & (REQUESTS - 1)] as Asked[number];
      sum += active.decide(request, connection, inputs).kind.length;
    }
    return sum;
  };
}

/** Decisions where tokens are looked at, on requests with one that was judged before, or without. */
async function tokenDecisions(withToken: boolean): Promise<Work> {
  const { rule, token } = await issued();
  const quiet = { info: () => undefined, warn: () => undefined, error: () => undefined };
  const clock = { now: () => NOW, sleep: () => new Promise<void>(() => undefined) };
  const fetch = () => Promise.reject(new Error('keys are inline'));
  const tokens = new TokenAuthenticator({ fetch, clock, log: quiet });
  await tokens.learn([{ rule, token }]);
  const headers = withToken ? [...HEADERS, ['authorization', `Bearer ${token}`] as const] : HEADERS;
  return decisions([], spread(5, headers), [rule], { tokens });
}

async function issued(): Promise<{ rule: JwtRule; token: string }> {
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
  const { privateKey, publicKey } = await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const key = { ...(await crypto.subtle.exportKey('jwk', publicKey)), kid: 'k', alg: 'ES256' };
  const seconds = NOW / 1000;
  const claims = { iss: 'issuer.example', sub: 'jason', iat: seconds, exp: seconds + 3600 };
  const signed = [{ alg: 'ES256', kid: 'k' }, claims].map(base64url).join('.');
  const signature = await crypto.subtle.sign(algorithm, privateKey, new TextEncoder().encode(signed));
  const rule: JwtRule = {
    source: 'RequestAuthentication/default/app/jwtRules/0',
    issuer: 'issuer.example',
    audiences: [],
    keys: { kind: 'inline', jwks: JSON.stringify({ keys: [key] }) },
    places: [{ kind: 'header', name: 'authorization', prefix: 'Bearer ' }],
    forwardOriginalToken: true,
    outputClaimToHeaders: [],
    spaceDelimitedClaims: ['scope', 'permission'],
    timeoutMs: 5000,
  };
  return { rule, token: `${signed}.${Buffer.from(signature).toString('base64url')}` };
}

function base64url(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}
