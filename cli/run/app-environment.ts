import type { SidecarPorts } from './sidecar-ports.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** Reached without the sidecar, always. */
const LOCAL = ['localhost', '127.0.0.1', '::1'];

export interface AppPlace {
  /** Where the application must listen on 127.0.0.1. */
  readonly appPort: number;
  readonly credential: string;
  readonly ports: SidecarPorts;
}

/**
 * The application's environment: `PORT` to listen on, the proxy variables that HTTP clients read, with the credential of
 * this run, and where the sidecar is.
 */
export function appEnvironment(
  inherited: Environment,
  { appPort, credential, ports }: AppPlace,
): NodeJS.ProcessEnv {
  const proxy = `http://weft:${credential}@127.0.0.1:${ports.outbound}`;
  const direct = [inherited.NO_PROXY || inherited.no_proxy, ...LOCAL].filter(Boolean).join(',');
  // Settings of the mesh and of the sidecar, secrets among them, are not the application's.
  const own = Object.entries(inherited).filter(([name]) => !name.startsWith('WEFT_'));
  return {
    ...Object.fromEntries(own),
    PORT: String(appPort),
    HTTP_PROXY: proxy,
    http_proxy: proxy,
    HTTPS_PROXY: proxy,
    https_proxy: proxy,
    NO_PROXY: direct,
    no_proxy: direct,
    // Node reads the others only where this says so.
    NODE_USE_ENV_PROXY: '1',
    WEFT_IDENTITY: ports.identity,
    WEFT_INBOUND_PORT: String(ports.inbound),
    WEFT_OUTBOUND_PORT: String(ports.outbound),
    WEFT_ADMIN_PORT: String(ports.admin),
    ...(ports.status !== undefined && { WEFT_STATUS_PORT: String(ports.status) }),
    ...(ports.health !== undefined && { WEFT_HEALTH_PORT: String(ports.health) }),
    ...(ports.metrics !== undefined && { WEFT_METRICS_PORT: String(ports.metrics) }),
    ...(ports.spiffe !== undefined && {
      WEFT_SPIFFE_ENDPOINT: `http://127.0.0.1:${ports.spiffe}`,
      WEFT_SPIFFE_CREDENTIAL: credential,
    }),
  };
}
