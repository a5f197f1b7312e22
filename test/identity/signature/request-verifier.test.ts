import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import fc from 'fast-check';
import { Authority } from '../../../src/identity/authority/authority.ts';
import { encodeBase64 } from '../../../src/identity/bytes.ts';
import { decodePem } from '../../../src/identity/pem.ts';
import { NonceMemory } from '../../../src/identity/signature/nonce-memory.ts';
import { coveredComponents } from '../../../src/identity/signature/profile.ts';
import { readAlone, readMembers } from '../../../src/identity/signature/read-signature.ts';
import { RequestVerifier } from '../../../src/identity/signature/request-verifier.ts';
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
import { SIGNED_FIELDS, TAMPERINGS } from '../../support/tamperings.ts';

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

const last = (draft: SignedDraft, name: string): string => draft.headers.get(name) ?? '';

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
  const places = ['method', 'path', 'query', ...SIGNED_FIELDS, 'signature', 'signature-input'] as const;
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
  for (const [what, change] of [['as it was sent', () => undefined] as const, ...TAMPERINGS]) {
    const message = await pair.signed();
    change(message);
    const [input, signature] = [message.headers.get('signature-input'), message.headers.get('signature')];
    const { list } = coveredComponents(message.headers);
    const alone = readAlone(input ?? '', signature ?? '', list);
    if (alone !== undefined) assert.deepEqual(alone, readMembers(input ?? '', signature ?? ''), what);
    else assert.notEqual(what, 'as it was sent');
  }
});

describe('the window', () => {
  const cases: readonly (readonly [ms: number, string])[] = [
    [-61_000, 'signature_window'],
    [-6_000, 'signature_window'],
    [-5_000, 'verified'],
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
    assert.equal(await own.verdict(message), 'signature_unready');
  });

  test('what was signed in the second in which this process began may be older than it', async () => {
    const own = await SigningPair.create(Date.UTC(2026, 10, 23, 12) + 500);
    own.time.now += 100;
    assert.equal(await own.verdict(await own.signed()), 'signature_unready');
    own.time.now += 400;
    assert.equal(await own.verdict(await own.signed()), 'verified');
  });

  test('says until when nothing may be answered, where the signer’s clock is ahead', async () => {
    const own = await SigningPair.create();
    own.time.now += 4000;
    const message = await own.signed();
    own.time.now -= 4000;
    assert.equal((await own.verify(message)).createdAt, own.time.now + 4000);
  });

  test('begins when there is somebody to sign for: until then it is nobody’s fault', async () => {
    const own = await SigningPair.create();
    const identity = { id: OWN_ID, authority: own.draft().authority, startedAt: own.startedAt };
    for (const [trust, receiver] of [
      [undefined, identity],
      [own.trust, undefined],
    ] as const) {
      const verifier = new RequestVerifier(
        () => trust,
        () => receiver,
        new NonceMemory(),
      );
      await assert.rejects(verifier.verify(await own.signed(), own.time.now), { code: 'signature_unready' });
    }
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
