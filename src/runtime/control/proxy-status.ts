import type { ProxyState } from '../../proxy/proxy-state.ts';
import type { ProxyStatus } from './admin/proxy-view.ts';
import type { WorkloadIdentity } from './workload-identity.ts';

/** What a proxy's admin pages tell: ready only while it can also prove who it is. */
export function proxyStatus(
  state: Pick<ProxyState, 'ready' | 'leaving' | 'revision' | 'active'>,
  identity: Pick<WorkloadIdentity, 'valid' | 'control'>,
): ProxyStatus {
  return {
    get ready() {
      return state.ready && identity.valid;
    },
    get leaving() {
      return state.leaving;
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
