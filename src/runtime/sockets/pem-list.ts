const END = '-----END CERTIFICATE-----';

/** Concatenated PEM certificates as a list: not every runtime reads more than the first of one string. */
export function pemList(pem: string): string[] {
  return pem
    .split(END)
    .map((part) => part.trim())
    .filter((part) => part !== '')
    .map((part) => `${part}\n${END}\n`);
}
