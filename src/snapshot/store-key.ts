/** The one mutable key of a publication; it is written last. */
export const pointerKey = 'pointer';

/** Where the bytes with this content address are. */
export function blobKey(address: string): string {
  return `blob/${address}`;
}

/** Where the signed manifest with this content address is. */
export function manifestKey(address: string): string {
  return `manifest/${address}`;
}

/** Where the signed endpoint record of a service is. */
export function endpointsKey(service: string): string {
  return `endpoints/${service}`;
}

/** Where the certificates of a gateway's proof key are, PEM; `keyid` is the thumbprint of the key. */
export function proofKey(keyid: string): string {
  return `proof/${keyid}`;
}
