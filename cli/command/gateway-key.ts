import { encodeBase64 } from '../../src/identity/bytes.ts';
import { generateProofKey } from '../../src/identity/signature/proof-key.ts';
import { exportPrivateKey, exportPublicKey } from '../../src/identity/x509/p256.ts';
import { ControlClient } from '../control-client.ts';

export interface GatewayKeyFlags {
  readonly state: string;
}

/** `weft gateway-key`: has control certify a new key for the gateway Worker, and prints the secret half for its store. */
export async function gatewayKey({ state }: GatewayKeyFlags): Promise<void> {
  const control = ControlClient.fromState(state);
  const { privateKey, publicKey } = await generateProofKey();
  const registered = { publicKey: encodeBase64(await exportPublicKey(publicKey)) };
  const { keyid } = await control.post<{ readonly keyid: string }>('/v1/admin/proof-keys', registered);
  process.stderr.write(
    `certified as ${keyid}; what follows is the secret WEFT_PROOF_KEY of the gateway Worker\n`,
  );
  process.stdout.write(`${encodeBase64(await exportPrivateKey(privateKey))}\n`);
}
