import { type Context, Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import type * as z from 'zod';
import { details, ratings, reviews } from './book.ts';
import { type Answer, call, type Fetch } from './call.ts';
import { passOn } from './pass-on.ts';
import { products } from './product.ts';
import { productPage } from './product-view.ts';
import { signedIn, signIn, signOut } from './session.ts';
import { staticFiles } from './static-files.ts';

const timeoutMs = 3000;

// The page needs nothing from elsewhere, so the browser is told to fetch nothing from elsewhere.
const contentSecurity =
  "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/** The shop window: a page and a small API, both made of what the other services answer. */
export function productpageApp({ fetch }: { readonly fetch: Fetch }): Hono {
  const app = new Hono();
  app.get('/health', (c) => c.json({ status: 'ok', app: 'productpage' }));
  app.get('/', (c) => c.redirect('/productpage'));
  app.get('/productpage', (c) => showPage(c, fetch));
  app.get('/static/:name', (c) => sendFile(c, c.req.param('name')));
  app.post('/login', bodyLimit({ maxSize: 4096 }), async (c) => {
    const form = await c.req.parseBody();
    return signIn(c, form.username) ? c.redirect('/productpage', 303) : c.text('Not a user name.', 400);
  });
  app.get('/logout', (c) => {
    signOut(c);
    return c.redirect('/productpage', 303);
  });
  app.route('/api/v1/products', productsApi(fetch));
  return app;
}

function productsApi(fetch: Fetch): Hono {
  const api = new Hono();
  api.get('/', (c) => c.json(products));
  api.get('/:id{[0-9]+}', async (c) => sendAnswer(await ask(c, fetch, detailsOf(c.req.param('id')))));
  api.get('/:id{[0-9]+}/reviews', async (c) => sendAnswer(await ask(c, fetch, reviewsOf(c.req.param('id')))));
  api.get('/:id{[0-9]+}/ratings', async (c) => sendAnswer(await ask(c, fetch, ratingsOf(c.req.param('id')))));
  return api;
}

async function showPage(c: Context, fetch: Fetch): Promise<Response> {
  const [product] = products;
  const [detailsAnswer, reviewsAnswer] = await Promise.all([
    ask(c, fetch, detailsOf(product.id)),
    ask(c, fetch, reviewsOf(product.id)),
  ]);
  c.header('content-security-policy', contentSecurity);
  // The same address shows another reviews version from one moment to the next.
  c.header('cache-control', 'no-store');
  return c.html(productPage({ product, user: signedIn(c), details: detailsAnswer, reviews: reviewsAnswer }));
}

interface Question<Value> {
  readonly url: string;
  readonly shape: z.ZodType<Value>;
}

const detailsOf = (id: number | string) => ({ url: `http://details:9080/details/${id}`, shape: details });
const reviewsOf = (id: number | string) => ({ url: `http://reviews:9080/reviews/${id}`, shape: reviews });
const ratingsOf = (id: number | string) => ({ url: `http://ratings:9080/ratings/${id}`, shape: ratings });

function ask<Value>(c: Context, fetch: Fetch, question: Question<Value>): Promise<Answer<Value>> {
  const headers = passOn(c.req.raw.headers);
  const user = signedIn(c);
  if (user !== undefined) headers.set('end-user', user);
  return call(fetch, { ...question, headers, timeoutMs });
}

function sendAnswer(answer: Answer<object>): Response {
  if (answer.ok) return Response.json(answer.value);
  return Response.json({ error: `The service behind this: ${answer.reason}.` }, { status: answer.status });
}

function sendFile(c: Context, name: string): Response | Promise<Response> {
  const file = staticFiles.get(name);
  if (file === undefined) return c.notFound();
  return c.body(file.text, 200, { 'content-type': file.type, 'cache-control': 'max-age=300' });
}
