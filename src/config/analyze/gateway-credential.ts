import type { Resource } from '../resource/resource.ts';
import { finding } from './finding.ts';
import type { AnalysisRule } from './inventory.ts';

/** IST0101, IST0161: a Gateway names a credential that is not in its workload's namespace, or is no certificate. */
export const gatewayCredential: AnalysisRule = (inventory) => {
  const secrets = new Map(
    inventory.resources.of('Secret').map((secret) => [`${secret.namespace}/${secret.name}`, secret]),
  );
  return inventory.resources.of('Gateway').flatMap((gateway) => {
    const namespace = inventory.pods.select(gateway.spec.selector)[0]?.namespace;
    if (namespace === undefined) return [];
    return credentials(gateway).flatMap(({ name, index }) => {
      const path = ['spec', 'servers', index, 'tls', 'credentialName'];
      const secret = secrets.get(`${namespace}/${name}`);
      if (!secret) {
        const remedy = `add Secret ${namespace}/${name}: the gateway reads those of its own namespace`;
        const message = `Referenced credentialName not found: "${name}"`;
        return [finding('IST0101', gateway, path, message, remedy)];
      }
      if (isCertificate(secret)) return [];
      const message = `The credential referenced by the Gateway ${gateway.name} in namespace ${gateway.namespace} is invalid, which can cause the traffic not to work as expected.`;
      return [finding('IST0161', gateway, path, message, 'give the Secret PEM in tls.crt and tls.key')];
    });
  });
};

/** IST0138: one credential in several Gateways; clients that keep an HTTP/2 connection may get 404 on the other. */
export const gatewayDuplicateCertificate: AnalysisRule = ({ resources, pods }) => {
  const users = new Map<string, Resource<'Gateway'>[]>();
  for (const gateway of resources.of('Gateway')) {
    const pod = pods.select(gateway.spec.selector)[0];
    for (const name of new Set(credentials(gateway).map((one) => one.name))) {
      const key = `${pod?.namespace}/${pod?.name}/${name}`;
      const known = users.get(key);
      if (known) known.push(gateway);
      else users.set(key, [gateway]);
    }
  }
  return [...users.values()]
    .filter((gateways) => gateways.length > 1)
    .flatMap((gateways) => {
      const named = gateways.slice(0, NAMED).map(({ namespace, name }) => `${namespace}/${name}`);
      const names = gateways.length > NAMED ? [...named, '…'].join(' ') : named.join(' ');
      return gateways.map((gateway) => {
        const message = `Duplicate certificate in multiple gateways [${names}] may cause 404s if clients re-use HTTP2 connections.`;
        return finding('IST0138', gateway, ['spec', 'servers'], message, 'put the servers into one Gateway');
      });
    });
};

/** As many as a person reads. */
const NAMED = 50;

function credentials({ spec }: Resource<'Gateway'>): { readonly name: string; readonly index: number }[] {
  return spec.servers.flatMap(({ tls }, index) =>
    [tls?.credentialName, ...(tls?.credentialNames ?? [])].flatMap((name) => (name ? [{ name, index }] : [])),
  );
}

function isCertificate({ spec }: Resource<'Secret'>): boolean {
  const has = (key: string, mark: string) =>
    spec.stringData?.get(key)?.includes(mark) || decoded(spec.data?.get(key)).includes(mark);
  const pair = (certificate: string, key: string) => has(certificate, 'CERTIFICATE--') && has(key, 'KEY--');
  return pair('tls.crt', 'tls.key') || pair('cert', 'key');
}

function decoded(base64: string | undefined): string {
  try {
    return atob((base64 ?? '').replaceAll(/\s/g, ''));
  } catch {
    return '';
  }
}
