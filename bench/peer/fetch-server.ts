import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { serve } from '@hono/node-server';
import type { ProxyPorts } from '../process/weft-proxy.ts';
import { mutualTls, type PeerTls } from './peer-question.ts';

type Handler = (request: Request) => Response | Promise<Response>;

interface BunServe {
  serve(options: {
    readonly hostname: string;
    readonly port: number;
    readonly fetch: Handler;
    readonly tls?: PeerTls & { readonly requestCert: boolean; readonly rejectUnauthorized: boolean };
  }): { readonly port: number };
}

interface DenoServe {
  serve(
    options: { readonly hostname: string; readonly port: number; readonly onListen: () => void },
    handler: Handler,
  ): { readonly addr: { readonly port: number } };
}

const runtime = globalThis as { readonly Bun?: BunServe; readonly Deno?: DenoServe };
const hostname = '127.0.0.1';

/** Serves with the runtime's own server; on Node with Hono's. Deno's cannot demand client certificates. */
export async function serveFetch(fetch: Handler, tls: PeerTls): Promise<ProxyPorts> {
  const { Bun, Deno } = runtime;
  if (Bun !== undefined) {
    const secure = { ...tls, requestCert: true, rejectUnauthorized: true };
    const place = { hostname, port: 0, fetch };
    return { plain: Bun.serve(place).port, mtls: Bun.serve({ ...place, tls: secure }).port, tcp: 0 };
  }
  if (Deno !== undefined) {
    const server = Deno.serve({ hostname, port: 0, onListen: () => undefined }, fetch);
    return { plain: server.addr.port, mtls: 0, tcp: 0 };
  }
  return { plain: await serveNode(fetch), mtls: await serveNode(fetch, tls), tcp: 0 };
}

function serveNode(fetch: Handler, tls?: PeerTls): Promise<number> {
  const secure = tls && { createServer: createSecureServer, serverOptions: mutualTls(tls) };
  return new Promise((resolve) => {
    serve({ fetch, hostname, port: 0, ...secure }, ({ port }: AddressInfo) => resolve(port));
  });
}
