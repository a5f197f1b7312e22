import { parseArgs } from 'node:util';

export interface ControlOptions {
  /** Directory of keys and store. */
  readonly state: string;
  /** 0 = any free one. */
  readonly port: number;
  /** wrangler.toml of the gateway whose KV is filled; absent = no gateway reads KV. */
  readonly gatewayConfig: string | undefined;
  /** `wrangler dev --persist-to` folder; absent = Cloudflare's KV. */
  readonly gatewayPersist: string | undefined;
  /** No instance of an earlier run lives on: endpoints need not be waited for. */
  readonly fresh: boolean;
  /** Life of a workload's certificate, ms. */
  readonly svidTtlMs: number;
}

const usage = `usage: control --state DIR [--port N] [--gateway-config wrangler.toml [--gateway-persist DIR]]
               [--svid-ttl SECONDS] [--fresh]`;

/** Reads the command line; throws with the usage on anything it does not know. */
export function controlOptions(args: readonly string[]): ControlOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      state: { type: 'string' },
      port: { type: 'string', default: '0' },
      'gateway-config': { type: 'string' },
      'gateway-persist': { type: 'string' },
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
