const UTF_8 = new TextDecoder('utf-8', { ignoreBOM: true });

/** The same text on its own, so that who keeps it does not keep the whole head that it was cut out of. */
export function ownText(text: string): string {
  return UTF_8.decode(new TextEncoder().encode(text));
}
