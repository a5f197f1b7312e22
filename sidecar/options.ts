import { parseArgs } from 'node:util';

export interface SidecarOptions {
  /** File of the join bundle, mode 0600. */
  readonly join: string;
  /** Where the application listens on 127.0.0.1. */
  readonly appPort: number;
  /** Address that the inbound port binds to and that is registered. */
  readonly address: string;
  /** 0 = any free one; what it got is registered. */
  readonly inboundPort: number;
  readonly outboundPort: number;
  readonly adminPort: number;
  /** What a client of the outbound port must present (proxy user info). */
  readonly credential: string;
  /** How long it serves on after it has left the endpoints, until everybody knows, ms. */
  readonly drainMs: number;
}

const usage = `usage: sidecar --join FILE --app-port N [--address IP] [--inbound-port N] [--outbound-port N] [--admin-port N]
WEFT_PROXY_CREDENTIAL holds the credential of the outbound port; WEFT_DRAIN_MS, 2000 unless set, is how long the
sidecar serves on after it has left the mesh's endpoints.`;

/** Reads the command line and the environment; throws with the usage on anything wrong. */
export function sidecarOptions(
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): SidecarOptions {
  const port = { type: 'string', default: '0' } as const;
  const { values } = parseArgs({
    args: [...args],
    options: {
      join: { type: 'string' },
      'app-port': port,
      address: { type: 'string', default: '127.0.0.1' },
      'inbound-port': port,
      'outbound-port': port,
      'admin-port': port,
    },
  });
  const credential = env.WEFT_PROXY_CREDENTIAL ?? '';
  if (!values.join || !credential) throw new Error(usage);
  return {
    join: values.join,
    appPort: portNumber(values['app-port'], '--app-port', 1),
    address: values.address,
    inboundPort: portNumber(values['inbound-port'], '--inbound-port', 0),
    outboundPort: portNumber(values['outbound-port'], '--outbound-port', 0),
    adminPort: portNumber(values['admin-port'], '--admin-port', 0),
    credential,
    drainMs: drainTime(env.WEFT_DRAIN_MS ?? '2000'),
  };
}

function drainTime(text: string): number {
  if (/^\d{1,5}$/.test(text)) return Number(text);
  throw new Error(`WEFT_DRAIN_MS must be milliseconds from 0 to 99999, not ${text}\n${usage}`);
}

function portNumber(text: string, name: string, from: number): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= from && value <= 65535) return value;
  throw new Error(`${name} must be a port from ${from} to 65535, not ${text}\n${usage}`);
}
