import { ControlClient } from '../control-client.ts';
import { CommandError, exitCode } from '../exit-code.ts';
import { jsonText, proxyName, type RunningProxy } from '../mesh-state.ts';
import { table } from '../table.ts';

export interface ProxyConfigFlags {
  readonly state: string;
  readonly output: string;
}

interface ProxyConfig {
  readonly part: string;
  readonly target: string;
  readonly revision: number;
  readonly rows: readonly Readonly<Record<string, string | number>>[];
}

/** `weft proxy-config route reviews-v1`: a part of what one proxy runs. */
export async function proxyConfig(part: string, name: string, flags: ProxyConfigFlags): Promise<void> {
  const control = ControlClient.fromState(flags.state);
  const { instance } = findProxy(await control.get<RunningProxy[]>('/v1/admin/proxies'), name);
  const path = `/v1/admin/proxies/${encodeURIComponent(instance)}/config/${part}`;
  const config = await control.get<ProxyConfig>(path);
  process.stdout.write(`${flags.output === 'json' ? jsonText({ ...config }) : configTable(config)}\n`);
}

/** The proxy of `workload`, `workload.namespace` or an instance's whole name; the first of several replicas. */
export function findProxy(proxies: readonly RunningProxy[], name: string): RunningProxy {
  const found = proxies.filter((proxy) => [proxy.instance, proxy.workload, proxyName(proxy)].includes(name));
  const [first] = found;
  if (new Set(found.map(proxyName)).size > 1)
    throw new CommandError(`${name} is in several namespaces: ${names(found)}`, exitCode.usage);
  if (first) return first;
  throw new CommandError(`no proxy ${name}; there are: ${names(proxies) || 'none'}`, exitCode.usage);
}

const names = (proxies: readonly RunningProxy[]): string => [...new Set(proxies.map(proxyName))].join(', ');

function configTable({ part, rows, target, revision }: ProxyConfig): string {
  const [first] = rows;
  if (!first) return `${target} has no ${part} at revision ${revision}`;
  const headers = Object.keys(first);
  return table(
    headers,
    rows.map((row) => headers.map((header) => String(row[header] ?? '') || '-')),
  );
}
