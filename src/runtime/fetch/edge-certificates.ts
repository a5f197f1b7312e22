import { decodeBase64 } from '../../identity/bytes.ts';

/** Octets of one certificate, and of a chain, as Cloudflare bounds them; and certificates in a chain. */
const MAX_LEAF_TEXT = 16 * 1024;
const MAX_CHAIN_TEXT = 24 * 1024;
const MAX_CERTIFICATES = 8;

/**
 * The certificates of a client as Cloudflare's edge shows them in `request.cf.tlsClientAuth`, DER, the leaf first;
 * undefined where there is none, it is said to be revoked, or it is not shown whole. The edge's handshake proved the
 * leaf's key, and nothing else is taken from it: `certVerified` is about other roots than ours.
 */
export function edgeCertificates(tlsClientAuth: unknown): readonly Uint8Array[] | undefined {
  if (typeof tlsClientAuth !== 'object' || tlsClientAuth === null) return undefined;
  const field = (name: string): unknown => Reflect.get(tlsClientAuth, name);
  if (field('certPresented') !== '1' || field('certRevoked') !== '0') return undefined;
  if (field('certRFC9440TooLarge') !== false || field('certChainRFC9440TooLarge') !== false) return undefined;
  const [leaf, chain] = [field('certRFC9440'), field('certChainRFC9440')];
  if (typeof leaf !== 'string' || typeof chain !== 'string') return undefined;
  if (leaf.length > MAX_LEAF_TEXT || chain.length > MAX_CHAIN_TEXT) return undefined;
  const texts = [leaf, ...(chain === '' ? [] : chain.split(','))];
  const ders = texts.length > MAX_CERTIFICATES ? [] : texts.map(byteSequence);
  return ders.length > 0 && ders.every((der) => der !== undefined) ? ders : undefined;
}

/** `:base64:` of RFC 9440 §2.2, a Byte Sequence (RFC 9651 §3.3.5). */
function byteSequence(text: string): Uint8Array | undefined {
  const trimmed = text.trim();
  if (trimmed.length < 3 || !trimmed.startsWith(':') || !trimmed.endsWith(':')) return undefined;
  try {
    return decodeBase64(trimmed.slice(1, -1));
  } catch {
    return undefined;
  }
}
