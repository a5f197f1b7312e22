import { parseServerAddress, type ServerAddress } from '../src/runtime/sockets/name-servers.ts';
import { portNumber } from './port-options.ts';

/** Whether connections are redirected to this sidecar (`weft intercept apply`), and what it answers DNS with. */
export interface InterceptionOptions {
  /** Redirected connections need no credential: who is in the network namespace is the application. */
  readonly interception: boolean;
  /** Where DNS is answered, on loopback; undefined = nowhere. */
  readonly dnsPort: number | undefined;
  /** Who is asked for names outside the mesh; undefined = whom /etc/resolv.conf says. */
  readonly dnsServers: readonly ServerAddress[] | undefined;
}

/** For `parseArgs`. */
export const INTERCEPTION_FLAGS = {
  interception: { type: 'string' },
  'dns-port': { type: 'string' },
} as const;

/** For the usage text. */
export const INTERCEPTION_USAGE = `--interception redirect (or WEFT_INTERCEPTION; none unless given) takes connections that \`weft intercept apply\` redirects here,
without a credential and on every address, and answers DNS on --dns-port, then 15053 unless given (0 = any free one).
WEFT_DNS_SERVERS, like 10.0.0.2,[fd00::2]:53, says who is asked for names outside the mesh (unset = those of /etc/resolv.conf).`;

type Flags = { readonly [name in keyof typeof INTERCEPTION_FLAGS]?: string | undefined };
type Environment = Readonly<Record<string, string | undefined>>;

/** Reads the flags and variables. Throws on what cannot be meant. */
export function interceptionOptions(flags: Flags, env: Environment): InterceptionOptions {
  const mode = flags.interception ?? env.WEFT_INTERCEPTION ?? 'none';
  if (mode !== 'redirect' && mode !== 'none')
    throw new Error(`--interception (WEFT_INTERCEPTION) must be redirect or none, not "${mode}"`);
  const port = flags['dns-port'] ?? (mode === 'redirect' ? '15053' : undefined);
  const servers = env.WEFT_DNS_SERVERS?.trim();
  return {
    interception: mode === 'redirect',
    dnsPort: port === undefined ? undefined : portNumber(port, '--dns-port', 0),
    dnsServers: servers ? servers.split(',').map((one) => dnsServer(one.trim())) : undefined,
  };
}

function dnsServer(text: string): ServerAddress {
  const server = parseServerAddress(text);
  if (server !== undefined) return server;
  throw new Error(
    `WEFT_DNS_SERVERS: "${text}" is no address, such as 10.0.0.2, 10.0.0.2:5353 or [fd00::2]:53`,
  );
}
