export interface StaticFile {
  readonly type: string;
  readonly text: string;
}

const stylesheet = `:root {
  color-scheme: light dark;
  --ground: light-dark(#faf7f1, #16171b);
  --panel: light-dark(#ffffff, #1f2127);
  --ink: light-dark(#22242a, #e8e6e1);
  --quiet: light-dark(#6a6d76, #9da1ab);
  --line: light-dark(#e5dfd3, #33363e);
  --thread: light-dark(#24506b, #8fc1de);
  --red: light-dark(#b3261e, #ff8a80);
  --alarm: light-dark(#fdecea, #3a1f1f);
  font: 17px/1.6 system-ui, sans-serif;
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--ink); }
header, main, footer { max-width: 58rem; margin: auto; padding: 1rem 1.25rem; }
header { display: flex; flex-wrap: wrap; gap: 0.75rem; align-items: center; justify-content: space-between; }
h1, h2, .brand, blockquote { font-family: Georgia, 'Times New Roman', serif; }
.brand { color: inherit; font-size: 1.3rem; text-decoration: none; }
a { color: var(--thread); }
.account { display: flex; gap: 0.6rem; align-items: center; margin: 0; }
input, button { font: inherit; padding: 0.3rem 0.8rem; border: 1px solid var(--line); border-radius: 0.5rem; }
input { width: 11rem; background: var(--panel); color: inherit; }
button { background: var(--thread); color: var(--panel); border-color: transparent; cursor: pointer; }
:focus-visible { outline: 2px solid var(--thread); outline-offset: 2px; }
main { display: grid; gap: 1.25rem; grid-template-columns: repeat(auto-fit, minmax(min(100%, 20rem), 1fr)); }
.hero { grid-column: 1 / -1; padding-bottom: 1.5rem; }
.hero::after {
  content: ''; display: block; height: 10px; margin-top: 1.5rem; border-radius: 5px; opacity: 0.7;
  background: repeating-linear-gradient(90deg, var(--thread) 0 10px, transparent 10px 20px) 0 0 / 100% 5px no-repeat,
    repeating-linear-gradient(90deg, transparent 0 10px, var(--thread) 10px 20px) 0 5px / 100% 5px no-repeat;
}
h1 { margin: 0.5rem 0; font-size: clamp(2rem, 6vw, 3.2rem); line-height: 1.1; font-weight: 500; }
.hero p { max-width: 40rem; margin: 0; color: var(--quiet); font-size: 1.1rem; }
.panel { padding: 1.25rem 1.5rem; background: var(--panel); border: 1px solid var(--line); border-radius: 1rem; }
h2 { margin: 0 0 0.75rem; font-size: 1.25rem; font-weight: 500; }
dl { margin: 0; }
dl div { display: flex; justify-content: space-between; gap: 1rem; padding: 0.3rem 0; border-top: 1px solid var(--line); }
dt, footer, .served, .missing, figcaption { color: var(--quiet); }
dd { margin: 0; text-align: right; }
figure { margin: 0 0 1.25rem; }
blockquote { margin: 0; font-size: 1.1rem; }
figcaption { display: flex; flex-wrap: wrap; gap: 0.6rem; }
.stars { letter-spacing: 0.1em; }
.stars.black { color: var(--ink); }
.stars.red { color: var(--red); }
.served, footer { font-size: 0.85rem; }
.failure { padding: 0.75rem 1rem; background: var(--alarm); border-left: 4px solid var(--red); border-radius: 0.5rem; }
.failure p { margin: 0; color: var(--quiet); }
`;

const icon = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16" fill="none" stroke="#4a8db3" stroke-width="3">
  <path d="M5 1v9m0 3v2M11 1v2m0 3v9M1 5h8m3 0h3M1 11h2m3 0h9"/>
</svg>
`;

/** What `/static/` serves, by name. Kept as text so that the app also runs where there is no file system. */
export const staticFiles: ReadonlyMap<string, StaticFile> = new Map([
  ['bookinfo.css', { type: 'text/css; charset=utf-8', text: stylesheet }],
  ['icon.svg', { type: 'image/svg+xml', text: icon }],
]);
