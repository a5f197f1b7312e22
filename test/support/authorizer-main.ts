/** An external authorizer in a process of its own (Envoy's ext_authz over HTTP); prints its port. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import process from 'node:process';

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const { method, url = '', headers } = request;
  if (url.includes('/silent')) return;
  if (url.includes('/broken')) {
    response.writeHead(500).end('out of order');
    return;
  }
  const seen = JSON.stringify({ method, url, headers, body: Buffer.concat(chunks).toString('utf8') });
  response.setHeader('x-authz-seen', encodeURIComponent(seen));
  response.setHeader('x-user', 'told by the authorizer');
  response.setHeader('x-weft-peer', 'forged');
  response.setHeader('x-envoy-auth-headers-to-remove', 'x-secret');
  response.setHeader('set-cookie', ['a=1', 'b=2']);
  if (headers['x-ext-authz'] === 'allow' || url.includes('/body')) {
    response.writeHead(200).end('ok');
    return;
  }
  if (url.includes('/login')) response.writeHead(302, { location: 'https://login.example/' }).end();
  else response.writeHead(403, { 'content-type': 'text/x-reason' }).end('denied by the authorizer');
}

const server = createServer(
  (request, response) => void answer(request, response).catch(() => response.destroy()),
);
server.listen(0, '127.0.0.1', () => {
  process.stdout.write(`${(server.address() as AddressInfo).port}\n`);
});
