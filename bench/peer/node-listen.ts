import type { AddressInfo, Server } from 'node:net';

/** Opens a free port of loopback; resolves to it. */
export function listenFree(server: Server): Promise<number> {
  return new Promise((resolve, reject) => {
    server.on('error', reject);
    server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port));
  });
}
