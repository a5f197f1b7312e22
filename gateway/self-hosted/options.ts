import { parseArgs } from 'node:util';

export interface GatewayOptions {
  /** File of the join bundle, mode 0600. */
  readonly join: string;
  /** Address that every port binds to. */
  readonly address: string;
  /** Where a server port of the configuration is bound, when not there itself. */
  readonly bind: ReadonlyMap<number, number>;
  /** On loopback; 0 = any free one. */
  readonly adminPort: number;
  /** Whether responses tell the route and the revision (`x-weft-*`). */
  readonly debug: boolean;
}

const usage = `usage: gateway --join FILE [--address IP] [--bind SERVER_PORT=PORT]... [--admin-port N] [--debug]`;

/** Reads the command line; throws with the usage on anything wrong. */
export function gatewayOptions(args: readonly string[]): GatewayOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      join: { type: 'string' },
      address: { type: 'string', default: '0.0.0.0' },
      bind: { type: 'string', multiple: true, default: [] },
      'admin-port': { type: 'string', default: '0' },
      debug: { type: 'boolean', default: false },
    },
  });
  if (!values.join) throw new Error(usage);
  return {
    join: values.join,
    address: values.address,
    bind: new Map(values.bind.map(portPair)),
    adminPort: portNumber(values['admin-port'], 0),
    debug: values.debug,
  };
}

function portPair(text: string): [number, number] {
  const [serverPort = '', port = '', ...rest] = text.split('=');
  if (rest.length > 0) throw new Error(`--bind takes SERVER_PORT=PORT, not ${text}\n${usage}`);
  return [portNumber(serverPort, 1), portNumber(port, 0)];
}

function portNumber(text: string, from: number): number {
  const value = Number(text);
  if (text !== '' && Number.isInteger(value) && value >= from && value <= 65535) return value;
  throw new Error(`"${text}" is not a port from ${from} to 65535\n${usage}`);
}
