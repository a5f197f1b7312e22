import { isPublicAddress } from './public-address.ts';

/** Hosts with a port (`keys.internal:8443`) that keys may come from although they are not public. */
export type AllowedHosts = ReadonlySet<string>;

/** Ports of https that keys may be behind without being allowed by name. */
const PORTS: ReadonlySet<string> = new Set(['', '8443']);

/** Names that no public resolver answers, or that a cloud answers with its metadata service. */
const LOCAL_NAMES =
  /(?:^|\.)(?:localhost|local|localdomain|internal|intranet|lan|home|corp|home\.arpa|svc|cluster)$/;

/**
 * Why keys must not be fetched from an address (SSRF): not https, with user or password, an address or a name that is
 * not public, a port that is not for https. Undefined when they may. An allowed host is asked on any terms.
 */
export function keyAddressProblem(uri: string, allowed: AllowedHosts): string | undefined {
  const url = URL.canParse(uri) ? new URL(uri) : undefined;
  if (url === undefined || (url.protocol !== 'https:' && url.protocol !== 'http:'))
    return 'is no URL of http or https';
  if (url.username !== '' || url.password !== '') return 'carries a user or a password';
  if (allowed.has(hostAndPort(url))) return undefined;
  if (url.protocol !== 'https:') return 'is not https, and its host is not allowed by name';
  if (!PORTS.has(url.port)) return `has the port ${url.port}, and its host is not allowed by name`;
  return isPublicName(url.hostname) ? undefined : 'is not public, and its host is not allowed by name';
}

/** Whether answers of DNS for an address must be public: they need not where the host is allowed. */
export function wantsPublicAnswers(uri: string, allowed: AllowedHosts): boolean {
  return !allowed.has(hostAndPort(new URL(uri)));
}

/** Reads a list like `keys.internal:8443, 10.0.0.7:80`. */
export function parseAllowedHosts(list: string | undefined): AllowedHosts {
  const hosts = (list ?? '').split(',').map((host) => host.trim().toLowerCase());
  return new Set(hosts.filter((host) => host !== ''));
}

function hostAndPort({ hostname, port, protocol }: URL): string {
  return `${hostname}:${port || (protocol === 'https:' ? '443' : '80')}`;
}

/** A URL's hostname is canonical: lower-case, numbers in any notation made addresses. */
function isPublicName(hostname: string): boolean {
  if (hostname.startsWith('[')) return isPublicAddress(hostname.slice(1, -1));
  if (/^[\d.]+$/.test(hostname)) return isPublicAddress(hostname);
  const name = hostname.replace(/\.$/, '');
  return name.includes('.') && !LOCAL_NAMES.test(name) && !/^[\d.-]+\.(?:nip|sslip)\.io$/.test(name);
}
