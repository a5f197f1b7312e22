export type ViewName = 'graph' | 'proxies' | 'playground' | 'configuration' | 'history';

/** Where the reader is: a view, an item in it, and settings of the view. */
export interface Place {
  readonly view: ViewName;
  /** Instance of a proxy, key of a resource, number of a revision; empty = none. */
  readonly item: string;
  readonly settings: ReadonlyMap<string, string>;
}

/** The views in the order of the navigation. */
export const views: readonly (readonly [view: ViewName, title: string])[] = [
  ['graph', 'Graph'],
  ['proxies', 'Proxies'],
  ['playground', 'Playground'],
  ['configuration', 'Configuration'],
  ['history', 'History'],
];

/** Reads `#/view/item?name=value`; whatever it does not know is the graph. */
export function parsePlace(hash: string): Place {
  const [path = '', query = ''] = hash.replace(/^#?\/?/, '').split('?', 2);
  const [name = '', ...rest] = path.split('/');
  const view = views.find(([known]) => known === name)?.[0] ?? 'graph';
  return { view, item: decoded(rest.join('/')), settings: new Map(new URLSearchParams(query)) };
}

/** The address of a place, with `#`. */
export function placeHref({ view, item = '', settings = [] }: PlaceParts): string {
  const query = new URLSearchParams(
    [...settings].filter(([, value]) => value !== '').map((pair) => [...pair]),
  ).toString();
  return `#/${view}${item === '' ? '' : `/${encodeURIComponent(item)}`}${query === '' ? '' : `?${query}`}`;
}

export interface PlaceParts {
  readonly view: ViewName;
  readonly item?: string;
  readonly settings?: Iterable<readonly [string, string]>;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
