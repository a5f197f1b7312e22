import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { type AppRuntime, type RunningService, startService } from '../support/bookinfo.ts';
import { type RecordingProxy, startRecordingProxy } from '../support/recording-proxy.ts';

const runtimes: readonly AppRuntime[] = ['deno', 'bun'];
const passedOn = {
  'end-user': 'jason',
  'user-agent': 'weft-test/1',
  'x-request-id': 'request-1',
  traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
  tracestate: 'weft=1',
  b3: '80f198ee56343ba8-e457b5a2e4d86bd1-1',
  'x-b3-traceid': '80f198ee56343ba8',
  'x-b3-spanid': 'e457b5a2e4d86bd1',
  'x-b3-parentspanid': '05e3ac9a4f6e3b90',
  'x-b3-sampled': '1',
  'x-b3-flags': '0',
};

for (const runtime of runtimes) {
  describe(`Bookinfo under ${runtime}`, () => {
    let proxy: RecordingProxy;
    let services: Record<'details' | 'ratings' | 'v1' | 'v2' | 'v3' | 'page', RunningService>;

    before(async () => {
      proxy = await startRecordingProxy();
      services = await startAll(runtime, proxy.url);
      proxy.upstreams.set('details:9080', services.details.url);
      proxy.upstreams.set('ratings:9080', services.ratings.url);
    });
    after(async () => {
      const codes = await Promise.all(Object.values(services ?? {}).map((service) => service.stop()));
      proxy.close();
      assert.deepEqual(codes, [0, 0, 0, 0, 0, 0], 'every service ends well when it is asked to');
    });

    test('every service says what it is and is healthy', async () => {
      for (const service of Object.values(services)) {
        assert.equal(service.announced.runtime, runtime);
        const health = await getJson(`${service.url}/health`);
        assert.equal(health.status, 'ok');
        assert.equal(health.app, service.announced.app);
      }
    });

    test('details and ratings answer in the shapes of Bookinfo', async () => {
      const details = await getJson(`${services.details.url}/details/7`);
      assert.deepEqual(
        Object.keys(details).sort(),
        'ISBN-10 ISBN-13 author id language pages publisher type year'.split(' '),
      );
      const ratings = await getJson(`${services.ratings.url}/ratings/7`);
      assert.deepEqual(ratings, { id: 7, ratings: { Reviewer1: 5, Reviewer2: 4 } });
    });

    test('an id that is not a number is refused', async () => {
      for (const path of [`${services.details.url}/details/x`, `${services.v1.url}/reviews/1e3`]) {
        assert.equal((await fetch(path)).status, 400);
      }
    });

    test('reviews v1 has no stars and asks nobody, v2 has black ones, v3 red ones', async () => {
      const ratingOf = async (service: RunningService) =>
        (await getJson(`${service.url}/reviews/0`)).reviews[1].rating;
      proxy.recorded.length = 0;
      assert.equal(await ratingOf(services.v1), undefined);
      assert.equal(proxy.recorded.length, 0);
      assert.deepEqual(await ratingOf(services.v2), { stars: 4, color: 'black' });
      assert.deepEqual(await ratingOf(services.v3), { stars: 4, color: 'red' });
    });

    test('reviews keeps its texts where ratings fails', async () => {
      proxy.upstreams.set('ratings:9080', 503);
      const { reviews } = await getJson(`${services.v3.url}/reviews/0`);
      proxy.upstreams.set('ratings:9080', services.ratings.url);
      assert.ok(reviews[0].text.length > 0);
      assert.deepEqual(reviews[0].rating, { error: 'Ratings are unavailable.' });
    });

    test('the page shows what the services said, through the proxy and with its credential', async () => {
      proxy.upstreams.set('reviews:9080', services.v3.url);
      proxy.recorded.length = 0;
      const page = await (await fetch(`${services.page.url}/productpage`)).text();
      assert.match(page, /George Eliot/);
      assert.match(page, /class="stars red"[^>]*>★★★★☆</);
      assert.match(page, /served by <code>reviews-v3<\/code>/);
      assert.deepEqual(proxy.recorded.map(({ target }) => target).sort(), [
        'http://details:9080/details/0',
        'http://ratings:9080/ratings/0',
        'http://reviews:9080/reviews/0',
      ]);
      for (const { headers, target } of proxy.recorded) {
        assert.equal(headers['proxy-authorization'], proxy.credential);
        assert.equal(headers.host, new URL(target).host);
      }
    });

    test('trace, request id, user and user agent go all the way down; nothing else does', async () => {
      proxy.upstreams.set('reviews:9080', services.v2.url);
      proxy.recorded.length = 0;
      const headers = { ...passedOn, 'x-secret': 'not yours', authorization: 'Bearer token' };
      await fetch(`${services.page.url}/productpage`, { headers });
      assert.equal(proxy.recorded.length, 3);
      for (const { headers } of proxy.recorded) {
        for (const [name, value] of Object.entries(passedOn)) assert.equal(headers[name], value, name);
        assert.equal(headers['x-secret'], undefined);
        assert.equal(headers.authorization, undefined);
      }
    });

    test('signing in sets who the end user is, over what the request says; signing out ends it', async () => {
      const login = await signIn(services.page.url, 'jason');
      assert.equal(login.status, 303);
      assert.equal(login.headers.get('location'), '/productpage');
      const cookie = (login.headers.get('set-cookie') ?? '').split(';')[0] ?? '';
      assert.equal(cookie, 'user=jason');
      proxy.recorded.length = 0;
      const page = await fetch(`${services.page.url}/productpage`, {
        headers: { cookie, 'end-user': 'eve' },
      });
      assert.match(await page.text(), /Signed in as <b>jason<\/b>/);
      assert.ok(proxy.recorded.every(({ headers }) => headers['end-user'] === 'jason'));
      const logout = await fetch(`${services.page.url}/logout`, { redirect: 'manual' });
      assert.match(logout.headers.get('set-cookie') ?? '', /user=;.*Max-Age=0/);
    });

    test('a name that could not be a header, or a script, is no user', async () => {
      for (const name of ['<script>', 'a\r\nx: y', 'ü', '', 'x'.repeat(65)]) {
        assert.equal((await signIn(services.page.url, name)).status, 400, name);
      }
      const headers = { cookie: `user=${encodeURIComponent('<script>alert(1)</script>')}` };
      const page = await fetch(`${services.page.url}/productpage`, { headers });
      assert.doesNotMatch(await page.text(), /<script|Signed in/);
    });

    test('a failing service costs its own panel only', async () => {
      proxy.upstreams.set('reviews:9080', 403);
      const page = await (await fetch(`${services.page.url}/productpage`)).text();
      assert.match(page, /Error fetching product reviews!/);
      assert.match(page, /answered 403/);
      assert.match(page, /George Eliot/);
      assert.doesNotMatch(page, /Error fetching product details!/);
    });

    test('a silent service is given up on after three seconds', async () => {
      proxy.upstreams.set('reviews:9080', 'silent');
      const path = `${services.page.url}/api/v1/products/0/reviews`;
      const answer = await fetch(path, { signal: AbortSignal.timeout(20_000) });
      assert.equal(answer.status, 504);
      assert.match((await answer.json()).error, /no answer within 3 s/);
    });

    test('the API tells the products, and passes an upstream failure on as it is', async () => {
      const api = `${services.page.url}/api/v1/products`;
      proxy.upstreams.set('reviews:9080', services.v1.url);
      assert.equal((await getJson(api))[0].title, 'Silas Marner');
      assert.equal((await getJson(`${api}/0`)).year, 1861);
      assert.equal((await getJson(`${api}/0/reviews`)).podname, 'reviews-v1');
      assert.equal((await getJson(`${api}/0/ratings`)).ratings.Reviewer1, 5);
      proxy.upstreams.set('details:9080', 403);
      assert.equal((await fetch(`${api}/0`)).status, 403);
      proxy.upstreams.set('details:9080', services.details.url);
      assert.equal((await fetch(`${api}/..%2f..%2fhealth`)).status, 404);
    });

    test('what the page refers to is there, and nothing else is', async () => {
      const page = await (await fetch(`${services.page.url}/productpage`)).text();
      const references = [...page.matchAll(/(?:src|href)="([^"]+)"/g)].map((match) => match[1] ?? '');
      assert.ok(references.length >= 3);
      for (const path of references) {
        assert.equal((await fetch(`${services.page.url}${path}`)).status, 200, path);
      }
      assert.equal((await fetch(`${services.page.url}/static/..%2fmain.ts`)).status, 404);
    });
  });
}

async function startAll(runtime: AppRuntime, proxy: string) {
  const [details, ratings, v1, v2, v3, page] = await Promise.all([
    startService(runtime, { app: 'details', proxy }),
    startService(runtime, { app: 'ratings', proxy }),
    startService(runtime, { app: 'reviews', version: 'v1', proxy }),
    startService(runtime, { app: 'reviews', version: 'v2', proxy }),
    startService(runtime, { app: 'reviews', version: 'v3', proxy }),
    startService(runtime, { app: 'productpage', proxy }),
  ]);
  return { details, ratings, v1, v2, v3, page };
}

function signIn(url: string, username: string): Promise<Response> {
  return fetch(`${url}/login`, {
    method: 'POST',
    body: new URLSearchParams({ username }),
    redirect: 'manual',
  });
}

// biome-ignore lint/suspicious/noExplicitAny: the tests look into JSON of many shapes
async function getJson(url: string): Promise<any> {
  const response = await fetch(url);
  assert.equal(response.status, 200, url);
  return response.json();
}
