/** The gateway Worker: health and admin pages under `/.well-known/weft`, everything else is the data path. */
import { Hono } from 'hono';
import { parseAddress } from '../src/match/address.ts';
import type { Connection } from '../src/proxy/decide/connection.ts';
import { fetchExchange, fetchResponse, requestScheme } from '../src/runtime/fetch/fetch-exchange.ts';
import { adminPages } from './admin-pages.ts';
import type { Environment, ExecutionContext } from './environment.ts';
import { Gateway } from './gateway.ts';

let gateway: Gateway | undefined;

/** This isolate's gateway. Two first requests may each make one; the first to finish stays. */
async function currentGateway(environment: Environment): Promise<Gateway> {
  if (gateway) return gateway;
  const made = await Gateway.create(environment);
  gateway ??= made;
  return gateway;
}

async function proxy(
  request: Request,
  environment: Environment,
  context: ExecutionContext,
): Promise<Response> {
  const current = await currentGateway(environment);
  await current.keepCurrent(context);
  const exchange = fetchExchange(request, await connectionOf(request, environment, current));
  if (!exchange) return new Response('the Host and the target contradict each other', { status: 400 });
  const background = (work: Promise<unknown>) => context.waitUntil(work);
  return fetchResponse(await current.handle({ ...exchange, background }));
}

/**
 * The edge has ended TLS. Its word on the client, address and certificate, counts only where clients cannot write it
 * themselves.
 */
async function connectionOf(
  request: Request,
  { WEFT_EDGE }: Environment,
  current: Gateway,
): Promise<Connection> {
  const scheme = requestScheme(request);
  const atEdge = WEFT_EDGE === 'cloudflare';
  const peer = atEdge && scheme === 'https' ? await current.clientPeer(tlsClientAuthOf(request)) : undefined;
  return {
    direction: 'gateway',
    port: scheme === 'https' ? 443 : 80,
    scheme,
    remoteAddress: atEdge ? addressOf(request.headers.get('cf-connecting-ip')) : '127.0.0.1',
    localAddress: '',
    security: peer === undefined ? 'none' : 'mutual_tls',
    peer,
    serverName: undefined,
    joinsLines: true,
  };
}

const app = new Hono<{ Bindings: Environment }>();
app.route('/.well-known/weft', adminPages(currentGateway));
app.all('*', (context) => proxy(context.req.raw, context.env, context.executionCtx));

export { RateLimitObject } from './rate-limit-object.ts';
export default app;

/** Cloudflare's `cf` of a request, which other platforms do not have. */
function tlsClientAuthOf(request: Request): unknown {
  return (request as { readonly cf?: { readonly tlsClientAuth?: unknown } }).cf?.tlsClientAuth;
}

/** Empty for what is no address: where it goes into headers, nothing else may stand. */
function addressOf(told: string | null): string {
  return told !== null && parseAddress(told) !== undefined ? told : '';
}
