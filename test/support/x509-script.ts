/** Third-party cases of certificates and signatures on the runtime that runs this file; prints what went wrong. */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { keyKind } from '../../src/identity/x509/public-key.ts';
import { signatureAlgorithm, verifySignature } from '../../src/identity/x509/signature.ts';
import { suite } from '../conformance/x509-limbo.ts';
import { readVectors } from './vectors.ts';

interface Group {
  readonly publicKeyDer: string;
  readonly sha?: string;
  readonly tests: readonly Vector[];
}

interface Vector {
  readonly tcId: number;
  readonly msg: string;
  readonly sig: string;
  readonly result: 'valid' | 'invalid' | 'acceptable';
}

/** AlgorithmIdentifiers by file. */
const files = [
  ['wycheproof_ecdsa_secp256r1_sha256_p1363.json', '300a06082a8648ce3d040302'],
  ['wycheproof_ecdsa_secp384r1_sha384_p1363.json', '300a06082a8648ce3d040303'],
  ['wycheproof_ed25519.json', '300506032b6570'],
  ['wycheproof_rsa_signature_2048_sha256.json', '300d06092a864886f70d01010b0500'],
] as const;

const octets = (text: string) => Uint8Array.from(Buffer.from(text, 'hex'));
const wrong: string[] = [];

async function judgeFile(file: string, identifier: string): Promise<number> {
  const algorithm = signatureAlgorithm(octets(identifier));
  const { testGroups } = readVectors<{ readonly testGroups: readonly Group[] }>(file);
  let judged = 0;
  for (const { publicKeyDer, tests } of testGroups) {
    for (const { tcId, msg, sig, result } of tests) {
      const given = { publicKey: octets(publicKeyDer), signature: octets(sig), data: octets(msg) };
      const verified = algorithm !== undefined && (await verifySignature({ algorithm, ...given }));
      // Acceptable ones may go either way; keys outside the profile (an exponent of 3) are refused in any case.
      const expected = result === 'valid' && keyKind(given.publicKey) !== undefined;
      if (result !== 'acceptable' && verified !== expected)
        wrong.push(`${file} ${tcId}: ${result}, and ${verified ? 'accepted' : 'refused'}`);
      judged += 1;
    }
  }
  return judged;
}

let vectors = 0;
for (const [file, identifier] of files) vectors += await judgeFile(file, identifier);

const data = fileURLToPath(new URL('../../../shared/conformance/', import.meta.url));
const results = existsSync(data) ? await suite.run(data) : [];
for (const { id, verdict, got } of results) if (verdict === 'failed') wrong.push(`${id}: ${got}`);
const passed = results.filter(({ verdict }) => verdict === 'passed').length;

for (const line of wrong) console.log(line);
console.log(`${vectors} vectors, ${passed} chains, ${wrong.length} wrong`);
