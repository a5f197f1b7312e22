/** The life of an identity on the runtime that runs this file; prints `identity ok`, or fails. */
import assert from 'node:assert/strict';
import { Authority } from '../../src/identity/authority/authority.ts';
import { JoinTokens } from '../../src/identity/authority/join-token.ts';
import { type ControlRequest, enrol, RENEW_PATH, renew } from '../../src/identity/enrol.ts';
import { issueJwtSvid } from '../../src/identity/jwt-svid/issue-jwt-svid.ts';
import { openJwtKeys, rotatedJwtKeys } from '../../src/identity/jwt-svid/jwt-keys.ts';
import { jwtSvidKeys, spiffeBundle } from '../../src/identity/jwt-svid/spiffe-bundle.ts';
import { verifyJwtSvid } from '../../src/identity/jwt-svid/verify-jwt-svid.ts';
import { decodePem } from '../../src/identity/pem.ts';
import { createProof, verifyProof } from '../../src/identity/proof.ts';
import { ReplayCache } from '../../src/identity/replay-cache.ts';
import { formatSpiffeId, workloadId } from '../../src/identity/spiffe.ts';
import { peerSpiffeId } from '../../src/identity/x509/peer-id.ts';
import { MemoryStore } from '../../src/runtime/store/memory.ts';
import { NOON, TRUST_DOMAIN, testAuthority, testBundle, testPorts } from './identity-mesh.ts';

const created = await testAuthority();
const authority = await Authority.load(JSON.parse(JSON.stringify(created.export())), testPorts());
const tokens = new JoinTokens({ store: new MemoryStore(), ...testPorts() });
const grant = { namespace: 'default', serviceAccount: 'reviews', workload: 'reviews-v1' };
const { token } = await tokens.mint(grant);
const seen = new ReplayCache();
const check = { bundle: testBundle(authority), trustDomain: TRUST_DOMAIN, audience: 'demo', now: NOON, seen };

const control: ControlRequest = async (path, body, proof) => {
  const { csr, token: secret = '' } = body as { csr: string; token?: string };
  const renewed = path === RENEW_PATH;
  const id = renewed
    ? await verifyProof(proof ?? '', { ...check, method: 'POST', path })
    : await attest(secret);
  return { chain: (await authority.issue(csr, id, 3_600_000)).chainPem, roots: authority.bundle() };
};

async function attest(secret: string) {
  const { namespace, serviceAccount } = await tokens.redeem(secret);
  return workloadId(TRUST_DOMAIN, namespace, serviceAccount);
}

const bundle = {
  control: 'https://control.example',
  mesh: 'demo',
  trustDomain: TRUST_DOMAIN,
  rootHash: authority.rootHash(),
  signingKeys: [],
  token,
  ...grant,
};
const inputs = { bundle, request: control, now: () => NOON };
const { svid } = await enrol(inputs);
const next = await renew({ ...inputs, svid, jti: 'abcdefghijklmnop' });
const [leaf] = decodePem('CERTIFICATE', next.svid.chainPem);
assert.equal(formatSpiffeId(peerSpiffeId(leaf ?? new Uint8Array(), TRUST_DOMAIN)), formatSpiffeId(svid.id));

const target = { aud: 'demo', method: 'GET', path: '/v1/watch', now: NOON, jti: 'qrstuvwxyz_-0123' };
const proof = await createProof(next.svid, target);
const forged = `${proof.slice(0, -10)}${proof.at(-10) === 'A' ? 'B' : 'A'}${proof.slice(-9)}`;
await assert.rejects(verifyProof(forged, { ...check, method: 'GET', path: '/v1/watch' }));
await verifyProof(proof, { ...check, method: 'GET', path: '/v1/watch' });
await assert.rejects(verifyProof(proof, { ...check, method: 'GET', path: '/v1/watch' }));
await assert.rejects(enrol(inputs));
const stranger = await testAuthority();
const strange = {
  ...check,
  bundle: testBundle(stranger),
  method: 'GET',
  path: '/v1/watch',
  seen: new ReplayCache(),
};
await assert.rejects(verifyProof(proof, strange));

const { text } = await rotatedJwtKeys(undefined, NOON);
const { signer, jwks } = await openJwtKeys(text, NOON);
const jti = crypto.getRandomValues(new Uint8Array(16));
const terms = { id: next.svid.id, audience: 'db', now: NOON, ttlMs: 60_000, jti };
const { token: jwtSvid } = await issueJwtSvid(signer, terms);
const keys = new Map([[TRUST_DOMAIN, jwtSvidKeys(await spiffeBundle(authority.bundle(), jwks))]]);
assert.equal((await verifyJwtSvid(jwtSvid, { keys, audience: 'db', now: NOON })).kind, 'verified');
assert.equal((await verifyJwtSvid(jwtSvid, { keys, audience: 'web', now: NOON })).kind, 'refused');
console.log('identity ok');
