import { ControlClient } from '../control-client.ts';
import { CommandError } from '../exit-code.ts';
import { jsonText, lifeText, proxyName, type RunningProxy } from '../mesh-state.ts';
import { table } from '../table.ts';

export interface ProxyStatusFlags {
  readonly state: string;
  readonly output: string;
}

/** `weft proxy-status`: which revision each proxy runs, and how long its certificate lives. */
export async function proxyStatus({ state, output }: ProxyStatusFlags): Promise<void> {
  const proxies = await ControlClient.fromState(state).get<RunningProxy[]>('/v1/admin/proxies');
  if (output === 'json') {
    process.stdout.write(`${jsonText({ items: proxies })}\n`);
    return;
  }
  if (proxies.length === 0) throw new CommandError('no proxy has reported to this control yet');
  process.stdout.write(`${proxyTable(proxies, Date.now(), output === 'wide')}\n`);
}

/** One line each; below, why configuration was refused. */
export function proxyTable(proxies: readonly RunningProxy[], now: number, wide: boolean): string {
  const headers = ['name', 'kind', 'runtime', 'config', 'revision', 'certificate', 'reported', 'version'];
  const rows = proxies.map((proxy) => [
    proxyName(proxy),
    proxy.kind,
    proxy.runtime,
    configWord(proxy),
    String(proxy.revision),
    certificateText(proxy, now),
    proxy.lastReport === 0 ? 'never' : `${lifeText(now - proxy.lastReport)} ago`,
    proxy.weft || '-',
    ...(wide ? [proxy.instance, address(proxy), clockText(proxy)] : []),
  ]);
  const more = wide ? ['instance', 'address', 'clock'] : [];
  const refused = proxies.flatMap(({ rejected, ...proxy }) =>
    rejected ? [`✖ ${proxyName(proxy)} refused configuration: ${rejected.code} ${rejected.detail}`] : [],
  );
  return [table([...headers, ...more], rows), ...refused].join('\n');
}

/** istioctl's words, and REJECTED for what Envoy would call a NACK. */
function configWord({ synced, rejected, revision }: RunningProxy): string {
  if (rejected) return 'REJECTED';
  if (synced) return 'SYNCED';
  return revision === 0 ? 'NOT SENT' : 'STALE';
}

function certificateText({ certificate }: RunningProxy, now: number): string {
  if (!certificate) return '-';
  const left = certificate.notAfter - now;
  return left > 0 ? `${lifeText(left)} left` : `EXPIRED ${lifeText(-left)} ago`;
}

const address = ({ address: host, port }: RunningProxy): string => (host ? `${host}:${port}` : '-');

const clockText = ({ lastReport, skewMs }: RunningProxy): string =>
  lastReport === 0 ? '-' : `${skewMs >= 0 ? '+' : ''}${Math.round(skewMs)} ms`;
