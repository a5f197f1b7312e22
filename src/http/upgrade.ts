/** What becomes of the Upgrade field of a request: ignored, refused, or the protocol to ask the upstream for. */
export type UpgradeWish =
  | { readonly kind: 'none' }
  | { readonly kind: 'upgrade'; readonly protocol: string }
  | { readonly kind: 'refusal'; readonly status: number; readonly reason: string };

/** Protocols that are tunnelled, by the method that asks for them (RFC 6455 §4.1). */
const TUNNELLED: ReadonlyMap<string, string> = new Map([['websocket', 'GET']]);
const NONE: UpgradeWish = { kind: 'none' };

/**
 * Judges the Upgrade field (RFC 9110 §7.8) of a bodiless HTTP/1.1 request; `upgrade` is its lower-case value.
 * h2c is never upgraded to: its framing would hide requests from every judge (RFC 9113 §3.1 dropped it).
 */
export function upgradeWish(method: string, upgrade: string | undefined): UpgradeWish {
  if (upgrade === undefined) return NONE;
  const wanted = upgrade
    .split(',')
    .map((token) => token.trim())
    .filter((token) => token !== 'h2c' && token !== '');
  const [protocol, ...others] = wanted;
  if (protocol === undefined) return NONE;
  const expected = TUNNELLED.get(protocol);
  if (expected === undefined || others.length > 0) return refuse(501, 'unknown upgrade');
  return expected === method ? { kind: 'upgrade', protocol } : refuse(400, `an upgrade by ${method}`);
}

function refuse(status: number, reason: string): UpgradeWish {
  return { kind: 'refusal', status, reason };
}
