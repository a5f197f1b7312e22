import type { ResourceText } from '../control-api.ts';
import { type Child, h, type VElement } from '../dom/element.ts';
import { badge, emptyState } from '../notice.ts';
import { type Place, placeHref } from '../place.ts';
import { textView } from './text-view.ts';

export interface ResourceParts {
  readonly resources: readonly ResourceText[];
  readonly place: Place;
  readonly replace: (href: string) => void;
}

/** The resources in force: a list on the left, the text of the chosen one on the right. */
export function resourceView({ resources, place, replace }: ResourceParts): VElement {
  if (resources.length === 0)
    return emptyState('Nothing is configured', [
      'Apply manifests with ',
      h('code', {}, 'weft apply -f'),
      '.',
    ]);
  const wanted = place.settings.get('find') ?? '';
  const shown = resources.filter((resource) => matches(resource, wanted));
  const chosen = chosenResource(resources, place) ?? shown[0];
  return h(
    'div',
    { class: 'two-columns' },
    h('div', { class: 'list' }, searchField(wanted, place, replace), byKind(shown, chosen, wanted)),
    h(
      'div',
      { class: 'chosen' },
      chosen
        ? resourceText(chosen, Number(place.settings.get('line')))
        : emptyState('No match', 'No resource has this in its kind, name or text.'),
    ),
  );
}

/** The one that an address names by key, or by file and line. */
export function chosenResource(
  resources: readonly ResourceText[],
  { item, settings }: Place,
): ResourceText | undefined {
  if (item !== '') return resources.find((resource) => resourceKey(resource) === item);
  const [file, line] = [settings.get('file'), Number(settings.get('line'))];
  return resources
    .filter((resource) => resource.file === file && resource.line <= line)
    .toSorted((a, b) => b.line - a.line)[0];
}

/** `Kind/namespace/name`. */
export const resourceKey = ({
  kind,
  namespace,
  name,
}: Pick<ResourceText, 'kind' | 'namespace' | 'name'>): string => `${kind}/${namespace}/${name}`;

function matches(resource: ResourceText, wanted: string): boolean {
  const words = wanted.toLowerCase().split(/\s+/);
  const text = `${resourceKey(resource)} ${resource.file} ${resource.text}`.toLowerCase();
  return words.every((word) => text.includes(word));
}

function searchField(wanted: string, { settings, item }: Place, replace: (href: string) => void): VElement {
  const oninput = ({ target }: Event) => {
    if (target && 'value' in target)
      replace(
        placeHref({
          view: 'configuration',
          item,
          settings: new Map([...settings, ['find', String(target.value)]]),
        }),
      );
  };
  return h('input', {
    type: 'search',
    value: wanted,
    oninput,
    placeholder: 'Find in configuration',
    'aria-label': 'Find in configuration',
  });
}

function byKind(resources: readonly ResourceText[], chosen: ResourceText | undefined, wanted: string): Child {
  const kinds = [...new Set(resources.map(({ kind }) => kind))].sort();
  return kinds.map((kind) => {
    const own = resources.filter((resource) => resource.kind === kind);
    return h(
      'section',
      { key: kind },
      h('h3', {}, kind, ' ', h('span', { class: 'quiet' }, own.length)),
      h(
        'ul',
        {},
        own.map((resource) => resourceLink(resource, resource === chosen, wanted)),
      ),
    );
  });
}

function resourceLink(resource: ResourceText, current: boolean, wanted: string): VElement {
  const key = resourceKey(resource);
  const href = placeHref({ view: 'configuration', item: key, settings: [['find', wanted]] });
  return h(
    'li',
    { key },
    h(
      'a',
      { href, 'aria-current': current ? 'true' : undefined },
      resource.name,
      h('span', { class: 'quiet' }, ` ${resource.namespace}`),
    ),
  );
}

function resourceText({ kind, namespace, name, file, line, text }: ResourceText, marked: number): VElement {
  return h(
    'article',
    { key: `${kind}/${namespace}/${name}` },
    h(
      'header',
      {},
      h('h1', {}, name),
      badge('plain', kind),
      h('span', { class: 'quiet code' }, `${namespace} · ${file}:${line}`),
    ),
    textView(text.replace(/^\n+/, ''), line, marked || undefined),
  );
}
