/** Takes the pictures of docs/images: `node test/e2e/dashboard-pictures.ts`, in light and in dark. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Browser, type Page } from '../support/browser.ts';
import { ask } from '../support/http-client.ts';
import { RunningMesh } from '../support/running-mesh.ts';
import { root } from '../support/source-tree.ts';

const folder = join(root, 'docs', 'images');
const question = new URLSearchParams({
  method: 'GET',
  url: 'http://reviews:9080/reviews/0',
  headers: 'end-user: jason',
  from: 'default/productpage-v1',
});

/** Address of a view, and what is there once it is drawn. */
const views: readonly (readonly [name: string, hash: string, ready: string])[] = [
  ['graph', '#/graph', '[data-edge$="workload/default/ratings-v1"]'],
  ['proxies', '#/proxies', 'tr[data-proxy]'],
  ['playground', `#/playground?${question}`, '.hop .step'],
  ['configuration', '#/configuration/VirtualService%2Fdefault%2Freviews', '.line'],
  ['history', '#/history/2', '.chosen article'],
];

async function traffic(mesh: RunningMesh, seconds: number): Promise<void> {
  const end = performance.now() + seconds * 1000;
  while (performance.now() < end) {
    await ask(`${mesh.gateway}/productpage`);
    await ask(`${mesh.gateway}/productpage`, { headers: { cookie: 'user=jason' } });
  }
}

async function take(page: Page, scheme: 'light' | 'dark'): Promise<void> {
  await page.prefer(scheme);
  for (const [name, hash, ready] of views) {
    await page.evaluate(`void (location.hash = ${JSON.stringify(hash)})`);
    await page.until(`document.querySelector(${JSON.stringify(ready)})`.concat(' !== null'));
    await new Promise((resolve) => setTimeout(resolve, 400));
    writeFileSync(join(folder, `dashboard-${name}-${scheme}.png`), await page.screenshot());
  }
}

mkdirSync(folder, { recursive: true });
const mesh = await RunningMesh.boot();
const browser = await Browser.start();
try {
  await mesh.weft('apply', '-f', 'examples/bookinfo/try/reviews-v3.yaml');
  await mesh.control.post('/v1/admin/rollback', { revision: 1 });
  await traffic(mesh, 15);
  const page = await browser.open();
  await page.go(mesh.info.dashboard);
  await page.until('document.querySelector(".edge-label") !== null');
  for (const scheme of ['light', 'dark'] as const) await take(page, scheme);
  for (const problem of page.problems) process.stderr.write(`${problem}\n`);
} finally {
  await browser.stop();
  await mesh.stop();
}
