type Handler = (request: Request) => Response | Promise<Response>;

/** A listening server. */
export interface Server {
  readonly port: number;
  /** Takes no new requests; resolves when those in flight are answered. */
  stop(): Promise<void>;
}

/** The little of each runtime that is needed here. */
interface Runtimes {
  readonly Deno?: {
    serve(
      options: { hostname: string; port: number; onListen: () => void },
      handler: Handler,
    ): { addr: { port: number }; shutdown(): Promise<void> };
  };
  readonly Bun?: {
    serve(options: { hostname: string; port: number; idleTimeout: number; fetch: Handler }): {
      port: number;
      stop(): Promise<void>;
    };
  };
}

const { Deno, Bun } = globalThis as Runtimes;
// Loopback only: the world comes in through the sidecar.
const hostname = '127.0.0.1';

export const runtime = Deno ? 'deno' : Bun ? 'bun' : 'none';

/** Serves on 127.0.0.1 with whichever runtime this is; port 0 takes a free one. */
export function serve(port: number, handler: Handler): Server {
  if (Deno) {
    const server = Deno.serve({ hostname, port, onListen: () => {} }, handler);
    return { port: server.addr.port, stop: () => server.shutdown() };
  }
  if (Bun) {
    // In seconds. Bun's default of 10 would close connections that the sidecar keeps for its next request.
    const server = Bun.serve({ hostname, port, idleTimeout: 120, fetch: handler });
    return { port: server.port, stop: () => server.stop() };
  }
  throw new Error('Bookinfo runs under Deno or Bun.');
}
