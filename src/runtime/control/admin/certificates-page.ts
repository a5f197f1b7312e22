import { X509Certificate } from 'node:crypto';
import type { Bundle, Svid } from '../../../identity/svid.ts';

const dayMs = 86_400_000;
const PEM = /-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g;

/** Envoy's `/certs`: what the proxy trusts and what it shows its peers. Empty without an SVID. */
export function certificates(svid: Svid | undefined, bundle: Bundle, now: number): object {
  if (svid === undefined) return { certificates: [] };
  const details = (pem: string) => [...pem.matchAll(PEM)].map(([block]) => certificateDetails(block, now));
  return { certificates: [{ ca_cert: details(bundle.rootsPem), cert_chain: details(svid.chainPem) }] };
}

function certificateDetails(pem: string, now: number): object {
  const certificate = new X509Certificate(pem);
  const [from, to] = [Date.parse(certificate.validFrom), Date.parse(certificate.validTo)];
  return {
    path: '<inline>',
    serial_number: certificate.serialNumber.toLowerCase(),
    subject_alt_names: uris(certificate.subjectAltName).map((uri) => ({ uri })),
    days_until_expiration: String(Math.max(0, Math.floor((to - now) / dayMs))),
    valid_from: new Date(from).toISOString(),
    expiration_time: new Date(to).toISOString(),
  };
}

function uris(names: string | undefined): string[] {
  const listed = (names ?? '').split(', ').filter((name) => name.startsWith('URI:'));
  return listed.map((name) => name.slice('URI:'.length));
}
