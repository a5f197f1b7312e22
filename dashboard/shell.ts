import { type Child, h, type VElement } from './dom/element.ts';
import { badge } from './notice.ts';
import { placeHref, type ViewName, views } from './place.ts';

export type Theme = 'auto' | 'light' | 'dark';

export interface ShellParts {
  readonly view: ViewName;
  readonly theme: Theme;
  readonly onTheme: (theme: Theme) => void;
  /** What went wrong with the last question to control, or empty. */
  readonly problem: string;
  /** Whether the page asks control again and again. */
  readonly live: boolean;
  readonly onLive: (live: boolean) => void;
}

const nextTheme: Readonly<Record<Theme, Theme>> = { auto: 'light', light: 'dark', dark: 'auto' };

/** What every view has around it. */
export function shell(parts: ShellParts, content: Child): VElement[] {
  const { view, theme, onTheme, problem, live, onLive } = parts;
  return [
    h('a', { class: 'skip', href: '#main', key: 'skip', onclick: toMain }, 'Skip to content'),
    h(
      'header',
      { class: 'top', key: 'top' },
      h('a', { class: 'brand', href: placeHref({ view: 'graph' }) }, mark(), 'Weft'),
      h(
        'nav',
        { 'aria-label': 'Views' },
        views.map(([name, title]) =>
          h(
            'a',
            { href: placeHref({ view: name }), 'aria-current': name === view ? 'page' : undefined },
            title,
          ),
        ),
      ),
      h(
        'span',
        { class: 'status', role: 'status' },
        problem !== ''
          ? badge('bad', 'control does not answer')
          : live
            ? badge('ok', 'live')
            : badge('plain', 'paused'),
      ),
      h(
        'button',
        { type: 'button', class: 'plain', 'aria-pressed': String(!live), onclick: () => onLive(!live) },
        live ? 'Pause' : 'Resume',
      ),
      h(
        'button',
        {
          type: 'button',
          class: 'plain',
          onclick: () => onTheme(nextTheme[theme]),
          'aria-label': `Colours: ${theme}. Change`,
        },
        { auto: '◐ Auto', light: '○ Light', dark: '● Dark' }[theme],
      ),
    ),
    h('main', { id: 'main', tabindex: -1, key: `main ${view}` }, content),
  ];
}

/** Asks for the token that `weft up` prints. */
export function signIn(refused: boolean, onToken: (token: string) => void): VElement[] {
  const submit = (event: Event) => {
    event.preventDefault();
    const input = event.target instanceof HTMLFormElement ? event.target.elements.namedItem('token') : null;
    if (input instanceof HTMLInputElement && input.value !== '') onToken(input.value.trim());
  };
  return [
    h(
      'main',
      { class: 'sign-in', key: 'sign-in' },
      h(
        'form',
        { class: 'card', onsubmit: submit },
        h('h1', {}, mark(), 'Weft'),
        h(
          'p',
          {},
          refused
            ? 'This admin token is not the one of the running mesh.'
            : 'The dashboard needs the admin token of the mesh.',
        ),
        h(
          'p',
          { class: 'quiet' },
          'Open the address that weft up printed, or paste adminToken of control.json in the state directory.',
        ),
        h(
          'label',
          { class: 'field' },
          h('span', {}, 'Admin token'),
          h('input', { name: 'token', type: 'password', autocomplete: 'off' }),
        ),
        h('button', { type: 'submit' }, 'Continue'),
      ),
    ),
  ];
}

/** The address keeps its place: a jump within the page is no place. */
function toMain(event: Event): void {
  event.preventDefault();
  document.querySelector('main')?.focus();
}

function mark(): VElement {
  return h(
    'svg',
    { class: 'mark', viewBox: '0 0 20 20', width: 20, height: 20, 'aria-hidden': 'true' },
    h('path', { d: 'M2 6h16M2 10h16M2 14h16' }),
    h('path', { class: 'warp', d: 'M6 2v6m0 4v6M10 2v2m0 4v4m0 4v2M14 2v6m0 4v6' }),
  );
}
