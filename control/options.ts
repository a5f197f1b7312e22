import { parseArgs } from 'node:util';
import { parseAllowedHosts } from '../src/identity/jwt/key-address.ts';
import type { AttestationOptions } from './attest/open-attestation.ts';
import type { PulledGateway } from './observe/gateway-pull.ts';

export interface ControlOptions extends AttestationOptions {
  /** Directory of keys and store. */
  readonly state: string;
  /** 0 = any free one. */
  readonly port: number;
  /** wrangler.toml of the gateway whose KV is filled; absent = no gateway reads KV. */
  readonly gatewayConfig: string | undefined;
  /** `wrangler dev --persist-to` folder; absent = Cloudflare's KV. */
  readonly gatewayPersist: string | undefined;
  /** The gateway Worker whose traffic is asked for; absent = none, or its token is not known. */
  readonly pulled: PulledGateway | undefined;
  /** No instance of an earlier run lives on: endpoints need not be waited for. */
  readonly fresh: boolean;
  /** Directory of a plug-in CA (Istio's cacerts); undefined = the authority of the state directory. */
  readonly caCertificates: string | undefined;
  /** Life of a workload's certificate, ms. */
  readonly svidTtlMs: number;
  /** The domain below which edge listeners have their names; undefined = all are `localhost`. */
  readonly edgeDomain: string | undefined;
}

const usage = `usage: control --state DIR [--port N] [--gateway-config wrangler.toml [--gateway-persist DIR]]
               [--gateway-url URL] [--svid-ttl SECONDS] [--fresh]
               [--attestors FILE] [--attest-development] [--edge-domain DOMAIN] [--ca-certs DIR]
WEFT_GATEWAY_ADMIN_TOKEN holds the WEFT_ADMIN_TOKEN of the gateway Worker at --gateway-url, whose traffic is asked for.
--attestors FILE (or WEFT_ATTESTORS) says who may get which identity by what evidence (docs/identity.md); WEFT_JWKS_HOSTS, like
keys.internal:8443, names hosts that keys of its issuers may come from although they are not public or not https.
--attest-development gives every caller the identity that he asks for: for development on one machine only.
--edge-domain DOMAIN names the edge listeners of sidecars ACCOUNT.NAMESPACE.DOMAIN, in their certificates and for gateway
Workers, which send them signed requests; without it all are called localhost.
--ca-certs DIR (or WEFT_CA_CERTS) holds an authority of your own: ca-cert.pem, ca-key.pem, root-cert.pem, cert-chain.pem.
WEFT_CA_KEK (32 bytes, base64), WEFT_CA_PASSPHRASE or WEFT_CA_PASSPHRASE_FILE opens the key of an authority that weft ca init made.`;

/** Reads the command line and the environment; throws with the usage on anything it does not know. */
export function controlOptions(
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>> = {},
): ControlOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      state: { type: 'string' },
      port: { type: 'string', default: '0' },
      'gateway-config': { type: 'string' },
      'gateway-persist': { type: 'string' },
      'gateway-url': { type: 'string' },
      'svid-ttl': { type: 'string', default: '86400' },
      fresh: { type: 'boolean', default: false },
      attestors: { type: 'string' },
      'attest-development': { type: 'boolean', default: false },
      'edge-domain': { type: 'string' },
      'ca-certs': { type: 'string' },
    },
  });
  if (!values.state) throw new Error(usage);
  return {
    state: values.state,
    port: whole(values.port, '--port', 0, 65535),
    gatewayConfig: values['gateway-config'],
    gatewayPersist: values['gateway-persist'],
    pulled: pulledGateway(values['gateway-url'], env.WEFT_GATEWAY_ADMIN_TOKEN),
    fresh: values.fresh,
    attestors: values.attestors ?? env.WEFT_ATTESTORS,
    attestDevelopment: values['attest-development'],
    keyHosts: parseAllowedHosts(env.WEFT_JWKS_HOSTS),
    edgeDomain: edgeDomain(values['edge-domain']),
    caCertificates: values['ca-certs'] ?? env.WEFT_CA_CERTS,
    svidTtlMs: 1000 * whole(values['svid-ttl'], '--svid-ttl', 10, 86400),
  };
}

function whole(text: string, name: string, from: number, to: number): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < from || value > to) {
    throw new Error(`${name} must be a whole number from ${from} to ${to}, not ${text}\n${usage}`);
  }
  return value;
}

function edgeDomain(text: string | undefined): string | undefined {
  if (
    text === undefined ||
    /^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z]([a-z0-9-]{0,61}[a-z0-9])?$/.test(text)
  )
    return text;
  throw new Error(`--edge-domain must be a domain in lower case, not ${text}\n${usage}`);
}

function pulledGateway(url: string | undefined, token: string | undefined): PulledGateway | undefined {
  if (url === undefined) return undefined;
  if (!/^https?:$/.test(URL.parse(url)?.protocol ?? ''))
    throw new Error(`--gateway-url must be a URL of http or https, not ${url}\n${usage}`);
  if (!token) throw new Error(`--gateway-url needs WEFT_GATEWAY_ADMIN_TOKEN\n${usage}`);
  return { url, token };
}
