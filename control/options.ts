import { parseArgs } from 'node:util';
import type { PulledGateway } from './observe/gateway-pull.ts';

export interface ControlOptions {
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
  /** Life of a workload's certificate, ms. */
  readonly svidTtlMs: number;
}

const usage = `usage: control --state DIR [--port N] [--gateway-config wrangler.toml [--gateway-persist DIR]]
               [--gateway-url URL] [--svid-ttl SECONDS] [--fresh]
WEFT_GATEWAY_ADMIN_TOKEN holds the WEFT_ADMIN_TOKEN of the gateway Worker at --gateway-url, whose traffic is asked for.`;

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

function pulledGateway(url: string | undefined, token: string | undefined): PulledGateway | undefined {
  if (url === undefined) return undefined;
  if (!/^https?:$/.test(URL.parse(url)?.protocol ?? ''))
    throw new Error(`--gateway-url must be a URL of http or https, not ${url}\n${usage}`);
  if (!token) throw new Error(`--gateway-url needs WEFT_GATEWAY_ADMIN_TOKEN\n${usage}`);
  return { url, token };
}
