import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RawPeer } from './raw-peer.ts';

/** An nginx before an upstream. */
export interface Nginx {
  readonly port: number;
  stop(): Promise<void>;
}

/** Why nginx cannot run here, or false. Where CI is set it is demanded. */
export function missingNginx(): string | false {
  if (process.env.CI) return false;
  return spawnSync('nginx', ['-v']).error === undefined ? false : 'not installed: nginx';
}

/** Starts one that reads every request as a whole and hands on what it understood. */
export async function startNginx(to: number): Promise<Nginx> {
  const folder = mkdtempSync(join(tmpdir(), 'weft-nginx-'));
  const port = await freePort();
  const file = join(folder, 'nginx.conf');
  writeFileSync(file, configuration(folder, port, to));
  const child = spawn('nginx', ['-p', folder, '-e', join(folder, 'error.log'), '-c', file], {
    stdio: 'ignore',
  });
  const closed = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const stop = async () => {
    child.kill('SIGTERM');
    await closed;
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    await untilOpen(port, child);
  } catch (error) {
    await stop();
    throw error;
  }
  return { port, stop };
}

function configuration(folder: string, port: number, to: number): string {
  const paths = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
  return `daemon off;
${process.getuid?.() === 0 ? 'user root;' : ''}
pid ${folder}/nginx.pid;
worker_processes 1;
events { worker_connections 512; }
http {
  access_log off;
  keepalive_requests 1000000;
  ${paths.map((name) => `${name}_temp_path ${folder}/${name};`).join('\n  ')}
  upstream application { server 127.0.0.1:${to}; keepalive 32; }
  server {
    listen 127.0.0.1:${port};
    large_client_header_buffers 8 64k;
    client_max_body_size 0;
    location / {
      proxy_pass http://application;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_buffering on;
    }
  }
}
`;
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

async function untilOpen(port: number, child: ChildProcess): Promise<void> {
  for (let tries = 0; tries < 100 && child.exitCode === null; tries++) {
    const peer = await RawPeer.connect(port).catch(() => undefined);
    peer?.socket.destroy();
    if (peer !== undefined) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error('nginx does not open its port');
}
