import { hex } from '../bytes.ts';
import type { Certificate } from './certificate.ts';

/** A serial number as people write it: lower-case hexadecimal without the sign octet. */
export function serialText({ serial }: Pick<Certificate, 'serial'>): string {
  return hex(serial[0] === 0 && serial.length > 1 ? serial.subarray(1) : serial);
}
