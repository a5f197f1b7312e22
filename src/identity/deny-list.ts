import { formatSpiffeId, type SpiffeId } from './spiffe.ts';

/** A certificate by its serial number (lower-case hexadecimal), or every certificate of a SPIFFE ID. */
export interface Denial {
  readonly kind: 'id' | 'serial';
  readonly value: string;
}

/** No list is longer: who denies more wants another root. */
export const MAX_DENIALS = 2000;

/** Who is believed no more although their certificates are valid. */
export class DenyList {
  readonly #ids: ReadonlySet<string>;
  readonly #serials: ReadonlySet<string>;

  /** The list of these denials; that of the same array is made once. */
  static of(denials: readonly Denial[] | undefined): DenyList {
    if (denials === undefined || denials.length === 0) return NOBODY;
    const list = known.get(denials) ?? new DenyList(denials);
    known.set(denials, list);
    return list;
  }

  constructor(denials: readonly Denial[] = []) {
    const values = (kind: Denial['kind']) =>
      new Set(denials.filter((one) => one.kind === kind).map(({ value }) => value));
    this.#ids = values('id');
    this.#serials = values('serial');
  }

  /** Whether a certificate is denied; without its serial number, whether its owner is. */
  denies(id: SpiffeId, serial?: string): boolean {
    if (serial !== undefined && this.#serials.has(serial)) return true;
    return this.#ids.size > 0 && this.#ids.has(formatSpiffeId(id));
  }

  /** Whether it denies all that the other one does. */
  covers(other: DenyList): boolean {
    return isWithin(other.#ids, this.#ids) && isWithin(other.#serials, this.#serials);
  }
}

const NOBODY = new DenyList();
const known = new WeakMap<readonly Denial[], DenyList>();

function isWithin(some: ReadonlySet<string>, all: ReadonlySet<string>): boolean {
  for (const one of some) if (!all.has(one)) return false;
  return true;
}
