import type { Bundle, Svid } from '../../identity/svid.ts';
import { Trust } from '../../identity/trust.ts';
import type { Hop } from '../../proxy/forward/stream-transport.ts';
import { TransportError } from '../../proxy/forward/transport.ts';
import type { Cluster } from '../../snapshot/cluster.ts';
import type { DialTarget, DialTls, ServerDialTls } from './dial.ts';
import { MeshDials } from './mesh-dials.ts';
import { pemList } from './pem-list.ts';

interface Identity {
  readonly svid: Svid;
  readonly roots: readonly string[];
}

/** Makes of a hop what is dialled: address, timeout, our proof and the identities to expect. */
export class DialTargets {
  #identity: Identity | undefined;
  readonly #dials = new MeshDials();

  /** What new mesh connections prove and trust; those that are up and not trusted any more are reset. */
  setIdentity(svid: Svid, bundle: Bundle): void {
    const trust = new Trust(bundle);
    this.#identity = { svid, roots: trust.rootsPem };
    this.#dials.setTrust(trust);
  }

  /** Throws a TransportError where mesh TLS is wanted and cannot be spoken. */
  of({ cluster, address, port, mesh }: Hop): DialTarget {
    const target = { address, port, timeoutMs: cluster.connectTimeoutMs };
    if (mesh) return { ...target, tls: this.#tls(cluster) };
    return cluster.tls.mode === 'server' ? { ...target, tls: serverTls(cluster.tls) } : target;
  }

  #tls({ tls }: Cluster): DialTls {
    const identity = this.#identity;
    if (tls.mode !== 'mesh') throw new TransportError('tls-failure', false, 'not a mesh cluster');
    if (identity === undefined) throw new TransportError('tls-failure', false, 'no identity yet');
    const { svid, roots } = identity;
    if (Date.now() >= svid.notAfter)
      throw new TransportError('tls-failure', false, 'our certificate has expired');
    return {
      serverName: tls.sni,
      sans: tls.sans,
      dials: this.#dials,
      chain: svid.chainPem,
      key: svid.keyPem,
      roots,
    };
  }
}

function serverTls({ serverName, names, roots }: Extract<Cluster['tls'], { mode: 'server' }>): ServerDialTls {
  return { serverName, names, roots: roots === '' ? undefined : pemList(roots) };
}
