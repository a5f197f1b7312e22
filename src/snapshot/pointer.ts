import { canonicalBytes, decodeJson } from './canonical-bytes.ts';
import { addressShape } from './content-address.ts';
import { limit } from './limit.ts';
import { check, integer, record, type Shape } from './shape.ts';

/** Which publication is in force. Unsigned: a hint that the manifest must bear out. */
export interface Pointer {
  /** Content address. */
  readonly manifest: string;
  readonly revision: number;
}

export function encodePointer(pointer: Pointer): Uint8Array<ArrayBuffer> {
  return canonicalBytes(pointer);
}

/** Throws E_SIZE, E_FORMAT. */
export function decodePointer(bytes: Uint8Array): Pointer {
  return check(pointerShape, decodeJson(bytes, limit.pointer), 'pointer');
}

const pointerShape: Shape<Pointer> = record<Pointer>({
  manifest: addressShape,
  revision: integer(1),
});
