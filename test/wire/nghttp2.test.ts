import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { stripVTControlCharacters } from 'node:util';
import { sized } from '../support/full-runs.ts';
import { missingNghttp2, readLoadFigures, runTool } from '../support/nghttp2-tools.ts';
import { RUNTIMES, withProxies } from '../support/proxy-process.ts';

const UPLOAD = Buffer.from('weft '.repeat(60_000), 'latin1');
/** Bytes of a body that no single window holds. */
const LARGE = 200_000;
const REQUESTS = sized(2_000, 100_000);
const CLIENTS = sized(8, 64);

/** Whom the clients ask for; the proxy's own port would be outside the mesh. */
const HOST = ['-H', ':authority: a.example'];

interface Call {
  readonly name: string;
  /** Beside the address. */
  readonly args: readonly string[];
  /** What the upstream must have been asked. */
  readonly method: 'GET' | 'POST';
  readonly uploaded: number;
  /** Bun 1.4 encodes with a dynamic table whatever the client's settings say; the client then gives up. */
  readonly lostOnBun?: boolean;
}

/** Ways in which nghttp can send what means the same. `FILE` is the upload. */
const CALLS: readonly Call[] = [
  { name: 'a GET', args: [], method: 'GET', uploaded: 0 },
  { name: 'a GET with padded frames', args: ['--padding=200'], method: 'GET', uploaded: 0 },
  {
    name: 'a GET without dynamic table',
    args: ['--header-table-size=0'],
    method: 'GET',
    uploaded: 0,
    lostOnBun: true,
  },
  { name: 'a GET through a small window', args: ['-w', '10', '-W', '10'], method: 'GET', uploaded: 0 },
  { name: 'a GET in CONTINUATION frames', args: ['--continuation'], method: 'GET', uploaded: 0 },
  { name: 'an upload', args: ['-d', 'FILE'], method: 'POST', uploaded: UPLOAD.length },
  {
    name: 'an upload without length',
    args: ['-d', 'FILE', '--no-content-length'],
    method: 'POST',
    uploaded: UPLOAD.length,
  },
  {
    name: 'an upload with trailers',
    args: ['-d', 'FILE', '--trailer=x-checksum: 1'],
    method: 'POST',
    uploaded: UPLOAD.length,
  },
  {
    name: 'an upload that waits for 100',
    args: ['-d', 'FILE', '--expect-continue'],
    method: 'POST',
    uploaded: UPLOAD.length,
  },
];

/** Answers with what it got. */
async function startUpstream() {
  const server = createServer({ maxHeaderSize: 65_536 }, (request, response) => {
    const hash = createHash('sha256');
    let length = 0;
    request.on('data', (chunk: Buffer) => {
      hash.update(chunk);
      length += chunk.length;
    });
    request.on('end', () => {
      response.setHeader('x-got', `${request.method} ${length} ${hash.digest('hex')}`);
      response.end('x'.repeat(request.url === '/small' ? 128 : LARGE));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const close = (): void => {
    server.close();
    server.closeAllConnections();
  };
  return { port: (server.address() as AddressInfo).port, close };
}

async function nghttp(port: number, { args }: Call, file: string): Promise<string> {
  const given = args.map((arg) => (arg === 'FILE' ? file : arg));
  const address = `http://127.0.0.1:${port}/large`;
  const output = await runTool('nghttp', ['-nv', '--no-dep', ...HOST, ...given, address]);
  return stripVTControlCharacters(output);
}

function assertWhole(output: string, { method, uploaded }: Call): void {
  const hash = createHash('sha256').update(UPLOAD.subarray(0, uploaded)).digest('hex');
  assert.match(output, /:status: 200/);
  assert.ok(output.includes(`x-got: ${method} ${uploaded} ${hash}`), output.slice(-1500));
  const sizes = [...output.matchAll(/recv DATA frame <length=(\d+)/g)].map(([, size]) => Number(size));
  const received = sizes.reduce((sum, size) => sum + size, 0);
  assert.equal(received, LARGE);
  assert.doesNotMatch(output, /recv RST_STREAM/);
}

async function h2load(port: number, flags: readonly string[]): Promise<void> {
  const load = ['-n', String(REQUESTS), '-c', String(CLIENTS), ...flags, ...HOST];
  const output = await runTool('h2load', [...load, `http://127.0.0.1:${port}/small`]);
  const expected = { succeeded: REQUESTS, failed: 0, statuses: [REQUESTS, 0, 0, 0] };
  assert.deepEqual(readLoadFigures(output), expected);
}

describe('nghttp and h2load understand our listener, and it them', { skip: missingNghttp2() }, () => {
  for (const runtime of RUNTIMES) {
    test(runtime, (t) =>
      withProxies(runtime, async (proxies) => {
        const upstream = await startUpstream();
        const folder = mkdtempSync(join(tmpdir(), 'weft-nghttp-'));
        const file = join(folder, 'upload');
        writeFileSync(file, UPLOAD);
        try {
          const port = await proxies.open('plain', upstream.port);
          for (const call of CALLS) {
            await t.test(call.name, async () => {
              const output = await nghttp(port, call, file);
              if (call.lostOnBun && runtime === 'bun') assert.match(output, /error_code=COMPRESSION_ERROR/);
              else assertWhole(output, call);
            });
          }
          await t.test(`${REQUESTS} requests of h2load`, () => h2load(port, ['-m', '16']));
          await t.test('the same over HTTP/1.1', () => h2load(port, ['--h1']));
        } finally {
          upstream.close();
          rmSync(folder, { recursive: true, force: true });
        }
      }),
    );
  }
});
