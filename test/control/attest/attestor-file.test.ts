import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { attestorFile, defaultAttestors } from '../../../control/attest/attestor-file.ts';
import { parseAttestorFile, readAttestorFile } from '../../../control/attest/read-attestor-file.ts';
import { tokenIssuers } from '../../../control/attest/token-issuers.ts';
import { RememberedLog } from '../../support/control-parts.ts';
import { ManualClock } from '../../support/scripted-transport.ts';
import { tokenIssuer } from '../../support/token-issuer.ts';

const issuer = (fields: string, rules = '{ namespace: a, serviceAccount: b }') =>
  `issuers: [{ name: one, issuer: https://one.example, audiences: [weft], ${fields} rules: [${rules}] }]`;
const github =
  'issuers: [{ name: g, issuer: https://token.actions.githubusercontent.com, audiences: [w], rules:';

/** What is wrong, and what is said about it. */
const mistakes: readonly [what: string, text: string, said: RegExp][] = [
  ['an unknown field', 'renewel: {}', /1:1 .*unknown field renewel \(did you mean "renewal"\?\)/],
  [
    'an unknown field of a rule',
    issuer('', '{ namespace: a, serviceaccount: b }'),
    /did you mean "serviceAccount"/,
  ],
  ['no audience', issuer('').replace('audiences: [weft], ', ''), /audiences: Required value/],
  [
    'an empty list of audiences',
    issuer('').replace('[weft]', '[]'),
    /audiences should have at least 1 items/,
  ],
  ['no rules', issuer('', ''), /rules should have at least 1/],
  [
    'an issuer twice',
    `issuers:\n${['a', 'b'].map((name) => `  - { name: ${name}, issuer: x, audiences: [w], rules: [{ namespace: a, serviceAccount: b }] }`).join('\n')}`,
    /:3:.*issuers\[1\]\.issuer is written twice/,
  ],
  [
    'two sources of keys',
    issuer('jwksUri: https://a.example, jwksFile: b.json,'),
    /more than one of jwks, jwksUri and jwksFile/,
  ],
  ['keys that are none', issuer("jwks: '{}',"), /jwks: must be a JSON Web Key Set/],
  [
    'secrets for keys',
    issuer(`jwks: '{"keys":[{"kty":"oct","k":"${'A'.repeat(43)}"}]}',`),
    /with a usable public key/,
  ],
  ['a life that is no duration', issuer('maxTokenLife: soon,'), /maxTokenLife: must be a valid duration/],
  ['a life of a week for certificates', 'renewal: { maxTtl: 168h }', /maxTtl: must be from 10s to 24h/],
  ['a window of a year', 'reAttestation: { window: 8760h }', /window: must be at most 720h/],
  ['a pattern for a namespace', 'joinToken: { namespaces: [sh*] }', /namespaces\[0\]/],
  [
    'two claims in a name',
    issuer('', "{ namespace: '{a}-{b}', serviceAccount: c, namespaces: [x] }"),
    /may have one \{claim\}/,
  ],
  [
    'a claim without a bound',
    issuer('', "{ namespace: '{a}', serviceAccount: c }"),
    /namespaces.* is required where namespace is taken from a claim/,
  ],
  [
    'an account from a claim without a bound',
    issuer('', "{ namespace: a, serviceAccount: '{b}' }"),
    /serviceAccounts.* is required/,
  ],
  ['a name in capitals', issuer('', '{ namespace: Shop, serviceAccount: c }'), /lower-case/],
  [
    'a slash in a name',
    issuer('', "{ namespace: 'a/{b}', serviceAccount: c, namespaces: [x] }"),
    /lower-case/,
  ],
  [
    'a claim that is none',
    issuer('', "{ namespace: '{[a}', serviceAccount: c, namespaces: [x] }"),
    /names no claim/,
  ],
  [
    'a condition on nothing',
    issuer('', '{ when: [{ claim: a }], namespace: a, serviceAccount: b }'),
    /needs values or notValues/,
  ],
  [
    'a regular expression for a value',
    issuer('', "{ when: [{ claim: a, values: ['a.*b'] }], namespace: a, serviceAccount: b }"),
    /has a \* that is not its end/,
  ],
  [
    'a beginning that ends in a word',
    issuer('', "{ when: [{ claim: a, values: ['acme*'] }], namespace: a, serviceAccount: b }"),
    /must have one of/,
  ],
  [
    'whoever calls a workflow',
    `${github} [{ when: [{ claim: job_workflow_ref, values: [acme/ci/.github/workflows/a.yml@refs/heads/main] }], namespace: a, serviceAccount: b }] }]`,
    /must say whose tokens count/,
  ],
  ['all of GitHub', `${github} [{ namespace: a, serviceAccount: b }] }]`, /must say whose tokens count/],
  [
    'all of GitHub but one',
    `${github} [{ when: [{ claim: repository, notValues: [a/b] }], namespace: a, serviceAccount: b }] }]`,
    /must say whose/,
  ],
  [
    'all branches of GitHub',
    `${github} [{ when: [{ claim: ref, values: [refs/heads/main] }], namespace: a, serviceAccount: b }] }]`,
    /must say whose/,
  ],
  ['two documents', 'renewal: {}\n---\nrenewal: {}', /a second document is not read/],
  ['broken YAML', 'renewal: {', /WFT0003/],
];

describe('a file of policies of attestors', () => {
  for (const [what, text, said] of mistakes)
    test(`is refused with ${what}, at its line`, () => {
      assert.throws(() => parseAttestorFile(text, 'attestors.yaml'), { message: said });
      const read = readAttestorFile(text, 'attestors.yaml');
      assert.ok('diagnostics' in read && read.diagnostics.every(({ position }) => position.line >= 1));
    });

  test('is read or refused, whatever it is, and never in between', () => {
    const keys = [
      'issuers',
      'rules',
      'when',
      'claim',
      'values',
      'namespace',
      'namespaces',
      'maxTtl',
      'name',
      'issuer',
    ];
    const value = fc.letrec<{ any: unknown }>((tie) => ({
      any: fc.oneof(
        { maxDepth: 5 },
        fc.constantFrom('a', '{a}', '{[a][b]}', '1h', 'x*', '', 1, null, true),
        fc.string({ unit: 'binary', maxLength: 8 }),
        fc.array(tie('any'), { maxLength: 3 }),
        fc.dictionary(fc.constantFrom(...keys), tie('any'), { maxKeys: 5 }),
      ),
    })).any;
    fc.assert(
      fc.property(value, (any) => {
        const read = readAttestorFile(JSON.stringify(any), 'a.yaml');
        assert.ok('attestors' in read || read.diagnostics.length > 0);
      }),
    );
  });

  test('says by default what holds without one', () => {
    assert.deepEqual(parseAttestorFile('', 'a.yaml'), defaultAttestors);
    assert.deepEqual(parseAttestorFile('{}', 'a.yaml'), attestorFile.parse({}));
    assert.equal(defaultAttestors.reAttestation.window, 7 * 86_400_000);
  });

  test('with keys at an address that must not be asked is refused at the start', async () => {
    const parts = {
      fetch: () => Promise.reject(new Error('nobody is asked at the start')),
      allowed: new Set<string>(),
      readFile: () => '{"keys":[]}',
      clock: new ManualClock(),
      log: new RememberedLog(),
    };
    const of = (fields: string) => tokenIssuers(parseAttestorFile(issuer(fields), 'a.yaml'), parts);
    assert.throws(() => of('jwksUri: http://one.example/keys,'), /is not https/);
    assert.throws(() => of('jwksUri: https://169.254.169.254/keys,'), /is not public/);
    assert.throws(() => of('jwksUri: https://kubernetes.default.svc/openid/v1/jwks,'), /WEFT_JWKS_HOSTS/);
    assert.throws(() => of('jwksFile: keys.json,'), /keys\.json has no usable public key/);
    const { jwk } = await tokenIssuer();
    assert.equal(of(`jwks: '${JSON.stringify({ keys: [jwk] })}',`).length, 1);
  });
});
