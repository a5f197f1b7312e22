/** Istio's reserved name for all sidecars. */
export const MESH = 'mesh';

/** `namespace/name` of a VirtualService's gateways entry (`ns/gw`, `./gw`, `gw`, `gw.ns…`), or `mesh`. */
export function gatewayName(name: string, namespace: string): string {
  if (name === MESH) return MESH;
  if (name.startsWith('./')) return namespace + name.slice(1);
  if (name.includes('/')) return name;
  const [first = '', second] = name.split('.');
  return second === undefined ? `${namespace}/${name}` : `${second}/${first}`;
}
