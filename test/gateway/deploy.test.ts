import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { wranglerScript } from '../../cli/runtime-paths.ts';
import { root } from '../support/source-tree.ts';

/** What Cloudflare takes from a free account, compressed. */
const limitBytes = 3 * 1024 * 1024;

test('the gateway can be deployed, without anything that reads YAML, checks schemas or makes certificates', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'weft-deploy-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const meta = join(folder, 'meta.json');
  const args = [
    'deploy',
    '--dry-run',
    '--config',
    join(root, 'wrangler.toml'),
    '--outdir',
    folder,
    '--metafile',
    meta,
  ];
  const env = { ...process.env, WRANGLER_SEND_METRICS: 'false', CI: '1' };
  await promisify(execFile)(process.execPath, [wranglerScript, ...args], { cwd: root, env });

  const bundle = readFileSync(join(folder, 'worker.js'), 'utf8');
  const size = gzipSync(bundle).length;
  t.diagnostic(`${(bundle.length / 1024).toFixed(0)} KiB, ${(size / 1024).toFixed(0)} KiB compressed`);
  assert.ok(size < limitBytes);

  const packages = packagesIn(Object.keys(JSON.parse(readFileSync(meta, 'utf8')).inputs));
  assert.deepEqual(packages, ['hono', 'jose', 're2js']);
  for (const word of [
    'YAMLParseError',
    'ZodError',
    'Pkcs10CertificateRequest',
    'reflect-metadata',
    'node:',
  ]) {
    assert.ok(!bundle.includes(word), word);
  }
});

function packagesIn(inputs: readonly string[]): string[] {
  const names = inputs.flatMap((path) => /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1] ?? []);
  return [...new Set(names)].sort();
}
