import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Child } from '../child.ts';
import type { MeshIdentity } from '../mesh-identity.ts';
import { pinned } from '../pinning.ts';
import type { ProxyPorts } from '../process/weft-proxy.ts';
import type { Started } from '../started.ts';

/** A program of the system that proxies: what it is called, and how it is told what to do. */
export interface NativePeer {
  /** On PATH. */
  readonly program: string;
  /** The Debian package that has it. */
  readonly debian: string;
  /** The arguments that make it tell its version. */
  readonly versionArgs: readonly string[];
  /** Its configuration; `folder` has the files of the identity beside it. */
  configuration(place: NativePlace): string;
  /** Its arguments, without the program. */
  arguments(folder: string, configuration: string): readonly string[];
}

/** Where a native peer listens and sends. */
export interface NativePlace {
  readonly folder: string;
  readonly ports: ProxyPorts;
  /** A port of loopback. */
  readonly origin: number;
  /** Where plaintext requests go by mutual TLS, instead of to the origin. */
  readonly mesh: number | undefined;
}

/** What it says of its version in one line, or undefined when it is not on PATH. */
export function versionOf({ program, versionArgs }: NativePeer): string | undefined {
  const { status, stdout, stderr } = spawnSync(program, versionArgs, { encoding: 'utf8' });
  return status === 0 ? `${stdout}${stderr}`.split('\n')[0]?.split(' -')[0] : undefined;
}

/** Starts one on free ports, pinned, and waits until they are open. */
export async function startNative(
  peer: NativePeer,
  origin: number,
  identity: MeshIdentity,
  mesh?: number,
): Promise<Started> {
  const folder = mkdtempSync(join(tmpdir(), 'weft-bench-'));
  const ports = { plain: await freePort(), mtls: await freePort(), tcp: await freePort() };
  const configuration = join(folder, 'configuration');
  writeIdentity(folder, identity);
  writeFileSync(configuration, peer.configuration({ folder, ports, origin, mesh }));
  const child = new Child(
    peer.program,
    pinned('measured', [peer.program, ...peer.arguments(folder, configuration)]),
  );
  const stop = async () => {
    await child.stop();
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    for (const port of [ports.plain, ports.mtls]) await untilOpen(port, peer.program);
  } catch (error) {
    const why = child.errors;
    await stop();
    throw new Error(`${String(error)}: ${why}`, { cause: error });
  }
  // It has read them; a private key need not lie about.
  for (const file of KEY_FILES) rmSync(join(folder, file), { force: true });
  return { pid: child.pid, ports, stop };
}

const KEY_FILES = ['server.pem', 'server.key', 'client.pem'];

/** `server.pem` and `client.pem` have chain and key, `server.crt` and `server.key` one each, `roots.pem` the roots. */
function writeIdentity(folder: string, { server, client, bundle }: MeshIdentity): void {
  const write = (name: string, text: string) => writeFileSync(join(folder, name), text, { mode: 0o600 });
  write('server.pem', server.chainPem + server.keyPem);
  write('server.crt', server.chainPem);
  write('server.key', server.keyPem);
  write('client.pem', client.chainPem + client.keyPem);
  write('roots.pem', bundle.rootsPem);
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer();
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}

async function untilOpen(port: number, program: string): Promise<void> {
  for (let tries = 0; tries < 100; tries++) {
    if (await isOpen(port)) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`${program} does not open its port`);
}

function isOpen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port }, () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', () => resolve(false));
  });
}
