import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { CaStatus, ListedIssuance } from '../../cli/ca/ca-state.ts';
import { ask } from '../support/http-client.ts';
import { load, type Outcomes, total } from '../support/load.ts';
import { OutageMesh } from '../support/outage-mesh.ts';
import { type CommandResult, weft } from '../support/running-mesh.ts';
import { until } from '../support/until.ts';

const full = process.env.WEFT_FULL === '1';
const pairs = [
  ['deno', 'bun'],
  ['node', 'deno'],
  ['bun', 'node'],
] as const;

for (const [client, server] of full ? pairs : pairs.slice(0, 1)) {
  describe(`the authority of a mesh with a client on ${client} and a server on ${server}`, () => {
    let mesh: OutageMesh;
    before(async () => {
      mesh = await OutageMesh.start(60, { client, server });
    });
    after(() => mesh.stop());

    const ca = (...args: readonly string[]): Promise<CommandResult> =>
      weft('ca', ...args, '--state', mesh.controlState);
    const status = () => mesh.client.get<CaStatus>('/v1/admin/ca');

    test('does not let another root issue before every proxy has it', async () => {
      assert.equal((await ca('rotate', '--phase', 'prepare')).code, 0);
      mesh.sidecars.get('client')?.signal('SIGSTOP');
      assert.equal((await ca('rotate', '--phase', 'distribute')).code, 0);
      await until('nobody but the client is waited for', async () => {
        const { awaited = [] } = (await status()).rotation ?? {};
        return awaited.length === 1 && awaited[0]?.proxy === 'client-v1.default' ? true : undefined;
      });
      const early = await ca('rotate', '--phase', 'activate', '--wait', '0');
      mesh.sidecars.get('client')?.signal('SIGCONT');
      assert.equal(early.code, 82, early.stderr);
      assert.match(early.stderr, /client-v1\.default: has not got the root/);
      assert.equal(await mesh.status(), 200);
    });

    test('replaces the root under load, and no request fails', async (t) => {
      const before = await status();
      let over = false;
      const outcomes = load({
        ...mesh.call,
        concurrency: 4,
        more: () => !over,
        label: (answer) => String(answer.status),
      });
      const rotated = await ca('rotate', '--wait', '30');
      over = true;
      assert.equal(rotated.code, 0, rotated.stderr);
      assertNoneFailed(await outcomes);
      t.diagnostic(`${total(await outcomes)} requests`);
      const { rootInUse, roots, rotation } = await status();
      assert.equal(rotation, undefined);
      assert.deepEqual(
        roots.map(({ hash }) => hash),
        [rootInUse],
      );
      assert.notEqual(rootInUse, before.rootInUse);
      assert.equal(await mesh.status(), 200);
    });

    test('wrote the key of the new root into a file of its own, wrapped', () => {
      const names = readdirSync(mesh.controlState).filter((name) => name.startsWith('authority-root-'));
      assert.equal(names.length, 1);
      const file = join(mesh.controlState, names[0] ?? '');
      assert.equal(statSync(file).mode & 0o077, 0);
      for (const path of [file, join(mesh.controlState, 'authority.json')])
        assert.doesNotMatch(readFileSync(path, 'utf8'), /PRIVATE KEY/);
      assert.ok(existsSync(join(mesh.controlState, 'authority.kek')));
    });

    test('lets a sidecar start again from its disk, by the new root', async () => {
      await mesh.killControl();
      await mesh.sidecars.get('server')?.end('SIGKILL');
      await mesh.startSidecar('server', server);
      assert.equal(mesh.sidecars.get('server')?.logged('certificate restored'), 1);
      assert.equal(await mesh.status(), 200);
      await mesh.startControl();
    });

    test('is nobody’s business but the operator’s', async () => {
      for (const path of ['/v1/admin/ca', '/v1/admin/ca/bundle', '/v1/admin/ca/issuances'])
        assert.equal((await ask(`${mesh.client.url}${path}`)).status, 401, path);
    });

    test('believes a revoked identity nowhere, and believes it again', async () => {
      const id = 'spiffe://cluster.local/ns/default/sa/client';
      assert.equal(await mesh.status(), 200);
      assert.equal((await ca('revoke', id, '--reason', 'a drill')).code, 0);
      await until('the server refuses it', async () => ((await mesh.status()) === 503 ? true : undefined));
      const listed = await mesh.client.get<ListedIssuance[]>(`/v1/admin/ca/issuances?id=${id}`);
      assert.ok(listed.length >= 2 && listed.every(({ denied }) => denied));
      assert.equal((await ca('revoke', id, '--undo')).code, 0);
      await until('the server believes it', async () => ((await mesh.status()) === 200 ? true : undefined));
    });
  });
}

function assertNoneFailed(outcomes: Outcomes): void {
  assert.deepEqual([...outcomes.keys()], ['200'], JSON.stringify([...outcomes]));
}
