import process from 'node:process';
import { parseArgs } from 'node:util';
import type { Hono } from 'hono';
import type { Fetch } from './call.ts';
import { detailsApp } from './details.ts';
import { productpageApp } from './productpage.ts';
import { proxyFetch } from './proxy-fetch.ts';
import { ratingsApp } from './ratings.ts';
import { reviewsApp } from './reviews.ts';
import { runtime, serve } from './serve.ts';

// Starts one service of Bookinfo:  deno run -A main.ts --app reviews --version v2   (or: bun main.ts …)

const { values } = parseArgs({ options: { app: { type: 'string' }, version: { type: 'string' } } });
const env = process.env;
const name = values.app ?? env.WEFT_APP ?? '';
const version = values.version ?? env.WEFT_VERSION ?? 'v1';

const server = serve(Number(env.PORT ?? 9080), createApp().fetch);
console.log(JSON.stringify({ app: name, version, runtime, url: `http://127.0.0.1:${server.port}` }));

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => void server.stop().then(() => process.exit(0)));
}

function createApp(): Hono {
  const fetch = outboundFetch();
  if (name === 'productpage') return productpageApp({ fetch });
  if (name === 'details') return detailsApp();
  if (name === 'ratings') return ratingsApp();
  if (name === 'reviews') return reviewsApp({ fetch, version, ...whereabouts() });
  console.error(`Which service? --app productpage, details, reviews or ratings, not "${name}".`);
  process.exit(2);
}

function outboundFetch(): Fetch {
  return runtime === 'deno' && env.HTTP_PROXY ? proxyFetch(new URL(env.HTTP_PROXY)) : globalThis.fetch;
}

function whereabouts(): { podname: string; clustername: string } {
  return { podname: env.POD_NAME ?? `${name}-${version}`, clustername: env.CLUSTER_NAME ?? 'local' };
}
