import type { ProxyStatus } from './admin-server.ts';
import type { WorkloadIdentity } from './workload-identity.ts';

/** What a proxy's admin pages tell: ready only while it can also prove who it is. */
export function proxyStatus(state: ProxyStatus, identity: WorkloadIdentity): ProxyStatus {
  return {
    get ready() {
      return state.ready && identity.valid;
    },
    get revision() {
      return state.revision;
    },
    get active() {
      return state.active;
    },
    get controlAwaySince() {
      return identity.control.reachability.awaySince;
    },
  };
}
