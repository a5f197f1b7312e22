import assert from 'node:assert/strict';
import { beforeEach, describe, test } from 'node:test';
import { Registry } from '../../control/registry.ts';
import { workloadApi } from '../../control/workload-api.ts';
import type { Authority } from '../../src/identity/authority/authority.ts';
import { listIssuances } from '../../src/identity/authority/issuance-log.ts';
import { JoinTokens } from '../../src/identity/authority/join-token.ts';
import { JOIN_PATH, RENEW_PATH } from '../../src/identity/enrol.ts';
import { decodeOnePem, decodePem, encodePem } from '../../src/identity/pem.ts';
import { createProof, type ProofTarget } from '../../src/identity/proof.ts';
import { formatSpiffeId } from '../../src/identity/spiffe.ts';
import type { Svid } from '../../src/identity/svid.ts';
import { createCsr } from '../../src/identity/x509/csr.ts';
import { exportPrivateKey, generateKey } from '../../src/identity/x509/p256.ts';
import { peerSpiffeId } from '../../src/identity/x509/peer-id.ts';
import { MemoryStore } from '../../src/runtime/store/memory.ts';
import { RememberedLog } from '../support/control-parts.ts';
import {
  NOON,
  TRUST_DOMAIN,
  testAuthority,
  testBundle,
  testPorts,
  testSvid,
} from '../support/identity-mesh.ts';
import { der, integer, text } from '../support/raw-certificate.ts';
import { rawCsr } from '../support/raw-csr.ts';
import { ManualClock } from '../support/scripted-transport.ts';

const HOUR = 3_600_000;
const MINUTE = 60_000;
const grant = { namespace: 'default', serviceAccount: 'reviews', workload: 'reviews-v1' };
const id = 'spiffe://cluster.local/ns/default/sa/reviews';
const LABEL = 'CERTIFICATE REQUEST';
const authority = testAuthority();

/** Control's workload API over an authority, with nothing else. */
class Attestor {
  readonly clock = new ManualClock();
  readonly store = new MemoryStore();
  readonly log = new RememberedLog();
  readonly tokens: JoinTokens;
  readonly authority: Authority;
  readonly #app: ReturnType<typeof workloadApi>;

  constructor(ca: Authority) {
    this.clock.time = NOON;
    this.authority = ca;
    const { clock, store, log } = this;
    this.tokens = new JoinTokens({ store, clock, random: testPorts().random });
    this.#app = workloadApi({
      authority: ca,
      tokens: this.tokens,
      registry: new Registry(clock, TRUST_DOMAIN, 15_000),
      store,
      signingKeys: [],
      trust: { mesh: 'demo', bundle: () => testBundle(ca), clock, log },
      clock,
      log,
      svidTtlMs: HOUR,
      onEndpoints: async () => {},
    });
  }

  async token(): Promise<string> {
    return (await this.tokens.mint(grant)).token;
  }

  async post(path: string, body: unknown, proof?: string): Promise<Response> {
    const headers = {
      'content-type': 'application/json',
      ...(proof === undefined ? {} : { authorization: proof }),
    };
    const written = typeof body === 'string' ? body : JSON.stringify(body);
    return this.#app.request(path, { method: 'POST', headers, body: written });
  }

  async issued(): Promise<number> {
    return (await listIssuances(this.store, 1000)).length;
  }
}

/** The ID in an answer of 200. */
async function certifiedId(response: Response): Promise<string> {
  assert.equal(response.status, 200);
  const { chain } = (await response.json()) as { chain: string };
  const [leaf = new Uint8Array()] = decodePem('CERTIFICATE', chain);
  return formatSpiffeId(peerSpiffeId(leaf, TRUST_DOMAIN));
}

const bytes = (...octets: number[]) => Uint8Array.from(octets);
const oid = (...octets: number[]) => der(0x06, Uint8Array.from(octets));
const name = der(0x30, der(0x31, der(0x30, oid(0x55, 4, 3), der(0x0c, text('admin')))));
const ECDSA = [0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03];
const RSA = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01];

/** A request for extensions (RFC 2985 §5.4.2): one, of any content. */
const extensions = (which: number, value: Uint8Array) =>
  der(
    0xa0,
    der(
      0x30,
      oid(0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x0e),
      der(0x31, der(0x30, der(0x30, oid(0x55, 0x1d, which), der(0x04, value)))),
    ),
  );
const attribute = der(0xa0, der(0x30, oid(0x2a, 3), der(0x31, der(0x0c, text('a')))));

async function spoilt(change: (good: Uint8Array) => Uint8Array): Promise<string> {
  return encodePem(LABEL, change(decodeOnePem(LABEL, await rawCsr())));
}

const p384Key = async () => {
  const { publicKey } = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-384' }, true, [
    'sign',
    'verify',
  ]);
  return new Uint8Array(await crypto.subtle.exportKey('spki', publicKey));
};

const requests: [string, () => Promise<string>, string][] = [
  ['a subject', () => rawCsr({ subject: name }), 'csr_subject'],
  [
    'the name that it wants',
    () => rawCsr({ attributes: extensions(0x11, der(0x30, der(0x86, text(id)))) }),
    'csr_attributes',
  ],
  [
    'the wish to be an authority',
    () => rawCsr({ attributes: extensions(0x13, der(0x30, bytes(1, 1, 255))) }),
    'csr_attributes',
  ],
  ['the wish to sign', () => rawCsr({ attributes: extensions(0x0f, bytes(3, 2, 2, 4)) }), 'csr_attributes'],
  [
    'a purpose',
    () => rawCsr({ attributes: extensions(0x25, der(0x30, oid(0x55, 0x1d, 0x25, 0))) }),
    'csr_attributes',
  ],
  ['an attribute', () => rawCsr({ attributes: attribute }), 'csr_attributes'],
  ['version 2', () => rawCsr({ version: integer(bytes(1)) }), 'csr_malformed'],
  ['a negative version', () => rawCsr({ version: der(2, bytes(0xff)) }), 'der_malformed'],
  ['no version', () => rawCsr({ version: bytes() }), 'der_malformed'],
  ['no key', () => rawCsr({ publicKey: bytes() }), 'der_malformed'],
  ['a P-384 key', async () => rawCsr({ publicKey: await p384Key() }), 'csr_key'],
  [
    'the key of another',
    async () => rawCsr({ publicKey: decodeOnePem(LABEL, await rawCsr()).slice(10, 101) }),
    'csr_signature',
  ],
  ['a point off the curve', () => rawCsr({ publicKey: offCurve() }), 'csr_signature'],
  [
    'the point at infinity',
    () => rawCsr({ publicKey: der(0x30, offCurve().subarray(2, 23), der(3, bytes(0, 0))) }),
    'csr_key',
  ],
  ['the name of SHA-1', () => rawCsr({ algorithm: der(0x30, oid(...ECDSA.slice(0, 6), 1)) }), 'csr_key'],
  ['the name of SHA-384', () => rawCsr({ algorithm: der(0x30, oid(...ECDSA, 3)) }), 'csr_key'],
  ['the name of SHA-512', () => rawCsr({ algorithm: der(0x30, oid(...ECDSA, 4)) }), 'csr_key'],
  ['the name of RSA', () => rawCsr({ algorithm: der(0x30, oid(...RSA, 11), bytes(5, 0)) }), 'csr_key'],
  ['the name of Ed25519', () => rawCsr({ algorithm: der(0x30, oid(0x2b, 0x65, 0x70)) }), 'csr_key'],
  [
    'parameters of its algorithm',
    () => rawCsr({ algorithm: der(0x30, oid(...ECDSA, 2), bytes(5, 0)) }),
    'csr_key',
  ],
  [
    'a signature of zeros',
    () => rawCsr({ signature: () => der(0x30, bytes(2, 1, 0), bytes(2, 1, 0)) }),
    'csr_malformed',
  ],
  [
    'a signature of ones',
    () => rawCsr({ signature: () => der(0x30, bytes(2, 1, 1), bytes(2, 1, 1)) }),
    'csr_signature',
  ],
  ['a signature that is not DER', () => rawCsr({ signature: (raw) => raw }), 'csr_malformed'],
  ['an empty signature', () => rawCsr({ signature: () => bytes() }), 'csr_malformed'],
  [
    'octets after its signature',
    () =>
      rawCsr({
        signature: (raw) =>
          Uint8Array.from([...der(0x30, integer(raw.subarray(0, 32)), integer(raw.subarray(32))), 0]),
      }),
    'csr_malformed',
  ],
  ['octets after it', () => spoilt((good) => Uint8Array.from([...good, 0])), 'der_malformed'],
  ['its end cut off', () => spoilt((good) => good.subarray(0, -1)), 'der_malformed'],
  [
    'an indefinite length',
    () => spoilt((good) => Uint8Array.from([0x30, 0x80, ...good.subarray(3), 0, 0])),
    'der_malformed',
  ],
  ['more than 4,096 octets', async () => encodePem(LABEL, new Uint8Array(4097)), 'csr_malformed'],
  [
    'the label of a certificate',
    async () => (await rawCsr()).replaceAll(LABEL, 'CERTIFICATE'),
    'pem_malformed',
  ],
  ['a second request', async () => (await rawCsr()) + (await rawCsr()), 'pem_malformed'],
  ['text around it', async () => `subject=admin\n${await rawCsr()}`, 'pem_malformed'],
  [
    'base64 of a second spelling',
    async () => (await rawCsr()).replace('\n-----END', '=\n-----END'),
    'base64_malformed',
  ],
  ['no PEM', async () => 'reviews', 'pem_malformed'],
];

function offCurve(): Uint8Array {
  const algorithm = der(
    0x30,
    oid(0x2a, 0x86, 0x48, 0xce, 0x3d, 2, 1),
    oid(0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7),
  );
  return der(0x30, algorithm, der(3, bytes(0, 4), new Uint8Array(64).fill(5)));
}

const at = (token: string, part: number, change: (part: string) => string) =>
  token
    .split('.')
    .map((one, i) => (i === part ? change(one) : one))
    .join('.');
const flipped = (part: string) => (part.startsWith('A') ? 'B' : 'A') + part.slice(1);

const joins: [string, (attestor: Attestor) => Promise<string>, string][] = [
  ['no token', async () => '', 'malformed'],
  ['another prefix', async (a) => at(await a.token(), 0, () => 'weft'), 'malformed'],
  ['a prefix in capitals', async (a) => at(await a.token(), 0, (one) => one.toUpperCase()), 'malformed'],
  ['a fourth part', async (a) => `${await a.token()}.a`, 'malformed'],
  ['no secret', async (a) => at(await a.token(), 2, () => ''), 'malformed'],
  ['half a secret', async (a) => at(await a.token(), 2, (one) => one.slice(0, 22)), 'malformed'],
  ['padding', async (a) => `${await a.token()}=`, 'malformed'],
  ['a space', async (a) => ` ${await a.token()}`, 'malformed'],
  ['a name with a slash', async (a) => at(await a.token(), 1, () => '../authority'), 'malformed'],
  ['another secret', async (a) => at(await a.token(), 2, flipped), 'wrong_secret'],
  [
    'the secret of another token',
    async (a) => {
      const [, , secret = ''] = (await a.token()).split('.');
      return at(await a.token(), 2, () => secret);
    },
    'wrong_secret',
  ],
  ['a name that nobody minted', async (a) => at(await a.token(), 1, flipped), 'unknown'],
  ['the token of another mesh', async () => new Attestor(await authority).token(), 'unknown'],
  [
    'a token that is spent',
    async (a) => {
      const token = await a.token();
      await a.tokens.redeem(token);
      return token;
    },
    'used',
  ],
  [
    'a token of 10 minutes ago',
    async (a) => {
      const token = await a.token();
      a.clock.time += 10 * MINUTE;
      return token;
    },
    'expired',
  ],
];

const bodies: [string, (token: string, csr: string) => unknown][] = [
  ['no JSON', (token) => token],
  ['a list', (token, csr) => [token, csr]],
  ['no request', (token) => ({ token })],
  ['no token', (_, csr) => ({ csr })],
  ['a field that wants an ID', (token, csr) => ({ token, csr, id })],
  ['a field that wants a life', (token, csr) => ({ token, csr, ttlMs: 1 })],
  ['a number for a token', (_, csr) => ({ token: 1, csr })],
  ['a token of 129 characters', (_, csr) => ({ token: 'a'.repeat(129), csr })],
  ['a request of more than 16 KiB', (token) => ({ token, csr: 'a'.repeat(16 * 1024 + 1) })],
];

let proofs = 0;
async function proofOf(svid: Svid, change: Partial<ProofTarget> = {}): Promise<string> {
  proofs += 1;
  const jti = `proof-of-a-test-${String(proofs).padStart(4, '0')}`;
  const target = { aud: 'demo', method: 'POST', path: RENEW_PATH, now: NOON, jti, ...change };
  return `Bearer ${await createProof(svid, target)}`;
}

const svidOf = async (ca: Authority, account = 'reviews') => (await testSvid(ca, account)).svid;

const renewals: [string, (attestor: Attestor) => Promise<string | undefined>][] = [
  ['no proof', async () => undefined],
  ['an empty proof', async () => 'Bearer '],
  ['a join token as its proof', async (a) => `Bearer ${await a.token()}`],
  ['another scheme', async (a) => (await proofOf(await svidOf(a.authority))).replace('Bearer', 'Basic')],
  ['a proof for another path', async (a) => proofOf(await svidOf(a.authority), { path: JOIN_PATH })],
  ['a proof for another method', async (a) => proofOf(await svidOf(a.authority), { method: 'GET' })],
  ['a proof for another mesh', async (a) => proofOf(await svidOf(a.authority), { aud: 'other' })],
  ['a proof of the past', async (a) => proofOf(await svidOf(a.authority), { now: NOON - 3 * MINUTE })],
  ['a proof of the future', async (a) => proofOf(await svidOf(a.authority), { now: NOON + 3 * MINUTE })],
  ['a proof with a weak nonce', async (a) => proofOf(await svidOf(a.authority), { jti: 'short' })],
  ['the SVID of another mesh', async () => proofOf(await svidOf(await testAuthority()))],
  [
    'an SVID that is over',
    async (a) => {
      const proof = await proofOf(await svidOf(a.authority), { now: NOON + 2 * HOUR });
      a.clock.time = NOON + 2 * HOUR;
      return proof;
    },
  ],
  [
    'the chain of one and the key of another',
    async (a) => {
      const keyPem = encodePem('PRIVATE KEY', await exportPrivateKey((await generateKey()).privateKey));
      return proofOf({ ...(await svidOf(a.authority)), keyPem });
    },
  ],
  [
    'the ID of another',
    async (a) => {
      const { id: admin } = await svidOf(a.authority, 'admin');
      return proofOf({ ...(await svidOf(a.authority)), id: admin });
    },
  ],
  [
    'a leaf without its intermediate',
    async (a) => {
      const svid = await svidOf(a.authority);
      const [leaf = new Uint8Array()] = decodePem('CERTIFICATE', svid.chainPem);
      return proofOf({ ...svid, chainPem: encodePem('CERTIFICATE', leaf) });
    },
  ],
  [
    'a proof that was used',
    async (a) => {
      const proof = await proofOf(await svidOf(a.authority));
      await a.post(RENEW_PATH, {}, proof);
      return proof;
    },
  ],
];

describe('attestation', () => {
  let attestor: Attestor;

  beforeEach(async () => {
    attestor = new Attestor(await authority);
  });

  test('certifies whom the token was minted for', async () => {
    const answer = await attestor.post(JOIN_PATH, { token: await attestor.token(), csr: await rawCsr() });
    assert.equal(await certifiedId(answer), id);
    assert.equal(await attestor.issued(), 1);
  });

  test('certifies again whom an SVID names', async () => {
    const proof = await proofOf(await svidOf(attestor.authority, 'ratings'));
    const answer = await attestor.post(RENEW_PATH, { csr: await rawCsr() }, proof);
    assert.equal(await certifiedId(answer), 'spiffe://cluster.local/ns/default/sa/ratings');
  });

  for (const [what, make, code] of requests) {
    test(`refuses a request with ${what}, and leaves the token unspent`, async () => {
      const token = await attestor.token();
      const refused = await attestor.post(JOIN_PATH, { token, csr: await make() });
      assert.deepEqual([refused.status, await refused.text()], [403, 'refused']);
      assert.deepEqual(attestor.log.events, ['warn identity refused']);
      assert.equal(await attestor.issued(), 0);
      await assert.rejects(
        attestor.authority.issue(await make(), (await svidOf(attestor.authority)).id, HOUR),
        { code },
      );
      assert.equal(await certifiedId(await attestor.post(JOIN_PATH, { token, csr: await rawCsr() })), id);
    });
  }

  for (const [what, make, reason] of joins) {
    test(`refuses to join with ${what}, without saying why`, async () => {
      const token = await make(attestor);
      const refused = await attestor.post(JOIN_PATH, { token, csr: await rawCsr() });
      assert.deepEqual([refused.status, await refused.text()], [403, 'refused']);
      assert.equal(await attestor.issued(), 0);
      await assert.rejects(attestor.tokens.redeem(token), { reason });
    });
  }

  for (const [what, make] of bodies) {
    test(`refuses a body with ${what}`, async () => {
      const token = await attestor.token();
      const refused = await attestor.post(JOIN_PATH, make(token, await rawCsr()));
      assert.deepEqual([refused.status, await refused.text()], [400, 'malformed body']);
      assert.equal(await attestor.issued(), 0);
      await attestor.tokens.redeem(token);
    });
  }

  for (const [what, make] of renewals) {
    test(`refuses to renew with ${what}`, async () => {
      const refused = await attestor.post(RENEW_PATH, { csr: await rawCsr() }, await make(attestor));
      assert.equal(refused.status, 401);
      assert.equal(await attestor.issued(), 0);
    });
  }

  test('refuses to renew with a request that wants more', async () => {
    const proof = await proofOf(await svidOf(attestor.authority));
    const refused = await attestor.post(RENEW_PATH, { csr: await rawCsr({ subject: name }) }, proof);
    assert.equal(refused.status, 403);
    assert.equal(await attestor.issued(), 0);
  });

  test('gives exactly one certificate for a token that four use at once, a hundred times', async () => {
    const csr = await createCsr(await generateKey());
    for (let round = 1; round <= 100; round++) {
      const token = await attestor.token();
      const answers = await Promise.all([1, 2, 3, 4].map(() => attestor.post(JOIN_PATH, { token, csr })));
      assert.deepEqual(answers.map(({ status }) => status).sort(), [200, 403, 403, 403]);
      assert.equal(await attestor.issued(), round);
    }
  });
});
