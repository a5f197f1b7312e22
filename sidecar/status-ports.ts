import { servePages } from '../src/runtime/control/admin/page-server.ts';
import type { ProxyView } from '../src/runtime/control/admin/proxy-view.ts';
import { healthPages, metricsPages, statusPages } from '../src/runtime/control/admin/status-pages.ts';
import { serveAdmin } from '../src/runtime/control/admin-server.ts';
import type { SidecarOptions } from './options.ts';
import { openPort } from './ports.ts';

/** Ports that tell of the sidecar; undefined = not open. */
export interface StatusPorts {
  readonly admin: number;
  readonly status?: number;
  readonly health?: number;
  readonly metrics?: number;
}

/** Opens them. `last` is the admin port of the last process. Rejects where one cannot be bound. */
export async function openStatusPorts(
  options: SidecarOptions,
  view: ProxyView,
  last: number,
): Promise<StatusPorts> {
  const { address, statusAddress, adminPort, statusPort, healthPort, metricsPort } = options;
  const { adminToken: token } = options;
  const open = async (at: string, port: number, pages: ReturnType<typeof statusPages>) =>
    (await servePages({ address: at, port, pages, token })).port;
  const admin = await openPort(adminPort, last, (port) => serveAdmin(port, view, token));
  const status =
    statusPort !== undefined && (await open(statusAddress, statusPort, statusPages(view, options.appHealth)));
  const health = healthPort !== undefined && (await open(address, healthPort, healthPages(view.status)));
  const metrics = metricsPort !== undefined && (await open(statusAddress, metricsPort, metricsPages(view)));
  return {
    admin,
    ...(status !== false && { status }),
    ...(health !== false && { health }),
    ...(metrics !== false && { metrics }),
  };
}
