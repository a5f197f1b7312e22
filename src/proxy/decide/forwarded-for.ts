import type { HeaderList } from '../../http/header-list.ts';
import { parseAddress } from '../../match/address.ts';

/**
 * The address that `hops` trusted proxies vouch for: the one so far from the end of `x-forwarded-for`, as each of
 * them adds who asked it. Undefined without trusted proxies and when there are fewer, or it is none.
 */
export function forwardedFor(headers: HeaderList, hops: number): string | undefined {
  if (hops <= 0) return undefined;
  const list = headers.get('x-forwarded-for');
  if (list === undefined) return undefined;
  let end = list.length;
  for (let left = hops - 1; left > 0; left--) {
    const comma = list.lastIndexOf(',', end - 1);
    if (comma < 0 || end === 0) return undefined;
    end = comma;
  }
  const address = list.slice(list.lastIndexOf(',', end - 1) + 1, end).trim();
  return parseAddress(address) === undefined ? undefined : address;
}
