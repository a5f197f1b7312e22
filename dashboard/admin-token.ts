/** What the address of the page carries behind `#`: the admin token, once, or a place in the page. */
export interface Fragment {
  /** As `weft up` prints it; absent in every later address. */
  readonly token: string | undefined;
  /** The fragment without the token. */
  readonly rest: string;
}

/** Takes `token=…` out of a fragment, so that it stands in no history entry and no bookmark. */
export function readFragment(hash: string): Fragment {
  const text = hash.startsWith('#') ? hash.slice(1) : hash;
  const found = /^token=([A-Za-z0-9_-]{1,256})(?:&(.*))?$/.exec(text);
  return found ? { token: found[1], rest: found[2] ?? '' } : { token: undefined, rest: text };
}
