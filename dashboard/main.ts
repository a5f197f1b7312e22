/** Starts the page: takes the token out of the address, or asks for it. */
import { readFragment } from './admin-token.ts';
import { ControlApi } from './control-api.ts';
import { Dashboard, type Preferences } from './dashboard.ts';
import { patch } from './dom/patch.ts';
import { signIn, type Theme } from './shell.ts';

const tokenKey = 'weft-admin-token';
const themeKey = 'weft-theme';

const themes: readonly Theme[] = ['auto', 'light', 'dark'];

/** A browser that stores nothing keeps its preference until the page is closed. */
function storedPreferences(): Preferences {
  let theme: Theme = themes.find((name) => name === read(localStorage, themeKey)) ?? 'auto';
  return {
    get theme() {
      return theme;
    },
    set theme(next) {
      theme = next;
      write(localStorage, themeKey, next);
    },
  };
}

function read(storage: Storage, key: string): string | undefined {
  try {
    return storage.getItem(key) ?? undefined;
  } catch {
    return undefined;
  }
}

function write(storage: Storage, key: string, value: string): void {
  try {
    storage.setItem(key, value);
  } catch {
    // Nothing is lost but the memory of it.
  }
}

function start(root: Element, preferences: Preferences): void {
  const { token: given, rest } = readFragment(location.hash);
  if (given !== undefined) {
    write(sessionStorage, tokenKey, given);
    history.replaceState(null, '', `${location.pathname}${rest === '' ? '' : `#${rest}`}`);
  }
  const token = given ?? read(sessionStorage, tokenKey);
  document.documentElement.dataset.theme = preferences.theme;
  if (token === undefined) ask(root, preferences, false);
  else open(root, preferences, token);
}

function open(root: Element, preferences: Preferences, token: string): void {
  const ended = new AbortController();
  const api = new ControlApi(token, (url, init) =>
    fetch(url, { ...init, redirect: 'error', cache: 'no-store' }),
  );
  const refused = () => {
    ended.abort();
    sessionStorage.removeItem(tokenKey);
    ask(root, preferences, true);
  };
  new Dashboard(root, api, preferences, refused).start(ended.signal);
}

function ask(root: Element, preferences: Preferences, refused: boolean): void {
  const onToken = (token: string) => {
    write(sessionStorage, tokenKey, token);
    open(root, preferences, token);
  };
  patch(root, signIn(refused, onToken));
}

const root = document.querySelector('#app');
if (root) start(root, storedPreferences());
// A link of `weft up` opened in a tab that shows the page already only changes the fragment.
addEventListener('hashchange', () => {
  if (readFragment(location.hash).token !== undefined) location.reload();
});
