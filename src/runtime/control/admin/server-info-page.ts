import type { ProxyView } from './proxy-view.ts';
import { serverState } from './readiness-page.ts';

/** Envoy's `/server_info`. */
export function serverInfo({ server, status, now }: ProxyView): object {
  const { version, runtime, instance, mesh, namespace, workload, startedAt } = server;
  const uptime = `${Math.max(0, Math.floor((now() - startedAt) / 1000))}s`;
  return {
    version: `weft/${version}/${runtime}`,
    state: serverState(status),
    uptime_current_epoch: uptime,
    uptime_all_epochs: uptime,
    hot_restart_version: 'disabled',
    node: {
      id: instance,
      cluster: `${workload}.${namespace}`,
      metadata: { MESH_ID: mesh, NAMESPACE: namespace, WORKLOAD_NAME: workload, RUNTIME: runtime },
    },
  };
}

/** `/config_dump`: the snapshot in force, its revision as `version_info` too. */
export function configDump({ status: { revision, active } }: ProxyView): object {
  const snapshot = active?.snapshot ?? null;
  const configs = [{ '@type': 'weft.dev/Snapshot', version_info: String(revision), snapshot }];
  return { configs, revision, snapshot };
}

/** Envoy's `/listeners?format=json`. */
export function listenerStatuses({ ports }: ProxyView): object {
  return {
    listener_statuses: ports().map(({ name, address, port }) => ({
      name,
      local_address: { socket_address: { address, port_value: port } },
    })),
  };
}
