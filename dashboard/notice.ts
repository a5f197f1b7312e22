import { type Child, h, type VElement } from './dom/element.ts';
import type { Remote } from './remote.ts';

/** A view of something that may not be there yet, or not any more. */
export function whenLoaded<T>(remote: Remote<T>, view: (value: T) => Child): VElement {
  const { value, error } = remote;
  return h(
    'div',
    { class: 'loaded' },
    error && h('p', { class: 'notice bad', role: 'alert', key: 'error' }, error.message),
    value === undefined
      ? !error && h('p', { class: 'notice', role: 'status', key: 'loading' }, 'Loading…')
      : h('div', { class: 'loaded-value', key: 'value' }, view(value)),
  );
}

/** Says why there is nothing to see, and what would change that. */
export function emptyState(title: string, hint: Child): VElement {
  return h('div', { class: 'empty' }, h('h2', {}, title), h('p', {}, hint));
}

/** A word with a mark, so that colour is never the only sign. */
export function badge(kind: 'ok' | 'warn' | 'bad' | 'plain', text: string): VElement {
  const mark = { ok: '●', warn: '▲', bad: '✖', plain: '' }[kind];
  return h('span', { class: `badge ${kind}` }, mark && h('span', { 'aria-hidden': 'true' }, mark), text);
}

/** A list of names and what they are. */
export function facts(rows: readonly (readonly [name: string, value: Child])[]): VElement {
  return h(
    'dl',
    { class: 'facts' },
    rows.map(([name, value]) => [h('dt', {}, name), h('dd', {}, value)]),
  );
}

/** A horizontal bar, `share` of it filled. */
export function bar(share: number, kind: 'ok' | 'warn' | 'bad' | 'plain', label: string): VElement {
  const width = Math.round(Math.min(1, Math.max(0, share)) * 1000) / 10;
  return h(
    'svg',
    {
      class: `bar ${kind}`,
      viewBox: '0 0 100 6',
      preserveAspectRatio: 'none',
      role: 'img',
      'aria-label': label,
    },
    h('rect', { class: 'bar-back', width: 100, height: 6 }),
    h('rect', { class: 'bar-front', width, height: 6 }),
  );
}
