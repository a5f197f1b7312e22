import { Hono } from 'hono';
import * as z from 'zod';
import { ingressGateway } from '../src/config/compile/targets.ts';
import { decodeBase64 } from '../src/identity/bytes.ts';
import { IdentityError } from '../src/identity/identity-error.ts';
import { workloadId } from '../src/identity/spiffe.ts';
import type { ProofKeys } from './proof-keys.ts';

export interface ProofKeyApiParts {
  readonly proofKeys: Pick<ProofKeys, 'register' | 'remove'>;
  readonly trustDomain: string;
}

const body = z.strictObject({ publicKey: z.string().max(256) });

/** `POST /proof-keys {publicKey}`: certifies a key (SubjectPublicKeyInfo of Ed25519, base64) for the gateway Worker. */
export function proofKeyApi({ proofKeys, trustDomain }: ProofKeyApiParts): Hono {
  const app = new Hono();
  app.post('/proof-keys', async (context) => {
    const { publicKey } = body.parse(await context.req.json());
    const id = workloadId(trustDomain, ingressGateway.namespace, ingressGateway.serviceAccount);
    try {
      return context.json({ keyid: await proofKeys.register(decodeBase64(publicKey), id) });
    } catch (error) {
      if (error instanceof IdentityError)
        return context.text(error.message, error.code === 'svid_denied' ? 403 : 400);
      throw error;
    }
  });
  app.delete('/proof-keys/:keyid', async (context) => {
    await proofKeys.remove(context.req.param('keyid'));
    return context.body(null, 204);
  });
  return app;
}
