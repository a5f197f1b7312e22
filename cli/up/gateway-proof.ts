import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { encodeBase64 } from '../../src/identity/bytes.ts';
import { generateProofKey } from '../../src/identity/signature/proof-key.ts';
import { exportPrivateKey, exportPublicKey } from '../../src/identity/x509/p256.ts';
import { StateDirectory } from '../../src/runtime/store/state-directory.ts';
import type { ControlClient } from '../control-client.ts';

/** What a gateway Worker proves itself with, and whom its runtime believes. */
export interface GatewayProof {
  /** WEFT_PROOF_KEY: PKCS#8, base64. */
  readonly secret: string;
  /** PEM file of the roots that edge listeners' certificates lead to. */
  readonly rootsFile: string;
}

interface Kept {
  readonly secret: string;
  readonly publicKey: string;
}

/** Makes the gateway's key at the first start, has control certify it, and writes down the roots of the mesh. */
export async function gatewayProof(state: string, control: ControlClient): Promise<GatewayProof> {
  const kept = await new StateDirectory(state).once('gateway-proof.json', async () =>
    JSON.stringify(await makeKey()),
  );
  const { secret, publicKey } = JSON.parse(kept) as Kept;
  await control.post('/v1/admin/proof-keys', { publicKey });
  const { roots } = await control.get<{ readonly roots: string }>('/v1/admin/status');
  const rootsFile = join(state, 'roots.pem');
  writeFileSync(rootsFile, roots, { mode: 0o600 });
  return { secret, rootsFile };
}

async function makeKey(): Promise<Kept> {
  const { privateKey, publicKey } = await generateProofKey();
  return {
    secret: encodeBase64(await exportPrivateKey(privateKey)),
    publicKey: encodeBase64(await exportPublicKey(publicKey)),
  };
}
