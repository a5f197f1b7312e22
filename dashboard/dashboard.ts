import { historyView, type Rollback } from './configuration/history-view.ts';
import { resourceView } from './configuration/resource-view.ts';
import type {
  ControlApi,
  Graph,
  ProxyRow,
  Publication,
  ResourceText,
  Revision,
  RevisionDetail,
} from './control-api.ts';
import type { Child } from './dom/element.ts';
import { patch } from './dom/patch.ts';
import { graphView, windowOf } from './graph/graph-view.ts';
import { whenLoaded } from './notice.ts';
import { type Place, parsePlace } from './place.ts';
import { playgroundView } from './playground/playground-view.ts';
import { partOf, proxyPage } from './proxies/proxy-page.ts';
import { proxyTable } from './proxies/proxy-table.ts';
import { Remote } from './remote.ts';
import { shell, type Theme } from './shell.ts';

/** What the dashboard keeps between visits. */
export interface Preferences {
  theme: Theme;
}

const refreshMs = 5000;
const detailsWidth = 344;

/** The page: asks control for what the view shows, again every few seconds, and draws it. */
export class Dashboard {
  readonly #root: Element;
  readonly #api: ControlApi;
  readonly #preferences: Preferences;
  readonly #onRefused: () => void;
  readonly #graph: Remote<Graph>;
  readonly #proxies: Remote<ProxyRow[]>;
  readonly #publication: Remote<Publication>;
  readonly #resources: Remote<ResourceText[]>;
  readonly #history: Remote<Revision[]>;
  #part: Remote<unknown>;
  #detail: Remote<RevisionDetail>;
  /** What `#part` and `#detail` are about. */
  #about = '';
  #place: Place;
  #live = true;
  #rollback: Rollback | undefined;

  constructor(root: Element, api: ControlApi, preferences: Preferences, onRefused: () => void) {
    const draw = () => this.#draw();
    this.#root = root;
    this.#api = api;
    this.#preferences = preferences;
    this.#onRefused = onRefused;
    this.#place = parsePlace(location.hash);
    this.#graph = new Remote(() => api.graph(windowOf(this.#place)), draw);
    this.#proxies = new Remote(api.proxies, draw);
    this.#publication = new Remote(api.publication, draw);
    this.#resources = new Remote(api.resources, draw);
    this.#history = new Remote(api.history, draw);
    this.#part = new Remote<unknown>(() => Promise.resolve([]), draw);
    this.#detail = new Remote(() => api.revision(0), draw);
  }

  /** Runs until the signal. */
  start(signal: AbortSignal): void {
    addEventListener('hashchange', () => this.#arrive(), { signal });
    addEventListener('resize', () => this.#draw(), { signal });
    document.addEventListener('visibilitychange', () => this.#tick(), { signal });
    const timer = setInterval(() => this.#tick(), refreshMs);
    signal.addEventListener('abort', () => clearInterval(timer));
    this.#arrive();
  }

  #tick(): void {
    if (this.#live && !document.hidden) void this.#refresh();
  }

  #arrive(): void {
    this.#place = parsePlace(location.hash);
    this.#draw();
    void this.#refresh();
  }

  /** Asks for what the view shows, and for nothing else. */
  async #refresh(): Promise<void> {
    const needed = this.#needed();
    await Promise.all(needed.map((remote) => remote.refresh()));
    // Which revision is the newest is known only now.
    if (this.#place.view === 'history' && this.#turnTo()) await this.#detail.refresh();
    if (needed.some(({ error }) => error?.status === 401)) this.#onRefused();
  }

  #needed(): Remote<unknown>[] {
    const { view, item } = this.#place;
    this.#turnTo();
    if (view === 'graph') return [this.#graph];
    if (view === 'proxies') return item === '' ? [this.#proxies] : [this.#proxies, this.#part];
    if (view === 'playground') return [this.#publication];
    if (view === 'configuration') return [this.#resources];
    return this.#about.startsWith('revision') ? [this.#history, this.#detail] : [this.#history];
  }

  /** Makes the remotes of one item anew when the place is about another; says whether it was. */
  #turnTo(): boolean {
    const { view, item } = this.#place;
    const draw = () => this.#draw();
    const revision = item === '' ? this.#history.value?.[0]?.revision : Number(item);
    const about =
      view === 'history' && revision
        ? `revision ${revision}`
        : view === 'proxies'
          ? `${item} ${partOf(this.#place)}`
          : '';
    if (about === this.#about) return false;
    this.#about = about;
    const part = partOf(this.#place);
    if (view === 'proxies') this.#part = new Remote(() => this.#api.configuration(item, part), draw);
    if (view === 'history') this.#detail = new Remote(() => this.#api.revision(revision ?? 0), draw);
    return true;
  }

  #draw(): void {
    const remotes = [this.#graph, this.#proxies, this.#publication, this.#resources, this.#history];
    const problem = remotes.find(({ error }) => error?.status === 0)?.error?.message ?? '';
    const { theme } = this.#preferences;
    document.documentElement.dataset.theme = theme;
    const parts = {
      view: this.#place.view,
      theme,
      onTheme: (next: Theme) => this.#setTheme(next),
      problem,
      live: this.#live,
      onLive: (live: boolean) => {
        this.#live = live;
        this.#draw();
        this.#tick();
      },
    };
    patch(this.#root, shell(parts, this.#content()));
  }

  #setTheme(theme: Theme): void {
    this.#preferences.theme = theme;
    this.#draw();
  }

  #content(): Child {
    const place = this.#place;
    const now = Date.now();
    const replace = (href: string) => this.#replace(href);
    switch (place.view) {
      case 'graph':
        return whenLoaded(this.#graph, (graph) =>
          graphView({
            graph,
            place,
            width: innerWidth - detailsWidth,
            go: (href) => location.assign(href),
          }),
        );
      case 'proxies':
        return whenLoaded(this.#proxies, (proxies) =>
          place.item === '' ? proxyTable(proxies, now) : proxyPage(proxies, place, this.#part, now),
        );
      case 'playground':
        return whenLoaded(this.#publication, (publication) =>
          playgroundView({ publication, settings: place.settings, replace }),
        );
      case 'configuration':
        return whenLoaded(this.#resources, (resources) => resourceView({ resources, place, replace }));
      default:
        return whenLoaded(this.#history, (history) => this.#historyView(history, now));
    }
  }

  #historyView(history: readonly Revision[], now: number): Child {
    return historyView({
      history,
      detail: this.#detail,
      place: this.#place,
      now,
      rollback: this.#rollback,
      onAsk: (revision) => this.#turnRollback(revision && { revision, state: 'asked', message: '' }),
      onConfirm: (revision) => void this.#rollBack(revision),
    });
  }

  async #rollBack(revision: number): Promise<void> {
    this.#turnRollback({ revision, state: 'running', message: '' });
    try {
      const change = await this.#api.rollback(revision);
      const reasons = change.diagnostics
        .filter(({ severity }) => severity === 'error')
        .map(({ message }) => message);
      if (change.revision === undefined) throw new Error(`Refused: ${reasons.join('; ')}`);
      const message = `Revision ${change.revision} is in force; it has the configuration of revision ${revision}.`;
      this.#turnRollback({ revision, state: 'done', message });
    } catch (error) {
      this.#turnRollback({
        revision,
        state: 'failed',
        message: error instanceof Error ? error.message : String(error),
      });
    }
    await this.#refresh();
  }

  #turnRollback(rollback: Rollback | 0 | undefined): void {
    this.#rollback = rollback || undefined;
    this.#draw();
  }

  /** A new address without a step in the browser's history: typing is no journey. */
  #replace(href: string): void {
    history.replaceState(null, '', href);
    this.#place = parsePlace(href);
    this.#draw();
  }
}
