import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Browser, type Page } from '../support/browser.ts';
import { ask } from '../support/http-client.ts';
import { RunningMesh } from '../support/running-mesh.ts';
import { until } from '../support/until.ts';

/** What the first proxy on the way does, as the page shows it. */
interface Shown {
  readonly decision: string;
  readonly route: string;
  readonly clusters: readonly string[];
}

const paths = [
  '/productpage',
  '/productpage?u=normal',
  '/productpage/',
  '/static/icon.svg',
  '/static',
  '/login',
  '/logout',
  '/api/v1/products',
  '/api/v1/products/0/reviews',
  '/api/v1/products/0/ratings',
  '/api/v2/products',
  '/Productpage',
  '/health',
  '/',
  '/nothing?x=/productpage',
  '//productpage',
  '/a%2Fb',
];
const senders: readonly Readonly<Record<string, string>>[] = [
  {},
  { 'end-user': 'jason' },
  { cookie: 'user=jason' },
];
const requests = paths.flatMap((path) => senders.map((headers) => ({ path, headers }))).slice(0, 50);

describe('the dashboard in a browser', () => {
  let mesh: RunningMesh;
  let browser: Browser;
  let page: Page;
  before(async () => {
    [mesh, browser] = await Promise.all([RunningMesh.boot(), Browser.start()]);
    page = await browser.open();
    await page.go(mesh.info.dashboard);
  });
  after(async () => {
    await browser?.stop();
    await mesh?.stop();
  });

  const visit = (hash: string) => page.evaluate(`void (location.hash = ${JSON.stringify(hash)})`);

  test('Bookinfo is served through the gateway to the same browser', async () => {
    const shop = await browser.open();
    await shop.go(`${mesh.gateway}/productpage`);
    assert.match(await shop.text('body'), /Silas Marner|The Comedy of Errors/);
    assert.deepEqual(shop.problems, []);
    await shop.close();
    await page.send('Page.bringToFront');
  });

  test('the token leaves the address as soon as the page has it', async () => {
    await page.until('document.querySelector("svg.graph") !== null');
    assert.doesNotMatch(await page.evaluate('location.href'), /token/);
    assert.doesNotMatch(await page.evaluate('document.documentElement.outerHTML'), tokenIn(mesh));
  });

  test('the graph shows four services and six workloads with their traffic', async () => {
    const load = (async () => {
      for (let i = 0; i < 40; i++) {
        await ask(`${mesh.gateway}/productpage`);
        await ask(`${mesh.gateway}/productpage`, { headers: { cookie: 'user=jason' } });
      }
    })();
    const workloads = await page.until<string[]>(
      `(() => { const all = [...document.querySelectorAll('[data-node^="workload/"]')].map((e) => e.dataset.node); return all.length >= 6 && all.sort(); })()`,
    );
    const names = ['details-v1', 'productpage-v1', 'ratings-v1', 'reviews-v1', 'reviews-v2', 'reviews-v3'];
    assert.deepEqual(
      workloads,
      names.map((name) => `workload/default/${name}`),
    );
    const titles = await page.evaluate<string[]>(
      `[...document.querySelectorAll('.box.workload .box-title')].map((e) => e.textContent).sort()`,
    );
    assert.deepEqual(titles, ['details', 'productpage', 'ratings', 'reviews']);
    await load;
    const edge = (from: string, to: string) =>
      `[data-edge="workload/default/${from} workload/default/${to}"]`;
    const pairs = [
      ['productpage-v1', 'details-v1'],
      ['productpage-v1', 'reviews-v1'],
      ['productpage-v1', 'reviews-v2'],
      ['reviews-v2', 'ratings-v1'],
    ] as const;
    for (const [from, to] of pairs) {
      assert.match(await page.text(`${edge(from, to)} text`), /\d\/s · 0 % · \d.*m?s/);
      // The server's word on the proof comes with its own report.
      await page.until(`document.querySelector('${edge(from, to)}').dataset.security === 'mutual_tls'`);
    }
    await page.until(
      `document.querySelector('[data-edge$=" workload/default/productpage-v1"]').dataset.security === 'signed_request'`,
    );
  });

  test('a refresh changes numbers, and leaves elements, focus and selection where they are', async () => {
    await page.evaluate(
      `window.kept = document.querySelector('[data-node$="reviews-v2"]'); window.kept.focus()`,
    );
    await page.send('Input.dispatchKeyEvent', { type: 'keyDown', key: 'Enter' });
    await page.until(`document.querySelector('.details h2').textContent.includes('reviews-v2')`);
    const asked = page.requested.filter((url) => url.includes('/graph')).length;
    await until('the page asks again', () =>
      page.requested.filter((url) => url.includes('/graph')).length > asked + 1 ? true : undefined,
    );
    assert.ok(await page.evaluate(`window.kept.isConnected && document.activeElement === window.kept`));
    assert.match(await page.text('.details h2'), /reviews-v2/);
  });

  test('every proxy has a page with its revision, certificate and configuration', async () => {
    await visit('#/proxies');
    await page.until(`document.querySelectorAll('tr[data-proxy]').length >= 6`);
    await page.click('tr[data-proxy="reviews-v2"] a');
    assert.equal((await page.text('h1')).split(' ')[0], 'reviews-v2');
    assert.match(
      await page.text('.cards'),
      /revision 1.*spiffe:\/\/cluster\.local\/ns\/default\/sa\/bookinfo-reviews/s,
    );
    assert.match(await page.text('.life'), /23 h \d+ min left/);
    for (const part of ['route', 'cluster', 'endpoint', 'secret', 'listener', 'policy']) {
      await page.click(`.tabs a[href$="part=${part}"]`);
      await page.until(
        `document.querySelector('.tabs [aria-current]').textContent === '${part}' && document.querySelector('.loaded table.wide tbody tr, .loaded .empty') !== null`,
      );
    }
  });

  test(`the playground agrees with the live gateway on ${requests.length} requests`, async () => {
    for (const { path, headers } of requests) {
      const shown = await played(path, headers);
      const live = await ask(mesh.gateway + path, { headers });
      const label = `${path} ${JSON.stringify(headers)}`;
      assert.equal(live.headers['x-weft-revision'], '1');
      if (shown.decision === 'forward') {
        assert.equal(live.headers['x-weft-route'], shown.route, label);
        assert.ok(shown.clusters.includes(String(live.headers['x-weft-cluster'])), label);
      } else {
        assert.equal(`reply ${live.status}`, shown.decision, label);
        assert.equal(live.headers['x-weft-cluster'] || '', '', label);
      }
    }
  });

  test('an explanation leads to the line of YAML behind it', async () => {
    const question = {
      url: 'http://reviews:9080/reviews/0',
      headers: 'end-user: jason',
      from: 'default/productpage-v1',
    };
    await visit(`#/playground?${new URLSearchParams(question)}`);
    await page.until(`document.querySelector('.hop[data-cluster*="|v2|reviews"]') !== null`);
    await page.click('.step .source');
    assert.match(await page.text('.line.marked'), /jason|match|headers/);
  });

  test('a rollback from the page brings the old configuration back under a new revision', async () => {
    const applied = await mesh.apply(new URL('../../examples/bookinfo/try/reviews-v3.yaml', import.meta.url));
    await mesh.untilSidecars(applied);
    await visit(`#/history/${applied}`);
    assert.match(await page.text('.line.removed'), /^-/);
    await visit('#/history/1');
    await page.until(`document.querySelector('h1')?.textContent === 'Revision 1'`);
    await page.click('button.rollback');
    await page.click('.confirm .danger');
    assert.match(await page.text('.notice.ok'), new RegExp(`Revision ${applied + 1} is in force`));
    await mesh.untilSidecars(applied + 1);
    const resources =
      await mesh.control.get<{ kind: string; name: string; text: string }[]>('/v1/admin/resources');
    const reviews = resources.find(({ kind, name }) => kind === 'VirtualService' && name === 'reviews');
    assert.match(reviews?.text ?? '', /jason/);
  });

  test('a page of another origin gets nothing and changes nothing, even with the token', async () => {
    const other = await browser.open();
    await other.go(`${mesh.gateway}/static/icon.svg`);
    const before = await mesh.control.get<unknown[]>('/v1/admin/history');
    const { control, dashboard } = mesh.info;
    const token = dashboard.split('token=')[1];
    for (const method of ['GET', 'POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS'])
      for (const mode of ['cors', 'no-cors']) {
        const init = {
          method,
          mode,
          headers: { authorization: `Bearer ${token}` },
          ...(method === 'POST' && { body: '{"revision":1}' }),
        };
        const heard = await other.evaluate<string>(
          `fetch('${control}/v1/admin/rollback', ${JSON.stringify(init)}).then((a) => a.text(), () => '')`,
        );
        assert.equal(heard, '', `${method} ${mode}`);
      }
    assert.deepEqual(await mesh.control.get('/v1/admin/history'), before);
  });

  test('nothing went wrong in the page, and it asked nobody but control', () => {
    assert.deepEqual(page.problems, []);
    const foreign = page.requested.filter(
      (url) => !url.startsWith(mesh.info.control) && url !== 'about:blank',
    );
    assert.deepEqual(foreign, []);
  });

  /** What the playground says of a GET through the gateway. */
  async function played(path: string, headers: Readonly<Record<string, string>>): Promise<Shown> {
    const url = mesh.gateway + path;
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
    await visit(`#/playground?${new URLSearchParams({ method: 'GET', url, headers: lines.join('\n') })}`);
    const shown = `document.querySelector('input[name=url]')?.value === ${JSON.stringify(url)} && document.querySelector('textarea')?.value === ${JSON.stringify(lines.join('\n'))}`;
    return page.until<Shown>(`(() => {
      const hop = ${shown} && document.querySelector('.hop');
      if (!hop) return null;
      const { decision, route = '', cluster = '' } = hop.dataset;
      const shares = [...hop.querySelectorAll('.shares code')].map((e) => e.textContent);
      return { decision, route, clusters: shares.length > 0 ? shares : [cluster] };
    })()`);
  }
});

function tokenIn(mesh: RunningMesh): RegExp {
  return new RegExp(mesh.info.dashboard.split('token=')[1] ?? 'no token');
}
