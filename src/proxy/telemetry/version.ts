/** Weft's version, that of package.json, which itself has no place in the bundle of a Worker. */
export const VERSION = '0.1.0';
