import { adminPages } from './admin/admin-pages.ts';
import { servePages } from './admin/page-server.ts';
import type { ProxyView } from './admin/proxy-view.ts';

/**
 * The admin port, on loopback only and for no web page. It shows no secret; with a `token`, what changes something
 * wants it. Resolves with the port it got.
 */
export async function serveAdmin(port: number, view: ProxyView, token?: string): Promise<number> {
  const pages = adminPages(view);
  return (await servePages({ address: '127.0.0.1', port, pages, localOnly: true, token })).port;
}
