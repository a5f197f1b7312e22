import type { TerminatedTls, TlsServer } from '../../../snapshot/gateway-server.ts';
import { credentialIn, credentialName, reference } from '../credential.ts';
import type { ResourceSet } from '../resource-set.ts';
import { referencedHolder } from './certificate-holder.ts';
import type { GatewayListener } from './gateway-listeners.ts';

/** Options of a listener that name PEM files of the machine that the gateway runs on. */
const CERTIFICATE_FILE = 'weft.dev/certificate-file';
const PRIVATE_KEY_FILE = 'weft.dev/private-key-file';

type Certificates = Pick<TerminatedTls, 'certificateFile' | 'privateKeyFile' | 'caFile' | 'credential'>;

/**
 * How a listener ends TLS: with the files of its options, else with the first of its certificateRefs that is a
 * Secret which it may use. Undefined where there is neither, or where clients could not be verified as asked.
 */
export function listenerTls(bound: GatewayListener, resources: ResourceSet): TlsServer['tls'] | undefined {
  if (bound.listener.tls?.mode === 'Passthrough') return { mode: 'PASSTHROUGH' };
  const authority = clientAuthority(bound, resources);
  const certificates = authority === undefined ? undefined : certificatesOf(bound, authority, resources);
  if (certificates === undefined) return undefined;
  return {
    mode: authority === '' ? 'SIMPLE' : 'MUTUAL',
    ...certificates,
    subjectAltNames: [],
    minVersion: 'TLSv1.2',
    maxVersion: 'TLSv1.3',
  } satisfies TerminatedTls;
}

/** Whether a listener has what it needs to be opened. */
export function servesTls(bound: GatewayListener, resources: ResourceSet): boolean {
  const { protocol } = bound.listener;
  return (protocol !== 'HTTPS' && protocol !== 'TLS') || listenerTls(bound, resources) !== undefined;
}

/** The credential that clients are verified by; empty where none are asked, undefined where they cannot be. */
function clientAuthority({ gateway, listener }: GatewayListener, resources: ResourceSet): string | undefined {
  const { frontend } = gateway.spec.tls ?? {};
  const asked = frontend?.perPort.find(({ port }) => port === listener.port)?.tls ?? frontend?.default;
  if (!asked?.validation) return '';
  const { mode, caCertificateRefs: refs } = asked.validation;
  const [ref] = refs;
  if (mode !== 'AllowValidOnly' || refs.length !== 1 || ref === undefined) return undefined;
  const holder = referencedHolder(ref, gateway, resources);
  return typeof holder === 'object' && credentialIn(holder).authority !== ''
    ? credentialName(holder)
    : undefined;
}

function certificatesOf(
  { owner, listener: { tls } }: GatewayListener,
  authority: string,
  resources: ResourceSet,
): Certificates | undefined {
  const [certificateFile, privateKeyFile] = [CERTIFICATE_FILE, PRIVATE_KEY_FILE].map((name) =>
    tls?.options?.get(name),
  );
  // Files of the machine and an authority of the mesh would be looked for in two places.
  if (certificateFile && privateKeyFile)
    return authority === '' ? { certificateFile, privateKeyFile, caFile: '' } : undefined;
  const holders = (tls?.certificateRefs ?? []).map((ref) => referencedHolder(ref, owner, resources));
  const holder = holders.find((one) => typeof one === 'object' && credentialIn(one).key !== '');
  if (typeof holder !== 'object') return undefined;
  const credential = reference(credentialName(holder), authority, resources);
  return { certificateFile: '', privateKeyFile: '', caFile: '', credential };
}
