/** The two lower-case hexadecimal digits of every octet. */
export const HEX: readonly string[] = Array.from({ length: 256 }, (_, octet) =>
  octet.toString(16).padStart(2, '0'),
);

/** Octets as lower-case hexadecimal digits. */
export function hex(octets: Uint8Array): string {
  let text = '';
  for (let i = 0; i < octets.length; i++) text += HEX[octets[i] as number];
  return text;
}
