import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { promisify } from 'node:util';
import { serviceOf } from '../support/control-parts.ts';
import { ControlProcess } from '../support/control-process.ts';
import { isFull } from '../support/full-runs.ts';
import { ask } from '../support/http-client.ts';
import { compileSidecar, FileSidecar } from '../support/single-file.ts';

/** A bare Debian, for the long form: WEFT_DEBIAN names one that is there. */
const mirror = process.env.WEFT_DEBIAN_MIRROR ?? 'http://deb.debian.org/debian';

/** Every Linux has /proc, which Bun wants; the mount ends with the process. */
function inRoot(directory: string, file: string): [string, ...string[]] {
  const enter = 'mount -t proc proc "$0/proc" && exec chroot "$0" "$@"';
  return ['unshare', '--mount', 'sh', '-c', enter, directory, file];
}

describe('the sidecar as one file', () => {
  let control: ControlProcess;
  let app: Server;
  let folder: string;
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'weft-file-'));
    control = await ControlProcess.start(serviceOf('server'));
    app = createServer((_, response) => response.end('here'));
    await new Promise<void>((resolve) => app.listen(0, '127.0.0.1', resolve));
  });
  after(async () => {
    app.close();
    app.closeAllConnections();
    await control.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  /** Starts it, has it serve, and stops it. `within` is a root directory to change to. */
  async function serves(file: string, within?: string): Promise<void> {
    const name = `${Date.now()}`;
    const place = join(within ?? folder, 'weft', name);
    mkdirSync(place, { recursive: true, mode: 0o700 });
    copyFileSync(await control.joinFile('server-v1'), join(place, 'join'));
    const inside = within === undefined ? place : join('/weft', name);
    const { port } = app.address() as AddressInfo;
    const args = [
      '--join',
      join(inside, 'join'),
      '--state',
      join(inside, 'state'),
      '--app-port',
      String(port),
    ];
    const command = within === undefined ? ([file] as const) : inRoot(within, file);
    const env = { WEFT_PROXY_CREDENTIAL: 'c', WEFT_DRAIN_MS: '0', PATH: '/usr/sbin:/usr/bin:/sbin:/bin' };
    const sidecar = new FileSidecar([...command, ...args], env);
    const { inbound, identity } = await sidecar.ready();
    assert.equal(identity, 'spiffe://cluster.local/ns/default/sa/server');
    const answer = await ask(`http://127.0.0.1:${inbound}/`, { headers: { host: 'server' } });
    assert.deepEqual([answer.status, answer.body], [200, 'here']);
    assert.equal(await sidecar.stop(), 0);
  }

  const runtimes = isFull ? (['bun', 'deno'] as const) : (['bun'] as const);
  const made: (typeof runtimes)[number][] = [];

  for (const runtime of runtimes) {
    test(`of ${runtime} starts where there is no package, no variable and no other file, and serves`, async (context) => {
      const file = join(folder, `weft-sidecar-${runtime}`);
      const { ok, said } = compileSidecar(runtime, file);
      if (!ok && runtime === 'deno' && said.includes('dl.deno.land'))
        return context.skip('deno compile fetches its base from dl.deno.land, which cannot be reached');
      assert.ok(ok, said);
      made.push(runtime);
      await serves(file);
    });
  }

  if (isFull)
    test('starts in a bare Debian and serves', async () => {
      const debian = process.env.WEFT_DEBIAN ?? join(folder, 'debian');
      if (!existsSync(join(debian, 'etc', 'debian_version'))) {
        const args = ['--variant=minbase', 'bookworm', debian, mirror];
        await promisify(execFile)('debootstrap', args, { maxBuffer: 16 * 1024 * 1024 });
      }
      assert.ok(made.length > 0, 'there is a file to start');
      for (const runtime of made) {
        copyFileSync(join(folder, `weft-sidecar-${runtime}`), join(debian, `weft-sidecar-${runtime}`));
        await serves(`/weft-sidecar-${runtime}`, debian);
      }
    });
});
