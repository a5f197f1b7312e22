import type { Graph } from '../control-api.ts';
import { h, type VElement } from '../dom/element.ts';
import { emptyState } from '../notice.ts';
import { type Place, placeHref } from '../place.ts';
import { detailsPane } from './details.ts';
import { type EdgeLabel, edgeLabels } from './edge-style.ts';
import { graphSvg, labelWidth } from './graph-svg.ts';
import { type Layout, layoutGraph } from './layout.ts';
import { findSelection } from './selection.ts';

export interface GraphViewParts {
  readonly graph: Graph;
  readonly place: Place;
  /** Pixels that the picture has. */
  readonly width: number;
  readonly go: (href: string) => void;
}

/** The times that the graph can show, s. */
const windows = [60, 300, 600] as const;
/** With more edges, one number on each is what can be read. */
const crowded = 40;
const zooms = { least: 0.8, most: 1.2 };

/** The time that a place asks for, s. */
export function windowOf({ settings }: Place): number {
  return windows.find((seconds) => String(seconds) === settings.get('seconds')) ?? windows[0];
}

/** The live mesh: a toolbar, the picture, and what there is to say about the selection. */
export function graphView({ graph, place, width, go }: GraphViewParts): VElement {
  const { item, settings } = place;
  if (graph.nodes.length === 0)
    return emptyState('Nobody is here yet', 'Workloads appear as soon as their sidecars report to control.');
  const label = labelOf(place, graph);
  const selection = findSelection(graph, item);
  const layout = layoutGraph(graph, (edge) => labelWidth(edge, label));
  const onSelect = (chosen: string) =>
    go(placeHref({ view: 'graph', item: chosen === item ? '' : chosen, settings }));
  return h(
    'div',
    { class: 'graph-view' },
    toolbar(place, label, go),
    h(
      'div',
      { class: 'graph-body' },
      h(
        'div',
        { class: 'graph-scroll', tabindex: 0, 'aria-label': 'Graph of the mesh' },
        graphSvg({ layout, label, selection, zoom: zoomOf(place, layout, width), onSelect }),
        graph.edges.length === 0 &&
          h(
            'p',
            { class: 'quiet graph-hint' },
            `No requests in the last ${graph.seconds} s. Send some through the gateway.`,
          ),
      ),
      detailsPane(graph, selection, settings),
    ),
  );
}

function labelOf({ settings }: Place, { edges }: Graph): EdgeLabel {
  const usual = edges.length > crowded ? 'rate' : 'all';
  return edgeLabels.find(([name]) => name === settings.get('label'))?.[0] ?? usual;
}

function zoomOf({ settings }: Place, layout: Layout, width: number): number {
  const asked = Number(settings.get('zoom'));
  if (asked >= 0.3 && asked <= 3) return asked;
  return Math.min(zooms.most, Math.max(zooms.least, width / layout.width));
}

function toolbar(place: Place, label: EdgeLabel, go: (href: string) => void): VElement {
  const { item, settings } = place;
  const set = (name: string, value: string) =>
    go(placeHref({ view: 'graph', item, settings: new Map([...settings, [name, value]]) }));
  return h(
    'div',
    { class: 'toolbar' },
    choice(
      'Time',
      String(windowOf(place)),
      windows.map((seconds) => [String(seconds), `last ${seconds / 60} min`]),
      (value) => set('seconds', value),
    ),
    choice('On edges', label, edgeLabels, (value) => set('label', value)),
    choice(
      'Size',
      settings.get('zoom') ?? '',
      [
        ['', 'fit'],
        ['0.6', '60 %'],
        ['1', '100 %'],
        ['1.5', '150 %'],
      ],
      (value) => set('zoom', value),
    ),
  );
}

function choice(
  title: string,
  value: string,
  options: readonly (readonly [value: string, title: string])[],
  onChange: (value: string) => void,
): VElement {
  const change = ({ target }: Event) => {
    if (target && 'value' in target) onChange(String(target.value));
  };
  return h(
    'label',
    { class: 'choice' },
    h('span', {}, title),
    h(
      'select',
      { value, onchange: change },
      options.map(([name, text]) => h('option', { value: name, key: name }, text)),
    ),
  );
}
