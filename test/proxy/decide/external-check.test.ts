import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { HeaderList } from '../../../src/http/header-list.ts';
import { activate } from '../../../src/proxy/activate.ts';
import type { CheckAnswer } from '../../../src/proxy/decide/answers.ts';
import { applyEdits } from '../../../src/proxy/decide/apply-edits.ts';
import type { Decision } from '../../../src/proxy/decide/decision.ts';
import type { Authorizer } from '../../../src/snapshot/authorizer.ts';
import type { Policy } from '../../../src/snapshot/policy.ts';
import {
  buildConnection,
  buildListener,
  buildPolicy,
  buildRequest,
  buildSnapshot,
  condition,
  exact,
  fixedInputs,
  prefix,
} from '../../support/snapshot.ts';

function authorizer(parts: Partial<Authorizer> = {}): Authorizer {
  return {
    name: 'gate',
    cluster: 'c',
    timeoutMs: 1000,
    pathPrefix: '',
    failOpen: false,
    statusOnError: 403,
    requestHeaders: [],
    addedHeaders: [],
    headersToUpstream: [],
    headersOnDeny: [],
    headersOnAllow: [],
    ...parts,
  };
}

const onAdmin = [{ to: [[condition('request.path', [prefix('/admin')])]] }];

function custom(parts: Partial<Authorizer> = {}, policy: Partial<Policy> = {}): Policy {
  const own = authorizer(parts);
  return buildPolicy('CUSTOM', onAdmin, { name: `default/${own.name}`, authorizer: own, ...policy });
}

type Lines = readonly (readonly [string, string])[];

function answered(status: number, headers: Lines = [], body = ''): CheckAnswer {
  return { kind: 'answered', status, headers: HeaderList.from(headers), body };
}

interface Call {
  readonly path?: string;
  readonly headers?: Lines;
  readonly answers?: Readonly<Record<string, CheckAnswer>>;
}

function decide(
  policies: readonly Policy[],
  { path = '/admin', headers = [], answers = {} }: Call = {},
): Decision {
  const active = activate(buildSnapshot({ inbound: [buildListener({ policies })] }));
  const checks = { get: (name: string) => answers[name] };
  const inputs = { ...fixedInputs(), answers: { checks } };
  return active.decide(buildRequest(`app${path}`, headers), buildConnection('inbound'), inputs);
}

/** What a decision says, in one word. */
function short(decision: Decision): string {
  if (decision.kind === 'ask')
    return decision.need === 'check' ? `ask ${decision.authorizer.settings.name}` : 'ask';
  return decision.kind === 'reply' ? `${decision.status} ${decision.details}` : 'forward';
}

describe('CUSTOM', () => {
  const own = 'ns[default]-policy[gate]-rule[0]';
  const failed: CheckAnswer = { kind: 'failed' };
  const cases: [what: string, policies: Policy[], call: Call, said: string][] = [
    ['asks about what a rule matches', [custom()], {}, 'ask gate'],
    ['asks about nothing else', [custom()], { path: '/other' }, 'forward'],
    ['lets pass what is allowed', [custom()], { answers: { gate: answered(200) } }, 'forward'],
    [
      'denies by any other status',
      [custom()],
      { answers: { gate: answered(204) } },
      `204 ext_authz_denied{${own}}`,
    ],
    [
      'takes 5xx for an error',
      [custom()],
      { answers: { gate: answered(500) } },
      `403 ext_authz_error{${own}}`,
    ],
    [
      'answers an error as it is told',
      [custom({ statusOnError: 503 })],
      { answers: { gate: failed } },
      `503 ext_authz_error{${own}}`,
    ],
    [
      'lets errors pass where it is told to',
      [custom({ failOpen: true })],
      { answers: { gate: failed } },
      'forward',
    ],
    [
      'does not take a denial for an error',
      [custom({ failOpen: true })],
      { answers: { gate: answered(403) } },
      `403 ext_authz_denied{${own}}`,
    ],
    [
      'refuses bodies that are too long',
      [custom()],
      { answers: { gate: { kind: 'too-large' } } },
      `413 request_payload_too_large{${own}}`,
    ],
    [
      'denies where nobody can be asked',
      [buildPolicy('CUSTOM', onAdmin, { name: 'default/gate' })],
      {},
      `403 ext_authz_error{${own}}`,
    ],
    ['is not enforced as a dry run', [custom({}, { dryRun: true })], {}, 'forward'],
    [
      'asks every authorizer',
      [custom(), custom({ name: 'other' })],
      { answers: { gate: answered(200) } },
      'ask other',
    ],
    [
      'asks an authorizer once',
      [custom(), custom({}, { name: 'default/second' })],
      { answers: { gate: answered(200) } },
      'forward',
    ],
    ['comes before DENY', [buildPolicy('DENY', [{}]), custom()], {}, 'ask gate'],
    [
      'is no permission',
      [buildPolicy('ALLOW', []), custom()],
      { answers: { gate: answered(200) } },
      '403 rbac_access_denied_matched_policy[none]',
    ],
  ];
  for (const [what, policies, call, said] of cases)
    test(what, () => assert.equal(short(decide(policies, call)), said));

  test('flags what it denies, and gives the client what the authorizer says', () => {
    const headers = [
      ['x-why', 'no'],
      ['location', '/'],
      ['connection', 'x'],
      ['content-length', '9'],
    ] as const;
    const decision = decide([custom()], { answers: { gate: answered(401, headers, 'no') } });
    assert.equal(decision.kind, 'reply');
    if (decision.kind !== 'reply') return;
    assert.deepEqual(
      [decision.flag, decision.body, decision.headers],
      [
        'UAEX',
        'no',
        [
          ['x-why', 'no'],
          ['location', '/'],
        ],
      ],
    );
  });

  test('takes over what is listed, and nothing of who a peer is', () => {
    const headersToUpstream = [prefix('x-')];
    const answer = answered(200, [
      ['x-user', 'a'],
      ['x-user', 'b'],
      ['x-weft-peer', 'forged'],
      ['x-forwarded-client-cert', 'forged'],
      ['host', 'other'],
      ['x-envoy-auth-headers-to-remove', 'cookie, host, Connection'],
    ]);
    const sent: Lines = [
      ['x-user', 'mine'],
      ['cookie', 'c'],
    ];
    const decision = decide([custom({ headersToUpstream })], { headers: sent, answers: { gate: answer } });
    assert.equal(decision.kind, 'forward');
    if (decision.kind !== 'forward') return;
    const request = applyEdits(buildRequest('app/admin', sent), decision.requestEdits);
    assert.deepEqual([request.authority, ...request.headers], ['app', ['x-user', 'a,b']]);
  });

  test('a header that the authorizer sets is what DENY judges', () => {
    const deny = buildPolicy('DENY', [
      { when: [condition({ kind: 'request.header', name: 'x-user' }, [exact('root')])] },
    ]);
    const policies = [deny, custom({ headersToUpstream: [exact('x-user')] })];
    const call = (user: string) => decide(policies, { answers: { gate: answered(200, [['x-user', user]]) } });
    assert.deepEqual([call('root').kind, call('me').kind], ['reply', 'forward']);
  });

  test('the check has the request’s line, and of its headers what is listed', () => {
    const settings = authorizer({
      pathPrefix: '/check',
      requestHeaders: [prefix('x-in-')],
      addedHeaders: [['x-in-b', 'fixed']],
    });
    const policies = [buildPolicy('CUSTOM', [{}], { authorizer: settings })];
    const headers: Lines = [
      ['x-in-a', '1'],
      ['x-in-b', '2'],
      ['x-out', '3'],
      ['authorization', 'Bearer t'],
      ['te', 'x'],
    ];
    const decision = decide(policies, { path: '/a?b', headers });
    assert.ok(decision.kind === 'ask' && decision.need === 'check');
    const { method, authority, path, query, headers: told } = decision.authorizer.checkOf(decision.request);
    assert.deepEqual([method, authority, path, query], ['GET', 'app', '/check/a', '?b']);
    assert.deepEqual(
      [...told],
      [
        ['x-in-a', '1'],
        ['authorization', 'Bearer t'],
        ['x-in-b', 'fixed'],
      ],
    );
  });
});
