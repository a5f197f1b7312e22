import { Agent, get, type IncomingMessage } from 'node:http';
import type { Fetch } from './call.ts';

const maxBodyBytes = 1024 * 1024;

/**
 * A fetch through an HTTP proxy, credential and all. Deno's own fetch honours HTTP_PROXY too, but looks the
 * target up in DNS first, and names like `reviews` exist only in the mesh: where DNS does not answer, that
 * look-up takes ten seconds. Bun's asks nobody, so there plain `fetch` will do.
 */
export function proxyFetch(proxy: URL): Fetch {
  // Deno sends a request again when it is aborted on a connection that was used before, so none is used twice.
  const agent = new Agent({ keepAlive: false });
  const credential = `Basic ${btoa(`${decodeURIComponent(proxy.username)}:${decodeURIComponent(proxy.password)}`)}`;
  return (url, { headers, signal }) =>
    new Promise((resolve, reject) => {
      const sent = {
        ...Object.fromEntries(headers),
        host: new URL(url).host,
        'proxy-authorization': credential,
      };
      const options = { host: proxy.hostname, port: proxy.port, path: url, headers: sent, agent, signal };
      get(options, (message) => void toResponse(message).then(resolve, reject)).on('error', reject);
    });
}

async function toResponse(message: IncomingMessage): Promise<Response> {
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  let size = 0;
  for await (const chunk of message) {
    size += chunk.length;
    if (size > maxBodyBytes) throw new Error(`The answer is longer than ${maxBodyBytes} bytes.`);
    chunks.push(chunk);
  }
  return new Response(size === 0 ? null : await new Blob(chunks).arrayBuffer(), {
    status: message.statusCode ?? 502,
  });
}
