import type { ResourceChange, Revision, RevisionDetail } from '../control-api.ts';
import { type Child, h, type VElement } from '../dom/element.ts';
import { formatAgo, formatMoment } from '../format.ts';
import { badge, emptyState, whenLoaded } from '../notice.ts';
import { type Place, placeHref } from '../place.ts';
import type { Remote } from '../remote.ts';
import { diffView } from './text-view.ts';

/** Where a rollback stands. */
export interface Rollback {
  /** The revision that is to come back. */
  readonly revision: number;
  readonly state: 'asked' | 'running' | 'done' | 'failed';
  readonly message: string;
}

export interface HistoryParts {
  readonly history: readonly Revision[];
  readonly detail: Remote<RevisionDetail>;
  readonly place: Place;
  /** Milliseconds since the epoch. */
  readonly now: number;
  readonly rollback: Rollback | undefined;
  readonly onAsk: (revision: number | undefined) => void;
  readonly onConfirm: (revision: number) => void;
}

/** What was published, newest first; on the right what the chosen revision changed, and the way back to it. */
export function historyView(parts: HistoryParts): VElement {
  const { history, place } = parts;
  if (history.length === 0)
    return emptyState('Nothing was published yet', 'Every weft apply makes a revision.');
  const chosen = chosenRevision(history, place);
  return h(
    'div',
    { class: 'two-columns' },
    h(
      'div',
      { class: 'list revisions' },
      h(
        'ul',
        {},
        history.map((one) => revisionLink(one, one === chosen, parts.now)),
      ),
    ),
    h(
      'div',
      { class: 'chosen' },
      chosen
        ? revisionPage(chosen, parts)
        : emptyState('Not kept', `Revision ${place.item} is not in the history any more.`),
    ),
  );
}

/** The revision that an address names; without one the newest. */
export function chosenRevision(history: readonly Revision[], { item }: Place): Revision | undefined {
  return item === '' ? history[0] : history.find(({ revision }) => String(revision) === item);
}

function revisionLink(
  { revision, created, summary, inForce }: Revision,
  current: boolean,
  now: number,
): VElement {
  return h(
    'li',
    { key: String(revision) },
    h(
      'a',
      {
        href: placeHref({ view: 'history', item: String(revision) }),
        'aria-current': current ? 'true' : undefined,
      },
      h('strong', {}, `Revision ${revision}`),
      inForce && badge('ok', 'in force'),
      h('span', { class: 'quiet' }, ` ${formatAgo(created, now)}`),
      h('span', { class: 'revision-summary' }, summary),
    ),
  );
}

function revisionPage(chosen: Revision, parts: HistoryParts): VElement {
  const { revision, created, summary, inForce } = chosen;
  return h(
    'article',
    { key: String(revision) },
    h(
      'header',
      {},
      h('h1', {}, `Revision ${revision}`),
      inForce && badge('ok', 'in force'),
      h('span', { class: 'quiet' }, formatMoment(created)),
    ),
    h('p', {}, summary),
    rollbackPanel(chosen, parts),
    h('h2', {}, 'What it changed'),
    whenLoaded(parts.detail, ({ diff }) =>
      diff.length === 0
        ? h('p', { class: 'quiet' }, 'Nothing: the same content was published again.')
        : diff.map(changeView),
    ),
  );
}

function changeView(change: RevisionDetail['diff'][number]): VElement {
  return h(
    'details',
    { key: `${change.kind}/${change.namespace}/${change.name}`, open: change.change === 'changed' },
    h('summary', {}, changeBadge(change), ` ${change.kind} ${change.namespace}/${change.name}`),
    change.diff === '' ? h('p', { class: 'quiet' }, 'no lines differ') : diffView(change.diff),
  );
}

function changeBadge({ change }: ResourceChange): VElement {
  return h('span', { class: `change ${change}` }, change);
}

function rollbackPanel({ revision, inForce }: Revision, { rollback, onAsk, onConfirm }: HistoryParts): Child {
  const current = rollback?.revision === revision ? rollback : undefined;
  if (current?.state === 'done')
    return h('p', { class: 'notice ok', role: 'status', key: 'done' }, current.message);
  if (inForce) return false;
  if (current === undefined)
    return h(
      'p',
      { key: 'offer' },
      h(
        'button',
        { type: 'button', class: 'rollback', onclick: () => onAsk(revision) },
        `Roll back to revision ${revision}…`,
      ),
    );
  const running = current.state === 'running';
  return h(
    'div',
    { class: 'confirm', role: 'alertdialog', 'aria-label': 'Confirm the rollback', key: 'confirm' },
    h(
      'p',
      {},
      `The configuration of revision ${revision} is published again under a new revision, and replaces every resource that is stored now. Proxies take it over within seconds.`,
    ),
    current.state === 'failed' && h('p', { class: 'notice bad', role: 'alert' }, current.message),
    h(
      'button',
      { type: 'button', class: 'danger', disabled: running, onclick: () => onConfirm(revision) },
      running ? 'Rolling back…' : `Roll back to revision ${revision}`,
    ),
    h('button', { type: 'button', disabled: running, onclick: () => onAsk(undefined) }, 'Cancel'),
  );
}
