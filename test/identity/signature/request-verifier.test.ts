import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import fc from 'fast-check';
import { Authority } from '../../../src/identity/authority/authority.ts';
import { encodeBase64 } from '../../../src/identity/bytes.ts';
import { decodePem } from '../../../src/identity/pem.ts';
import { NonceMemory } from '../../../src/identity/signature/nonce-memory.ts';
import { readAlone, readMembers } from '../../../src/identity/signature/read-signature.ts';
import { formatSpiffeId, workloadId } from '../../../src/identity/spiffe.ts';
import { Trust } from '../../../src/identity/trust.ts';
import { exportPublicKey, generateKey } from '../../../src/identity/x509/p256.ts';
import { propertyRuns } from '../../support/property-runs.ts';
import {
  certifiedKey,
  GATEWAY,
  OWN_ID,
  type SignedDraft,
  SigningPair,
} from '../../support/signed-request.ts';

let pair: SigningPair;
before(async () => {
  pair = await SigningPair.create();
});

test('a signed request says who signed it, and what was asked for', async () => {
  const { signer, authority, serverName } = await pair.verify(await pair.signed());
  assert.equal(signer.source, formatSpiffeId(GATEWAY));
  assert.match(signer.certificateHash, /^[0-9a-f]{64}$/);
  assert.equal(authority, 'shop.example');
  assert.equal(serverName, 'outbound_.80_._.web.default.svc.cluster.local');
});

test('it holds beside a signature of the client, however lines are joined', async () => {
  const message = await pair.signed();
  const [input, signature] = [message.headers.get('signature-input'), message.headers.get('signature')];
  message.headers.set('signature-input', `sig1=("@method");created=1, ${input}`);
  message.headers.set('signature', `sig1=:AAAA:,${signature}`);
  assert.equal(await pair.verdict(message), 'verified');
});

test('what middle hops add or change besides does no harm', async () => {
  const message = await pair.signed();
  message.headers.set('accept-encoding', 'br');
  message.headers.append('via', '1.1 cdn');
  message.headers.append('x-forwarded-for', '10.0.0.1');
  message.headers.append('cf-ray', '1');
  assert.equal(await pair.verdict(message), 'verified');
});

const replaced = (draft: SignedDraft, field: string, from: string | RegExp, to: string): void => {
  const value = draft.headers.get(field) ?? '';
  const changed = value.replace(from, to);
  assert.notEqual(changed, value, `${field} has no ${from}`);
  draft.headers.set(field, changed);
};
const input = (from: string | RegExp, to: string) => (draft: SignedDraft) =>
  replaced(draft, 'signature-input', from, to);
const signature = (from: string | RegExp, to: string) => (draft: SignedDraft) =>
  replaced(draft, 'signature', from, to);

const FIELDS = [
  'content-type',
  'content-digest',
  'authorization',
  'x-weft-src',
  'x-weft-dst',
  'x-weft-authority',
  'x-weft-server-name',
  'x-weft-svid',
];
const LISTED = ['@method', '@authority', '@path', '@query', ...FIELDS.slice(3, 7), ...FIELDS.slice(0, 3)];
const PARAMETERS = ['created', 'expires', 'nonce', 'keyid', 'tag'];
const last = (draft: SignedDraft, name: string): string => draft.headers.get(name) ?? '';

/** One change each to a request that was signed. */
const TAMPERINGS: readonly (readonly [string, (draft: SignedDraft) => void])[] = [
  ...['GET', 'post', 'PUT', 'POST '].map((method) =>
    named(`method ${method}`, (draft) => Object.assign(draft, { method })),
  ),
  ...['localhost', 'localhost:15009', 'LOCALHOST:15008', 'evil.example', 'localhost:15008.'].map(
    (authority) => named(`authority ${authority}`, (draft) => Object.assign(draft, { authority })),
  ),
  ...['/orders/', '/Orders', '/order', '//orders', '/orders%20', '/', '/orders;x', '/orders/1'].map((path) =>
    named(`path ${path}`, (draft) => Object.assign(draft, { path })),
  ),
  ...['', '?', '?a=1', '?b=2&a=1', '?a=1&b=2&', '?a=1&b=3', '?A=1&b=2', '?a=1&b=2#x'].map((query) =>
    named(`query ${query}`, (draft) => Object.assign(draft, { query })),
  ),
  ...FIELDS.flatMap((field) => [
    named(`${field} dropped`, (draft) => draft.headers.delete(field)),
    named(`${field} twice`, (draft) => draft.headers.append(field, last(draft, field))),
    named(`${field} emptied`, (draft) => draft.headers.set(field, '')),
    named(`${field} with more behind`, (draft) => draft.headers.set(field, `${last(draft, field)}x`)),
    named(`${field} with more before`, (draft) => draft.headers.set(field, `x${last(draft, field)}`)),
    named(`${field} in another case`, (draft) => draft.headers.set(field, swapCase(last(draft, field)))),
    named(`a second line of ${field}`, (draft) => draft.headers.append(field, 'other')),
  ]),
  ...['x-weft-digest', 'x-weft-peer'].map((field) =>
    named(`${field} added`, (draft) => draft.headers.append(field, 'none')),
  ),
  ...LISTED.flatMap((name) => [
    named(`${name} not listed`, input(new RegExp(` ?"${name}"`), '')),
    named(`${name} listed twice`, input(`"${name}"`, `"${name}" "${name}"`)),
    named(`${name} in another case`, input(`"${name}"`, `"${name.toUpperCase()}"`)),
    named(`${name} listed last`, (draft) => {
      input(new RegExp(`"${name}" ?`), '')(draft);
      input(')', ` "${name}")`)(draft);
    }),
    ...['sf', 'bs', 'tr', 'req', 'key="a"'].map((parameter) =>
      named(`${name} with ${parameter}`, input(`"${name}"`, `"${name}";${parameter}`)),
    ),
  ]).filter(([what]) => what !== 'authorization listed last'),
  ...PARAMETERS.flatMap((name) => [
    named(`no ${name}`, input(new RegExp(`;${name}=("[^"]*"|\\d+)`), '')),
    named(`${name} twice`, (draft) => {
      const [text = ''] = last(draft, 'signature-input').match(new RegExp(`;${name}=("[^"]*"|\\d+)`)) ?? [];
      draft.headers.set('signature-input', last(draft, 'signature-input') + text);
    }),
    named(`${name} as a token`, input(new RegExp(`;${name}=("[^"]*"|\\d+)`), `;${name}=a`)),
  ]),
  named('parameters in another order', input(/(;created=\d+)(;expires=\d+)/, '$2$1')),
  named('created later', input(/created=\d/, 'created=2')),
  named('expires later', input(/expires=(\d{9})\d/, 'expires=$19')),
  named('created as a decimal', input(/created=(\d+)/, 'created=$1.0')),
  named('another nonce', input(/nonce="..../, 'nonce="abcd')),
  named('a short nonce', input(/nonce=".{22}/, 'nonce="abcd')),
  named('another keyid', input(/keyid="..../, 'keyid="abcd')),
  named('another tag', input('weft-mesh/1', 'weft-mesh/2')),
  named('an alg', input(';tag', ';alg="ed25519";tag')),
  named('an alg of HMAC', input(';tag', ';alg="hmac-sha256";tag')),
  named('a space in the list', input('" "', '"  "')),
  named('a space behind a semicolon', input(';created', '; created')),
  named('another label', input(/^weft/, 'weft2')),
  named('both with another label', (draft) => {
    input(/^weft/, 'sig1')(draft);
    signature(/^weft/, 'sig1')(draft);
  }),
  named('our label twice', (draft) =>
    draft.headers.append('signature-input', last(draft, 'signature-input')),
  ),
  named('our signature twice', (draft) => draft.headers.append('signature', last(draft, 'signature'))),
  named('a second one of ours that is empty', (draft) => draft.headers.append('signature-input', 'weft=()')),
  named('a field that is no dictionary', (draft) => draft.headers.append('signature-input', '(')),
  named('no signature', (draft) => draft.headers.delete('signature')),
  named('no input', (draft) => draft.headers.delete('signature-input')),
  named('a signature cut short', signature(/....==:$/, '==:')),
  named('a signature without padding', signature('==:', ':')),
  named('a signature as a string', signature(/:(.*):/, '"$1"')),
  named('a signature with a parameter', signature(/$/, ';a=1')),
  ...Array.from({ length: 12 }, (_, i) =>
    named(`character ${i * 7} of the signature`, (draft) => {
      const text = last(draft, 'signature');
      const at = 'weft=:'.length + i * 7;
      draft.headers.set('signature', text.slice(0, at) + (text[at] === 'A' ? 'B' : 'A') + text.slice(at + 1));
    }),
  ),
];

function named(what: string, change: (draft: SignedDraft) => void) {
  return [what, change] as const;
}

function swapCase(text: string): string {
  return [...text].map((one) => (one === one.toLowerCase() ? one.toUpperCase() : one.toLowerCase())).join('');
}

test(`each of ${TAMPERINGS.length} tamperings is refused`, async () => {
  assert.ok(TAMPERINGS.length >= 200);
  for (const [what, change] of TAMPERINGS) {
    const message = await pair.signed();
    change(message);
    assert.match(await pair.verdict(message), /^signature_/, what);
  }
  assert.equal(await pair.verdict(await pair.signed()), 'verified');
});

test('any changed character of what is covered is refused', async () => {
  const places = ['method', 'path', 'query', ...FIELDS, 'signature', 'signature-input'] as const;
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...places),
      fc.nat(),
      fc.constantFrom(...'aZ0/+;="'),
      async (place, at, letter) => {
        const message = await pair.signed();
        const own = place === 'method' || place === 'path' || place === 'query';
        const text = own ? message[place] : last(message, place);
        const index = at % text.length;
        fc.pre(text[index] !== letter);
        const changed = text.slice(0, index) + letter + text.slice(index + 1);
        if (own) message[place] = changed;
        else message.headers.set(place, changed);
        assert.match(await pair.verdict(message), /^signature_/, `${place}: ${changed}`);
      },
    ),
    { numRuns: propertyRuns(200) },
  );
});

test('10,000 replays are refused, at any time', async () => {
  const message = await pair.signed();
  assert.equal(await pair.verdict(message), 'verified');
  for (let i = 0; i < 10_000; i++) {
    if (i % 1000 === 0) pair.time.now += 8000;
    assert.match(
      await pair.verdict(message),
      i < 7000 ? /^signature_replayed$/ : /^signature_(replayed|window)$/,
    );
  }
  assert.equal(await pair.verdict(message), 'signature_window');
});

test('what is read at once is what is read as a dictionary', async () => {
  for (const [what, change] of [named('as it was sent', () => undefined), ...TAMPERINGS]) {
    const message = await pair.signed();
    change(message);
    const [input, signature] = [message.headers.get('signature-input'), message.headers.get('signature')];
    const alone = readAlone(input ?? '', signature ?? '');
    if (alone !== undefined) assert.deepEqual(alone, readMembers(input ?? '', signature ?? ''), what);
    else assert.notEqual(what, 'as it was sent');
  }
});

describe('the window', () => {
  const cases: readonly (readonly [ms: number, string])[] = [
    [-61_000, 'signature_window'],
    [-60_000, 'verified'],
    [0, 'verified'],
    [59_000, 'verified'],
    [60_999, 'verified'],
    [61_000, 'signature_window'],
    [3_600_000, 'signature_window'],
  ];
  for (const [later, verdict] of cases) {
    test(`a reader whose clock is ${later} ms later says ${verdict}`, async () => {
      const own = await SigningPair.create();
      own.time.now += 120_000;
      const message = await own.signed();
      own.time.now += later;
      assert.equal(await own.verdict(message), verdict);
    });
  }

  test('what was signed before this process began is refused: an earlier one may have answered it', async () => {
    const own = await SigningPair.create();
    own.time.now -= 1000;
    const message = await own.signed();
    own.time.now += 1000;
    assert.equal(await own.verdict(message), 'signature_window');
  });
});

describe('certificates', () => {
  const refused = async (message: SignedDraft, verdict = 'signature_certificate') =>
    assert.equal(await pair.verdict(message), verdict);

  test('of another authority are refused', async () => {
    const { time } = pair;
    const random = { bytes: (length: number) => crypto.getRandomValues(new Uint8Array(length)) };
    const stranger = await Authority.create({
      clock: { now: () => time.now },
      random,
      trustDomain: 'cluster.local',
    });
    const key = await certifiedKey(stranger);
    await refused(await pair.signed(undefined, key));
  });

  test('that are over are refused, also where they were known', async () => {
    const key = await certifiedKey(pair.authority, GATEWAY, 30_000);
    assert.equal(await pair.verdict(await pair.signed(undefined, key)), 'verified');
    pair.time.now += 31_000;
    await refused(await pair.signed(undefined, key));
  });

  test('stand for their own identity alone', async () => {
    const key = await certifiedKey(pair.authority, workloadId('cluster.local', 'default', 'mallory'));
    const message = await pair.signed(
      (draft) => draft.headers.set('x-weft-src', formatSpiffeId(GATEWAY)),
      key,
    );
    await refused(message, 'signature_source');
  });

  test('of an X.509-SVID do not sign requests', async () => {
    const keys = await generateKey();
    await assert.rejects(
      pair.authority.issueSpecial(
        await exportPublicKey(keys.publicKey),
        { kind: 'proof', id: GATEWAY },
        60_000,
      ),
      { code: 'csr_key' },
    );
  });

  test('of a root that is no longer trusted are refused from that moment', async () => {
    const own = await SigningPair.create();
    assert.equal(await own.verdict(await own.signed()), 'verified');
    own.trust = new Trust({ trustDomain: 'cluster.local', rootsPem: pair.authority.bundle() });
    assert.equal(await own.verdict(await own.signed()), 'signature_certificate');
  });

  test('are no SVIDs: neither a client nor a server may be one', async () => {
    const chain = decodePem('CERTIFICATE', await chainPem());
    for (const purpose of ['client', 'server'] as const)
      await assert.rejects(pair.trust.verify({ chain, purpose, now: pair.time.now }), {
        code: 'certificate_algorithm',
      });
    assert.deepEqual((await pair.trust.verify({ chain, purpose: 'proof', now: pair.time.now })).id, GATEWAY);
  });

  test('in other spellings are refused', async () => {
    for (const spell of [
      (text: string) => text.replace(', ', ','),
      (text: string) => `${text}, ${text}, ${text}`,
      (text: string) => text.split(', ').reverse().join(', '),
      () => 'x'.repeat(20_000),
      () => encodeBase64(new Uint8Array(100)),
    ]) {
      const message = await pair.signed();
      message.headers.set('x-weft-svid', spell(last(message, 'x-weft-svid')));
      await refused(message);
    }
  });
});

test('a request for somebody else is refused', async () => {
  for (const destination of ['spiffe://cluster.local/ns/default/sa/other', '', `${OWN_ID}x`, `${OWN_ID},x`]) {
    const message = await pair.signed((draft) => draft.headers.set('x-weft-dst', destination));
    assert.equal(await pair.verdict(message), 'signature_destination');
  }
});

describe('used nonces', () => {
  test('are kept until they expire, a second after the other', () => {
    const memory = new NonceMemory();
    for (let i = 0; i < 100; i++) assert.equal(memory.use(`n${i}`, 100 + i, 100, 'a'), 'fresh');
    assert.equal(memory.use('n50', 150, 150, 'a'), 'used');
    assert.equal(memory.size, 50);
    assert.equal(memory.use('last', 300, 250, 'a'), 'fresh');
    assert.equal(memory.size, 1);
  });

  test('fill no more than the room there is, and one owner half of it', () => {
    const memory = new NonceMemory(10);
    const verdicts = Array.from({ length: 6 }, (_, i) => memory.use(`a${i}`, 200, 100, 'a'));
    assert.deepEqual(verdicts, ['fresh', 'fresh', 'fresh', 'fresh', 'fresh', 'full']);
    for (let i = 0; i < 5; i++) assert.equal(memory.use(`b${i}`, 200, 100, 'b'), 'fresh');
    assert.equal(memory.use('c', 200, 100, 'c'), 'full');
    assert.equal(memory.use('a0', 200, 100, 'a'), 'used', 'nothing was forgotten');
    assert.equal(memory.use('c', 300, 201, 'c'), 'fresh');
  });
});

async function chainPem(): Promise<string> {
  const { publicKey } = (await crypto.subtle.generateKey({ name: 'Ed25519' }, true, [
    'sign',
    'verify',
  ])) as CryptoKeyPair;
  const spki = await exportPublicKey(publicKey);
  return (await pair.authority.issueSpecial(spki, { kind: 'proof', id: GATEWAY }, 60_000)).chainPem;
}
