import { HeaderList } from '../../src/http/header-list.ts';
import { decodeBase64 } from '../../src/identity/bytes.ts';
import { NonceMemory } from '../../src/identity/signature/nonce-memory.ts';
import { ProfileField } from '../../src/identity/signature/profile.ts';
import {
  importEd25519,
  importProofKey,
  type ProofKey,
  proofKey,
  signEd25519,
  verifyEd25519,
} from '../../src/identity/signature/proof-key.ts';
import { RequestVerifier } from '../../src/identity/signature/request-verifier.ts';
import { signRequest } from '../../src/identity/signature/sign-request.ts';
import { Trust } from '../../src/identity/trust.ts';
import type { SlowWork } from '../call-time.ts';

/** What both ends of a signed hop hold, as text. */
export interface SigningMaterial {
  /** PKCS#8 of the proof key, base64. */
  readonly secret: string;
  readonly chainPem: string;
  readonly notAfter: number;
  readonly rootsPem: string;
}

const ID = { trustDomain: 'cluster.local', path: '/ns/istio-system/sa/gateway' };
const OWN = {
  id: 'spiffe://cluster.local/ns/default/sa/web',
  authority: 'web.edge.example:15443',
  startedAt: 0,
};

/** One request signed at a gateway and verified at a sidecar: fields, signature base, certificate, nonce. */
export async function signedHop({
  secret,
  chainPem,
  notAfter,
  rootsPem,
}: SigningMaterial): Promise<SlowWork> {
  const { privateKey, publicKey } = await importProofKey(decodeBase64(secret));
  const key = await proofKey(privateKey, publicKey, { chainPem, id: ID, notAfter });
  const trust = new Trust({ trustDomain: ID.trustDomain, rootsPem });
  const verifier = new RequestVerifier(
    () => trust,
    () => OWN,
    new NonceMemory(),
  );
  return async (times) => {
    for (let i = 0; i < times; i++) {
      const headers = requestFields(key);
      const request = {
        method: 'GET',
        authority: OWN.authority,
        path: '/reviews/0',
        query: '?page=1',
        headers,
      };
      const now = Date.now();
      const nonce = crypto.getRandomValues(new Uint8Array(16));
      const { input, signature } = await signRequest(request, { key, now, nonce });
      headers.append('signature-input', input);
      headers.append('signature', signature);
      await verifier.verify(request, now);
    }
  };
}

/** Ed25519 alone, over as many octets. */
export async function bareSignature({ secret }: SigningMaterial): Promise<SlowWork> {
  const { privateKey, publicKey } = await importProofKey(decodeBase64(secret));
  const key = await importEd25519(publicKey);
  if (key === undefined) throw new Error('no key');
  const data = new Uint8Array(OCTETS).fill(0x61);
  return async (times) => {
    for (let i = 0; i < times; i++) {
      const signature = await signEd25519(privateKey, data);
      if (!(await verifyEd25519(key, signature, data))) throw new Error('does not hold');
    }
  };
}

/** Of the signature base of such a request. */
const OCTETS = 850;

function requestFields(key: ProofKey): HeaderList {
  const headers = new HeaderList();
  for (const [name, value] of FIELDS) headers.append(name, value);
  headers.append(ProfileField.source, key.source);
  headers.append(ProfileField.destination, OWN.id);
  headers.append(ProfileField.certificates, key.chainText);
  headers.append(ProfileField.authority, 'shop.example');
  headers.append(ProfileField.serverName, 'outbound_.9080_._.reviews.default.svc.cluster.local');
  return headers;
}

const FIELDS = [
  ['accept', 'text/html'],
  ['accept-encoding', 'gzip, br'],
  ['user-agent', 'curl/8.17.0'],
  ['x-forwarded-for', '203.0.113.7'],
  ['x-forwarded-proto', 'https'],
  ['x-request-id', '0b7543db-f585-4f4d-9cc3-bb5a8f2f5cfd'],
  ['x-weft-peer', 'n=gateway;ns=istio-system;cs=gateway;cr=latest;v=;l='],
] as const;
