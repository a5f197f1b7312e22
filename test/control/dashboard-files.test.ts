import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, test } from 'node:test';
import { serve } from '@hono/node-server';
import { Hono } from 'hono';
import { dashboardFiles, fileNamed } from '../../control/dashboard-files.ts';
import { root, sourceFiles } from '../support/source-tree.ts';

const app = new Hono().route('/dashboard/', dashboardFiles(root));
const local = { host: '127.0.0.1:7000' };
const get = (path: string, headers: Record<string, string> = local) => app.request(path, { headers });

describe('the files of the dashboard', () => {
  test('only files of dashboard/ and src/, and the modules that they import by name, can be named', () => {
    const cases: readonly (readonly [string, string | undefined])[] = [
      ['', 'dashboard/index.html'],
      ['dashboard/main.ts', 'dashboard/main.ts'],
      ['dashboard/dashboard.css', 'dashboard/dashboard.css'],
      ['src/proxy/activate.ts', 'src/proxy/activate.ts'],
      ['modules/re2js.js', 'node_modules/re2js/build/index.js'],
      ['src', undefined],
      ['src/', undefined],
      ['dashboard/tsconfig.json', undefined],
      ['package.json', undefined],
      ['control/main.ts', undefined],
      ['.weft/control.json', undefined],
      ['.weft/authority.ts', undefined],
      ['src/../control/main.ts', undefined],
      ['src/..%2fcontrol/main.ts', undefined],
      ['src/%2e%2e/control/main.ts', undefined],
      ['src\\..\\control\\main.ts', undefined],
      ['src//proxy/activate.ts', undefined],
      ['/etc/passwd', undefined],
      ['src/proxy/activate.ts\0.css', undefined],
      ['src/.git/config.ts', undefined],
      ['modules/yaml.js', undefined],
      ['node_modules/re2js/build/index.js', undefined],
      ['modules/../package.json', undefined],
    ];
    for (const [path, file] of cases) assert.equal(fileNamed(path), file, JSON.stringify(path));
  });

  test('no spelling of a path that a client can send leads out of them', async () => {
    const server = serve({ fetch: app.fetch, hostname: '127.0.0.1', port: 0 });
    await new Promise((resolve) => server.once('listening', resolve));
    const { port } = server.address() as AddressInfo;
    const status = (path: string) =>
      new Promise<number>((resolve, reject) => {
        request({ port, host: '127.0.0.1', path }, (answer) => {
          answer.resume();
          resolve(answer.statusCode ?? 0);
        })
          .on('error', reject)
          .end();
      });
    try {
      assert.equal(await status('/dashboard/src/proxy/activate.ts'), 200);
      const paths = [
        '../package.json',
        '%2e%2e/package.json',
        'src/%2e%2e/%2e%2e/etc/passwd',
        'src/..;/x.ts',
      ];
      const more = ['src/%2e%2e%2fcontrol/main.ts', 'src/..%5c..%5ccontrol/main.ts', 'src/%00.ts', 'src/%'];
      for (const path of [...paths, ...more]) assert.equal(await status(`/dashboard/${path}`), 404, path);
    } finally {
      server.close();
    }
  });

  test('TypeScript is sent without its types, as a module', async () => {
    const answer = await get('/dashboard/src/proxy/activate.ts');
    assert.equal(answer.headers.get('content-type'), 'text/javascript; charset=utf-8');
    const text = await answer.text();
    assert.doesNotMatch(text, /import type|: Snapshot/);
    assert.match(text, /export function activate/);
  });

  test('every answer forbids guessing types, framing, and every script but its own', async () => {
    for (const path of ['/dashboard/', '/dashboard/dashboard/main.ts', '/dashboard/nothing.ts']) {
      const { headers } = await get(path);
      assert.equal(headers.get('x-content-type-options'), 'nosniff');
      const policy = headers.get('content-security-policy') ?? '';
      assert.match(policy, /default-src 'none'/);
      assert.match(policy, /frame-ancestors 'none'/);
      assert.doesNotMatch(policy, /unsafe|https?:|\*/);
    }
  });

  test('the one script that stands in the document is its import map, named by its hash', async () => {
    const answer = await get('/dashboard/');
    const [inline = '', ...others] = [
      ...(await answer.text()).matchAll(/<script[^>]*>([^<]+)<\/script>/g),
    ].map(([, text]) => text ?? '');
    assert.deepEqual(others, []);
    const hash = createHash('sha256').update(inline).digest('base64');
    assert.ok(answer.headers.get('content-security-policy')?.includes(`'sha256-${hash}'`));
  });

  test('a file that did not change is not sent again', async () => {
    const first = await get('/dashboard/dashboard/format.ts');
    const etag = first.headers.get('etag') ?? '';
    const again = await get('/dashboard/dashboard/format.ts', { ...local, 'if-none-match': etag });
    assert.equal(again.status, 304);
    assert.equal(await again.text(), '');
  });

  test('other methods and other host names are refused', async () => {
    const post = await app.request('/dashboard/', { method: 'POST', headers: local });
    assert.equal(post.status, 405);
    for (const host of ['evil.example', '127.0.0.1.evil.example', 'localhost.evil:80', ''])
      assert.equal((await get('/dashboard/', { host })).status, 421, host);
    for (const host of ['localhost', 'localhost:80', '[::1]:7000'])
      assert.equal((await get('/dashboard/', { host })).status, 200, host);
  });

  test('everything that the page imports is served', () => {
    const files = new Map(
      [...sourceFiles('dashboard'), ...sourceFiles('src')].map((file) => [file.path, file]),
    );
    const reached = new Set<string>();
    const visit = (path: string): void => {
      if (reached.has(path)) return;
      reached.add(path);
      const file = files.get(path);
      assert.equal(fileNamed(path), path);
      assert.ok(file, path);
      for (const { target, typeOnly } of file.imports) {
        if (typeOnly) continue;
        if (files.has(target)) visit(target);
        else assert.ok(fileNamed(`modules/${target}.js`), `${path} imports ${target}`);
      }
    };
    visit('dashboard/main.ts');
    assert.ok(reached.has('src/proxy/activate.ts'), 'the page runs the core');
  });
});
