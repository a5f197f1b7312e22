import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { HeaderList } from '../../../src/http/header-list.ts';
import type { CanonicalRequest } from '../../../src/http/message.ts';
import type { TokenRefusal, TokenVerdict } from '../../../src/identity/jwt/token-verdict.ts';
import type { TokenAnswers } from '../../../src/proxy/decide/answers.ts';
import { applyEdits } from '../../../src/proxy/decide/apply-edits.ts';
import { authenticate } from '../../../src/proxy/decide/authenticate.ts';
import type { Connection } from '../../../src/proxy/decide/connection.ts';
import type { Authenticated } from '../../../src/proxy/decide/evidence.ts';
import type { JwtRule, TokenPlace } from '../../../src/snapshot/jwt-rule.ts';

const connection: Connection = {
  direction: 'inbound',
  port: 8080,
  scheme: 'http',
  remoteAddress: '10.0.0.1',
  localAddress: '10.0.0.2',
  security: 'none',
  peer: undefined,
  serverName: undefined,
};

const bearer: TokenPlace = { kind: 'header', name: 'authorization', prefix: 'Bearer ' };
const accessToken: TokenPlace = { kind: 'param', name: 'access_token' };

function rule(fields: Partial<JwtRule> = {}): JwtRule {
  return {
    source: 'RequestAuthentication/default/a/jwtRules/0',
    issuer: 'issuer-1',
    audiences: [],
    keys: { kind: 'discovery' },
    places: [bearer, accessToken],
    forwardOriginalToken: false,
    outputClaimToHeaders: [],
    spaceDelimitedClaims: [],
    timeoutMs: 5000,
    ...fields,
  };
}

/** What a verifier would say: `good` counts under every rule, `good-N` under that of issuer-N, others say why not. */
function verdictOn({ issuer }: JwtRule, token: string): TokenVerdict | undefined {
  if (token === 'unknown') return undefined;
  if (token === 'T:') return { kind: 'refused', reason: 'format' };
  const [word, number] = token.split('-');
  if (word !== 'good') return { kind: 'refused', reason: token as TokenRefusal };
  if (number !== undefined && issuer !== `issuer-${number}`) return { kind: 'refused', reason: 'issuer' };
  const claims = {
    iss: issuer,
    sub: 'alice',
    level: 3,
    ratio: 1.5,
    admin: true,
    list: ['a'],
    of: { team: 'x' },
    bad: 'a\r\nb',
  };
  const principal = { issuer, subject: 'alice', key: '' };
  const auth = { principal, audiences: [], presenter: undefined, claims };
  const lease = { until: 9e12 };
  return { kind: 'verified', auth, token, payload: `payload-${token}`, notBefore: 0, expires: 9e9, lease };
}

interface Sent {
  readonly method?: string;
  readonly query?: string;
  readonly headers?: readonly (readonly [string, string])[];
}

function evidenceOf({ method = 'GET', query = '', headers = [] }: Sent): Authenticated<'inbound'> {
  const authority = 'b.default';
  const request: CanonicalRequest = {
    method,
    scheme: 'http',
    authority,
    host: authority,
    port: undefined,
    path: '/path',
    query,
    headers: HeaderList.from(headers),
  };
  return { direction: 'inbound', request, connection, edits: [], peer: undefined };
}

/** What the step makes of a request: what goes on, or the answer, or what it asks for. */
function run(rules: readonly JwtRule[], sent: Sent) {
  const step = authenticate<'inbound'>(rules);
  assert.ok(step);
  const evidence = evidenceOf(sent);
  const answers = { tokens: { verdict: verdictOn } };
  const inputs = { now: 0, draw: () => 0, bytes: (length: number) => new Uint8Array(length), answers };
  const next = step(evidence, { inputs, trace: undefined });
  if ('kind' in next)
    return next.kind === 'reply' ? { status: next.status, body: next.body, reply: next } : { asked: next };
  const seen = applyEdits(evidence.request, next.edits);
  assert.equal(next.request.query, seen.query);
  return { who: next.requestAuth?.principal?.issuer, query: seen.query, headers: [...seen.headers] };
}

const auth = (token: string): [string, string] => ['authorization', `Bearer ${token}`];

describe('request authentication', () => {
  test('without rules nothing is looked at', () => {
    assert.equal(authenticate(undefined), undefined);
    assert.equal(authenticate([]), undefined);
  });

  test('a request without a token passes without a principal', () => {
    const plain = { who: undefined, query: '?a=b', headers: [['authorization', 'Basic dTpw']] };
    assert.deepEqual(run([rule()], { query: '?a=b', headers: [['authorization', 'Basic dTpw']] }), plain);
  });

  test('a token that holds tells who asks, and is taken out', () => {
    assert.deepEqual(run([rule()], { headers: [auth('good'), ['x-a', '1']] }), {
      who: 'issuer-1',
      query: '',
      headers: [['x-a', '1']],
    });
  });

  for (const [reason, status, body] of [
    ['expired', 401, 'Jwt is expired'],
    ['not_yet_valid', 401, 'Jwt not yet valid'],
    ['issuer', 401, 'Jwt issuer is not configured'],
    ['signature', 401, 'Jwt verification fails'],
    ['audience', 403, 'Audiences in Jwt are not allowed'],
    ['format', 401, 'Jwt is not in the form of Header.Payload.Signature with two dots and 3 sections'],
    ['keys_unavailable', 401, 'Jwks remote fetch is failed'],
    ['key_unknown', 401, "Jwks doesn't have key to match kid or alg from Jwt"],
  ] as const)
    test(`${reason} is answered with ${status} ${body}`, () => {
      const result = run([rule()], { query: '?a=%22', headers: [auth(reason)] });
      assert.ok('reply' in result);
      assert.equal(result.status, status);
      assert.equal(result.body, body);
      assert.deepEqual(result.reply?.headers[0], [
        'www-authenticate',
        'Bearer realm="http://b.default/path?a=%22", error="invalid_token"',
      ]);
      assert.equal(result.reply?.details, `jwt_authn_access_denied{${body.replaceAll(' ', '_')}}`);
    });

  test('a token that nobody judged is asked about, once for each rule that finds it', () => {
    const [one, two] = [rule(), rule({ issuer: 'issuer-2' })];
    assert.deepEqual(run([one, two], { headers: [auth('unknown')] }), {
      asked: {
        kind: 'ask',
        need: 'token',
        questions: [
          { rule: one, token: 'unknown' },
          { rule: two, token: 'unknown' },
        ],
      },
    });
  });

  test('of several rules the first under which a token holds counts', () => {
    const rules = [rule(), rule({ issuer: 'issuer-2' })];
    assert.equal(run(rules, { headers: [auth('good-2')] }).who, 'issuer-2');
    assert.equal(run(rules, { headers: [auth('good')] }).who, 'issuer-1');
    assert.equal(run(rules, { headers: [auth('good-3')] }).body, 'Jwt issuer is not configured');
  });

  test('of several refusals a foreign issuer says least', () => {
    const rules = [
      rule({ places: [bearer] }),
      rule({ places: [{ ...bearer, name: 'x-token', prefix: '' }] }),
    ];
    const sent = (a: string, b: string) => run(rules, { headers: [auth(a), ['x-token', b]] }).body;
    assert.equal(sent('issuer', 'expired'), 'Jwt is expired');
    assert.equal(sent('expired', 'issuer'), 'Jwt is expired');
    assert.equal(sent('expired', 'signature'), 'Jwt is expired');
    assert.equal(sent('issuer', 'issuer'), 'Jwt issuer is not configured');
  });

  test('a rule wants every token that it finds to hold', () => {
    assert.equal(run([rule()], { query: '?access_token=expired', headers: [auth('good')] }).status, 401);
    assert.equal(run([rule()], { query: '?access_token=good&access_token=expired' }).status, 401);
    const both = run([rule()], { query: '?access_token=good&x=1', headers: [auth('good')] });
    assert.deepEqual(both, { who: 'issuer-1', query: '?x=1', headers: [] });
  });

  const places: readonly (readonly [string, TokenPlace, Sent, Sent])[] = [
    [
      'a header',
      { kind: 'header', name: 'x-t', prefix: '' },
      {
        headers: [
          ['x-t', 'good'],
          ['x', '1'],
        ],
      },
      { headers: [['x', '1']] },
    ],
    [
      'a header with a prefix',
      { kind: 'header', name: 'x-t', prefix: 'Token ' },
      { headers: [['x-t', 'Token good']] },
      {},
    ],
    ['spaces behind the prefix', bearer, { headers: [['authorization', 'Bearer   good']] }, {}],
    ['a parameter', { kind: 'param', name: 't' }, { query: '?a=1&t=good&b=2' }, { query: '?a=1&b=2' }],
    ['a parameter alone', { kind: 'param', name: 't' }, { query: '?t=good' }, {}],
    ['an encoded parameter', { kind: 'param', name: 't' }, { query: '?%74=%67ood' }, {}],
    [
      'a cookie',
      { kind: 'cookie', name: 't' },
      { headers: [['cookie', 'a=1; t=good; b=2']] },
      { headers: [['cookie', 'a=1; b=2']] },
    ],
    ['a cookie in quotes, alone', { kind: 'cookie', name: 't' }, { headers: [['cookie', 't="good"']] }, {}],
    [
      'a cookie in lines of its own',
      { kind: 'cookie', name: 't' },
      {
        headers: [
          ['cookie', 'a=1'],
          ['cookie', 't=good'],
        ],
      },
      { headers: [['cookie', 'a=1']] },
    ],
  ];
  for (const [name, place, sent, left] of places) {
    test(`a token in ${name} is found and taken out`, () => {
      const expected = { who: 'issuer-1', query: left.query ?? '', headers: left.headers ?? [] };
      assert.deepEqual(run([rule({ places: [place] })], sent), expected);
    });
    test(`a token in ${name} stays where it is to be forwarded`, () => {
      const kept = run([rule({ places: [place], forwardOriginalToken: true })], sent);
      assert.deepEqual(kept, { who: 'issuer-1', query: sent.query ?? '', headers: sent.headers ?? [] });
    });
  }

  test('elsewhere, in another case, or without the prefix nothing is found', () => {
    const sent: Sent = {
      query: '?Access_token=expired&x=access_token&access_token',
      headers: [
        ['authorization', 'bearer expired'],
        ['x-authorization', 'Bearer expired'],
        ['cookie', 'access_token=expired'],
      ],
    };
    const result = run([rule()], sent);
    assert.equal(result.who, undefined);
    assert.equal('status' in result, false);
  });

  test('a prefix with nothing behind it is a token of no form', () => {
    assert.equal(
      run([rule({ places: [{ kind: 'header', name: 'x-t', prefix: 'T:' }] })], { headers: [['x-t', 'T:']] })
        .status,
      401,
    );
  });

  const filling = rule({
    outputPayloadToHeader: 'x-payload',
    outputClaimToHeaders: [
      { header: 'x-sub', claim: ['sub'] },
      { header: 'x-team', claim: ['of', 'team'] },
      { header: 'x-level', claim: ['level'] },
      { header: 'x-ratio', claim: ['ratio'] },
      { header: 'x-admin', claim: ['admin'] },
      { header: 'x-list', claim: ['list'] },
      { header: 'x-missing', claim: ['toString'] },
      { header: 'x-bad', claim: ['bad'] },
    ],
  });

  test('payload and claims go into headers; lists, missing claims and line ends do not', () => {
    assert.deepEqual(run([filling], { headers: [auth('good')] }).headers, [
      ['x-payload', 'payload-good'],
      ['x-sub', 'alice'],
      ['x-team', 'x'],
      ['x-level', '3'],
      ['x-ratio', '1.500000'],
      ['x-admin', 'true'],
    ]);
  });

  test('what a client writes into those headers is taken out, with and without a token', () => {
    const forged: [string, string][] = [
      'x-payload',
      'X-Sub',
      'x_payload',
      'X_SUB',
      'x-missing',
      'x-list',
    ].map((name) => [name, 'forged']);
    assert.deepEqual(run([filling], { headers: forged }).headers, []);
    const named = run([filling], { headers: [...forged, auth('good')] }).headers ?? [];
    assert.equal(
      named.some(([, value]) => value === 'forged'),
      false,
    );
  });

  test('a header that a rule fills is no place for a token', () => {
    const place: TokenPlace = { kind: 'header', name: 'x-payload', prefix: '' };
    assert.equal(
      run([rule({ places: [place], outputPayloadToHeader: 'x-payload' })], {
        headers: [['x-payload', 'good']],
      }).who,
      undefined,
    );
  });

  test('a CORS preflight passes whatever token it carries, and an ordinary OPTIONS does not', () => {
    const preflight: [string, string][] = [
      ['origin', 'https://a.example'],
      ['access-control-request-method', 'PUT'],
    ];
    assert.equal(
      run([rule()], { method: 'OPTIONS', headers: [...preflight, auth('expired')] }).status,
      undefined,
    );
    assert.equal(run([rule()], { method: 'OPTIONS', headers: [auth('expired')] }).status, 401);
    assert.equal(
      run([rule()], { method: 'OPTIONS', headers: [...preflight.slice(1), auth('expired')] }).status,
      401,
    );
    assert.equal(run([rule()], { method: 'GET', headers: [...preflight, auth('expired')] }).status, 401);
  });
});

describe('a token that counted a moment ago', () => {
  const sent = { headers: [auth('good')] };
  const rules = [rule({ places: [bearer] })];
  const asked: string[] = [];
  const lease = { until: 1000 };
  const tokens: TokenAnswers = {
    verdict(of, token) {
      asked.push(token);
      const verdict = verdictOn(of, token);
      return verdict?.kind === 'verified' ? { ...verdict, expires: 2, lease } : verdict;
    },
  };
  const inputs = { now: 0, draw: () => 0, bytes: (length: number) => new Uint8Array(length) };
  const issuerOf = (next: object) =>
    'kind' in next ? undefined : (next as Authenticated<'inbound'>).requestAuth;

  test('is known without a question until its time, or that of its keys, is over', () => {
    const step = authenticate<'inbound'>(rules);
    assert.ok(step);
    const at = (now: number) => {
      asked.length = 0;
      const next = step(evidenceOf(sent), {
        inputs: { ...inputs, now, answers: { tokens } },
        trace: undefined,
      });
      assert.equal(issuerOf(next)?.principal?.issuer, 'issuer-1');
      return asked.length;
    };
    assert.deepEqual([at(0), at(0), at(999), at(1000)], [1, 0, 0, 1]);
    lease.until = 9e9;
    assert.deepEqual([at(1000), at(2000), at(2001)], [0, 0, 1]);
    lease.until = Number.NEGATIVE_INFINITY;
    assert.equal(at(0), 1);
  });

  test('is nothing to who has no answers, and what an explanation assumes is nothing to others', () => {
    const step = authenticate<'inbound'>(rules);
    assert.ok(step);
    lease.until = 9e9;
    const trace = { add: () => undefined };
    step(evidenceOf(sent), { inputs: { ...inputs, answers: { tokens } }, trace });
    const none: TokenAnswers = { verdict: () => undefined };
    const stranger = { inputs: { ...inputs, answers: { tokens: none } }, trace: undefined };
    assert.equal(issuerOf(step(evidenceOf(sent), stranger)), undefined);
    step(evidenceOf(sent), { inputs: { ...inputs, answers: { tokens } }, trace: undefined });
    assert.equal(issuerOf(step(evidenceOf(sent), { inputs, trace: undefined })), undefined);
    assert.equal(issuerOf(step(evidenceOf(sent), { ...stranger, trace })), undefined);
  });
});
