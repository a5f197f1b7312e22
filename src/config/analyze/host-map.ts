import { namespaceOf } from '../resource/host-name.ts';

/**
 * Values by full host. Hosts of one namespace's Services have a map of their own: a mesh is walked by namespace, and
 * small maps that are asked again and again stay in the processor's caches.
 */
export class HostMap<V> {
  readonly #namespaces = new Map<string | undefined, Map<string, V>>();

  get(host: string): V | undefined {
    return this.#namespaces.get(namespaceOf(host))?.get(host);
  }

  set(host: string, value: V): void {
    const namespace = namespaceOf(host);
    const hosts = this.#namespaces.get(namespace);
    if (hosts) hosts.set(host, value);
    else this.#namespaces.set(namespace, new Map([[host, value]]));
  }
}
