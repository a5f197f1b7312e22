import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { knownAnswers, learn, unansweredDetails } from '../../src/proxy/learn.ts';
import { TokenAuthenticator } from '../../src/proxy/token-authenticator.ts';
import type { JwtRule } from '../../src/snapshot/jwt-rule.ts';
import type { Snapshot } from '../../src/snapshot/snapshot.ts';
import { tokenIssuer } from '../support/token-issuer.ts';

const now = 1_800_000_000_000;
const issuer = await tokenIssuer();
const token = await issuer.sign({ iss: 'a', sub: 'alice' });

function rule(fields: Partial<JwtRule> = {}): JwtRule {
  return {
    source: '',
    issuer: 'a',
    audiences: [],
    keys: { kind: 'uri', uri: 'https://a.example/jwks' },
    places: [{ kind: 'param', name: 't' }],
    forwardOriginalToken: false,
    outputClaimToHeaders: [],
    spaceDelimitedClaims: [],
    timeoutMs: 5000,
    ...fields,
  };
}

function snapshotOf(...jwtRules: readonly JwtRule[]): Snapshot {
  return {
    format: 1,
    target: { kind: 'gateway', namespace: 'default', name: 'edge', serviceAccount: 'edge', labels: [] },
    trustDomain: 'cluster.local',
    pathNormalization: 'BASE',
    inbound: [],
    outbound: [],
    outboundTrafficPolicy: 'ALLOW_ANY',
    gateway: { virtualHosts: [], policies: [], servers: [], jwtRules },
    clusters: [],
  };
}

function authenticator() {
  const fetched: string[] = [];
  const warned: string[] = [];
  const log = {
    info: () => undefined,
    warn: (event: string) => void warned.push(event),
    error: () => undefined,
  };
  const fetch = async (uri: string) => {
    fetched.push(uri);
    if (uri.includes('down')) throw new Error('down');
    return issuer.keySet();
  };
  const clock = { now: () => now, sleep: () => new Promise<void>(() => undefined) };
  return { fetched, warned, tokens: new TokenAuthenticator({ fetch, clock, log }) };
}

describe('what a proxy knows of tokens', () => {
  test('a token is unknown until it was asked about, and known after', async () => {
    const { fetched, tokens } = authenticator();
    const own = rule();
    assert.equal(tokens.verdict(own, token, now), undefined);
    const answers = await tokens.learn([{ rule: own, token }]);
    assert.equal(answers.verdict(own, token, now)?.kind, 'verified');
    assert.equal(tokens.verdict(own, token, now)?.kind, 'verified');
    assert.deepEqual(fetched, ['https://a.example/jwks']);
  });

  test('a refusal is told to the request that asked, and not kept', async () => {
    const { tokens } = authenticator();
    const own = rule({ issuer: 'b' });
    const answers = await tokens.learn([{ rule: own, token }]);
    assert.deepEqual(answers.verdict(own, token, now), { kind: 'refused', reason: 'issuer' });
    assert.equal(tokens.verdict(own, token, now), undefined);
  });

  test('rules of one address share its keys', async () => {
    const { fetched, tokens } = authenticator();
    await tokens.learn(
      [rule(), rule({ audiences: ['x'] }), rule({ issuer: '' })].map((own) => ({ rule: own, token })),
    );
    assert.equal(fetched.length, 1);
  });

  test('an issuer that is down does not hinder another', async () => {
    const { warned, tokens } = authenticator();
    const down = rule({ keys: { kind: 'uri', uri: 'https://down.example/' } });
    const up = rule();
    const answers = await tokens.learn([down, up].map((own) => ({ rule: own, token })));
    assert.deepEqual(answers.verdict(down, token, now), { kind: 'refused', reason: 'keys_unavailable' });
    assert.equal(answers.verdict(up, token, now)?.kind, 'verified');
    assert.deepEqual(warned, ['keys were not fetched']);
    const counts = new Map(tokens.fetches.map(({ source, result, count }) => [`${source} ${result}`, count]));
    assert.equal(counts.get('https://down.example/ error'), 1);
    assert.equal(counts.get('https://down.example/ ok'), 0);
    assert.equal(counts.get('https://a.example/jwks ok'), 1);
  });

  test('a new snapshot keeps what its rules still demand, and forgets the rest', async () => {
    const { fetched, tokens } = authenticator();
    await tokens.learn([{ rule: rule(), token }]);
    const same = rule({ source: 'written elsewhere', forwardOriginalToken: true });
    tokens.retain(snapshotOf(same));
    assert.equal(tokens.verdict(same, token, now)?.kind, 'verified');
    tokens.retain(snapshotOf());
    assert.equal(tokens.verdict(same, token, now), undefined);
    await tokens.learn([{ rule: same, token }]);
    assert.equal(fetched.length, 2);
  });
});

describe('what a driver learns', () => {
  const authorizer = () => Promise.reject(new Error('nobody is asked'));
  const ask = { kind: 'ask', need: 'token', questions: [{ rule: rule(), token }] } as const;

  test('without anybody who verifies tokens a question stays open', async () => {
    const from = { resolve: async () => false };
    assert.equal(knownAnswers(from), undefined);
    assert.equal(await learn(ask, undefined, from, authorizer), undefined);
    assert.equal(unansweredDetails(ask), 'unanswered_token');
  });

  test('what was known stays known', async () => {
    const { tokens } = authenticator();
    const from = { resolve: async () => true, tokens };
    const checks = { get: () => undefined };
    const learned = await learn(ask, { checks }, from, authorizer);
    assert.equal(learned?.checks, checks);
    assert.notEqual(learned?.tokens, undefined);
    const loaded = await learn({ kind: 'ask', need: 'snapshot' }, learned, from, authorizer);
    assert.equal(loaded, learned);
    assert.equal(unansweredDetails({ kind: 'ask', need: 'snapshot' }), 'no_snapshot');
  });
});
