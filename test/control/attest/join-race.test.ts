import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { serve } from '@hono/node-server';
import { JOIN_PATH } from '../../../src/identity/enrol.ts';
import { createCsr } from '../../../src/identity/x509/csr.ts';
import { generateKey } from '../../../src/identity/x509/p256.ts';
import type { SwapStore } from '../../../src/runtime/ports.ts';
import { MemoryStore } from '../../../src/runtime/store/memory.ts';
import { SqliteStore } from '../../../src/runtime/store/sqlite.ts';
import { Attestor } from '../../support/attestor.ts';
import { testAuthority } from '../../support/identity-mesh.ts';

/** Every adapter that can serialise writers. */
const stores: readonly [string, (folder: string) => SwapStore & { close?(): void }][] = [
  ['memory', () => new MemoryStore()],
  ['SQLite', (folder) => new SqliteStore(join(folder, 'store.db'))],
];

for (const [name, open] of stores)
  test(`a join token that is raced for over HTTP gives one certificate, 100 times, kept in ${name}`, async () => {
    const folder = mkdtempSync(join(tmpdir(), 'weft-race-'));
    const store = open(folder);
    const attestor = new Attestor(await testAuthority(), { store });
    const { server, url } = await served(await attestor.app);
    const csrs = await Promise.all([1, 2, 3].map(async () => createCsr(await generateKey())));
    try {
      for (let round = 1; round <= 100; round++) {
        const token = await attestor.token();
        const statuses = await Promise.all(csrs.map((csr) => status(`${url}${JOIN_PATH}`, { token, csr })));
        assert.deepEqual(statuses.sort(), [200, 403, 403]);
      }
      assert.equal(await attestor.issued(), 100);
    } finally {
      server.closeAllConnections();
      server.close();
      store.close?.();
      rmSync(folder, { recursive: true });
    }
  });

async function served({ fetch }: Awaited<Attestor['app']>): Promise<{ server: Server; url: string }> {
  const server = await new Promise<Server>((resolve) => {
    const opened = serve({ fetch, hostname: '127.0.0.1', port: 0 }, () => resolve(opened as Server));
  });
  return { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

async function status(url: string, body: object): Promise<number> {
  const headers = { 'content-type': 'application/json' };
  const answer = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) });
  await answer.body?.cancel();
  return answer.status;
}
