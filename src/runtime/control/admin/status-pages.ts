import { type AdminPage, text } from './admin-page.ts';
import { type AppMetrics, mergedMetrics } from './app-metrics.ts';
import { type AppProbe, probeApp } from './app-probe.ts';
import type { ProxyStatus, ProxyView } from './proxy-view.ts';
import { PROMETHEUS } from './statistics-page.ts';

/** What the status port tells of the application. */
export interface AppHealth {
  /** By path, like `/app-health/main/readyz`. */
  readonly probes: ReadonlyMap<string, AppProbe>;
  readonly metrics: AppMetrics | undefined;
}

/** Istio's port 15021: whether the proxy is ready, and nothing else. */
export function healthPages(status: ProxyStatus): AdminPage[] {
  return [
    {
      path: '/healthz/ready',
      about: '200 if ready, otherwise 503',
      method: 'GET',
      answer: () => (status.ready ? text('') : text('not ready\n', 503)),
    },
  ];
}

/** Istio's port 15090: the proxy's metrics. */
export function metricsPages(view: Pick<ProxyView, 'stats'>): AdminPage[] {
  const answer = () => ({ status: 200, type: PROMETHEUS, body: view.stats.prometheus() });
  return [{ path: '/stats/prometheus', about: 'metrics of the proxy', method: 'GET', answer }];
}

/** Istio's port 15020: readiness, the application's probes, and its metrics beside the proxy's. */
export function statusPages(view: ProxyView, { probes, metrics }: AppHealth): AdminPage[] {
  return [
    ...healthPages(view.status),
    ...[...probes].map(
      ([path, probe]): AdminPage => ({
        path,
        about: 'the answer of the application',
        method: 'GET',
        answer: async () => text('', await probeApp(probe)),
      }),
    ),
    {
      path: '/quitquitquit',
      about: 'drain and exit (POST, from this machine)',
      method: 'POST',
      answer: ({ local }) => {
        if (!local) return text('', 403);
        view.quit();
        return text('OK\n');
      },
    },
    {
      path: '/stats/prometheus',
      about: 'metrics of the proxy and of the application',
      method: 'GET',
      answer: async () => {
        const body = await mergedMetrics(view.stats.prometheus(), metrics);
        return { status: 200, type: PROMETHEUS, body };
      },
    },
  ];
}
