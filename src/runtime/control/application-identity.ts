import type { Clock, Log } from '../ports.ts';
import type { MeshMember } from './mesh-member.ts';
import { serveSpiffe } from './spiffe/spiffe-server.ts';
import { TrustBundleSource } from './spiffe/trust-bundle.ts';
import { WorkloadTokens } from './spiffe/workload-tokens.ts';
import { SvidFiles } from './svid-files.ts';

/** How an application gets the identity of its workload. */
export interface ApplicationIdentityOptions {
  /** Folder where chain, key and roots are kept as PEM (Istio's OUTPUT_CERTS); undefined = nowhere. */
  readonly outputCerts: string | undefined;
  /** Of the SPIFFE endpoint on loopback, 0 = any free one; undefined = none. */
  readonly spiffePort: number | undefined;
}

export const APPLICATION_IDENTITY_USAGE = `OUTPUT_CERTS names a folder where cert-chain.pem, key.pem and root-cert.pem are kept for the application. --spiffe-port N
(or WEFT_SPIFFE_PORT) serves SVIDs, tokens and bundles to it on loopback, for the credential of the outbound port.`;

/** The flag, for parseArgs. */
export const APPLICATION_IDENTITY_FLAGS = { 'spiffe-port': { type: 'string' } } as const;

/** What the command line and the environment say of it. */
export function applicationIdentityOptions(
  values: { readonly 'spiffe-port'?: string | undefined },
  env: Readonly<Record<string, string | undefined>>,
): ApplicationIdentityOptions {
  const port = values['spiffe-port'] ?? env.WEFT_SPIFFE_PORT;
  if (port !== undefined && !(/^\d{1,5}$/.test(port) && Number(port) <= 65535))
    throw new Error(`--spiffe-port must be a port from 0 to 65535, not ${port}`);
  return {
    outputCerts: env.OUTPUT_CERTS || undefined,
    spiffePort: port === undefined ? undefined : Number(port),
  };
}

export interface ApplicationIdentityParts {
  readonly member: MeshMember;
  readonly credential: string;
  readonly clock: Clock;
  readonly log: Log;
}

/** Keeps the files and serves the endpoint for as long as the process lives; resolves with the endpoint's port, if any. */
export async function giveIdentity(
  { outputCerts, spiffePort }: ApplicationIdentityOptions,
  { member, credential, clock, log }: ApplicationIdentityParts,
): Promise<number | undefined> {
  if (outputCerts !== undefined) member.present(new SvidFiles(outputCerts, log).write);
  if (spiffePort === undefined) return undefined;
  const { identity } = member;
  const tokens = new WorkloadTokens(identity.control, clock);
  const trust = new TrustBundleSource(identity.control, clock);
  // Roots change with the SVID that is presented.
  identity.svids.onChange(() => trust.forget());
  const { svids } = identity;
  const bundle = () => identity.bundle;
  const server = await serveSpiffe(spiffePort, { svids, bundle, tokens, trust, clock, credential, log });
  // It ends with the process: exchanges that drain may still want a token.
  return server.port;
}
