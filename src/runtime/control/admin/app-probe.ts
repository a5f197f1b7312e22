import { request as httpRequest, type IncomingMessage, type RequestOptions } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { connect } from 'node:net';
import { grpcHealth } from './grpc-health.ts';

/** How the application's health is learned: a Kubernetes probe, asked by the sidecar on loopback. */
export interface AppProbe {
  readonly port: number;
  readonly timeoutMs: number;
  readonly how:
    | {
        readonly kind: 'http';
        readonly path: string;
        readonly tls: boolean;
        readonly headers: readonly Header[];
      }
    | { readonly kind: 'tcp' }
    | { readonly kind: 'grpc'; readonly service: string };
}

type Header = readonly [name: string, value: string];

const APP = '127.0.0.1';

/** The application's status, 200 for TCP and gRPC that answer; 500 where it does not. Never rejects. */
export async function probeApp(probe: AppProbe): Promise<number> {
  const signal = AbortSignal.timeout(probe.timeoutMs);
  try {
    return await ask(probe, signal);
  } catch {
    return 500;
  }
}

function ask({ how, port }: AppProbe, signal: AbortSignal): Promise<number> {
  if (how.kind === 'tcp') return connects(port, signal);
  if (how.kind === 'grpc') return grpcHealth(`http://${APP}:${port}`, how.service, signal);
  // The application's own certificate is nobody's identity here, as for Kubernetes' probes.
  const secure = how.tls ? { rejectUnauthorized: false } : {};
  const headers = Object.fromEntries(how.headers);
  const options = { host: APP, port, path: how.path, headers, signal, agent: false, ...secure };
  return statusOf(how.tls ? httpsRequest : httpRequest, options);
}

/** A redirect is an answer: following it would probe something else. */
function statusOf(
  send: (
    options: RequestOptions,
    onResponse: (response: IncomingMessage) => void,
  ) => ReturnType<typeof httpRequest>,
  options: RequestOptions,
): Promise<number> {
  return new Promise((resolve, reject) => {
    const request = send(options, (response) => {
      resolve(response.statusCode ?? 500);
      response.destroy();
    });
    request.on('error', reject).end();
  });
}

function connects(port: number, signal: AbortSignal): Promise<number> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: APP, port });
    const tooLate = () => socket.destroy(new Error('no connection in time'));
    signal.addEventListener('abort', tooLate, { once: true });
    socket.once('connect', () => {
      resolve(200);
      socket.destroy();
    });
    socket.once('error', reject);
    socket.once('close', () => signal.removeEventListener('abort', tooLate));
  });
}
