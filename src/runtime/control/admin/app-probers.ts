import type { AppProbe } from './app-probe.ts';

/** As in Kubernetes, ms. */
const defaultTimeoutMs = 1000;
const PREFIX = '/app-health/';

/**
 * Reads ISTIO_KUBE_APP_PROBERS, which Istio's injector writes: `{"/app-health/NAME/readyz": {"httpGet": {"path":
 * "/health", "port": 8080}, "timeoutSeconds": 1}}`, `tcpSocket` and `grpc` likewise. Throws on anything else.
 */
export function parseAppProbers(text: string | undefined): ReadonlyMap<string, AppProbe> {
  if (text === undefined || text === '') return new Map();
  const parsed = Object(parseJson(text)) as Readonly<Record<string, unknown>>;
  return new Map(
    Object.entries(parsed).map(([path, prober]) => {
      if (!path.startsWith(PREFIX)) throw wrong(`${path} does not begin with ${PREFIX}`);
      return [path, parseProber(path, Object(prober))];
    }),
  );
}

interface WrittenProber {
  readonly timeoutSeconds?: unknown;
  readonly httpGet?: WrittenHttpGet;
  readonly tcpSocket?: { readonly port?: unknown };
  readonly grpc?: { readonly port?: unknown; readonly service?: unknown };
}

interface WrittenHttpGet {
  readonly path?: unknown;
  readonly port?: unknown;
  readonly scheme?: unknown;
  readonly httpHeaders?: unknown;
}

function parseProber(path: string, { timeoutSeconds, httpGet, tcpSocket, grpc }: WrittenProber): AppProbe {
  const port = portNumber(path, (httpGet ?? tcpSocket ?? grpc)?.port);
  const timeoutMs = Number(timeoutSeconds ?? 0) > 0 ? Number(timeoutSeconds) * 1000 : defaultTimeoutMs;
  if (httpGet) return { port, timeoutMs, how: parseHttpGet(path, httpGet) };
  if (tcpSocket) return { port, timeoutMs, how: { kind: 'tcp' } };
  return { port, timeoutMs, how: { kind: 'grpc', service: String(grpc?.service ?? '') } };
}

function parseHttpGet(
  of: string,
  { path = '/', scheme = 'HTTP', httpHeaders = [] }: WrittenHttpGet,
): AppProbe['how'] {
  if (scheme !== 'HTTP' && scheme !== 'HTTPS') throw wrong(`${of}: the scheme must be HTTP or HTTPS`);
  if (typeof path !== 'string' || !/^[!-~]*$/.test(path)) throw wrong(`${of}: the path is none`);
  if (!Array.isArray(httpHeaders)) throw wrong(`${of}: httpHeaders must be a list`);
  const headers = httpHeaders.map((one: unknown) => {
    const { name, value } = Object(one) as { readonly name?: unknown; readonly value?: unknown };
    return [String(name), String(value ?? '')] as const;
  });
  return { kind: 'http', path: path.startsWith('/') ? path : `/${path}`, tls: scheme === 'HTTPS', headers };
}

function portNumber(path: string, value: unknown): number {
  const port = Number(value);
  if (Number.isInteger(port) && port > 0 && port <= 65535) return port;
  throw wrong(`${path} needs httpGet, tcpSocket or grpc with a port from 1 to 65535`);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw wrong('it is no JSON');
  }
}

const wrong = (what: string): Error => new Error(`ISTIO_KUBE_APP_PROBERS: ${what}`);
