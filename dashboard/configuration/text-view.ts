import { h, type VElement } from '../dom/element.ts';

/** Text with line numbers; `marked` is highlighted. Numbers count from `first`. */
export function textView(text: string, first: number, marked: number | undefined): VElement {
  return h(
    'div',
    { class: 'text', tabindex: 0, role: 'region', 'aria-label': 'Text' },
    text
      .replace(/\n+$/, '')
      .split('\n')
      .map((line, index) => lineView(String(first + index), line, first + index === marked ? 'marked' : '')),
  );
}

/** A unified diff; hunk heads, lines that came and lines that went look different. */
export function diffView(diff: string): VElement {
  return h(
    'div',
    { class: 'text diff', tabindex: 0, role: 'region', 'aria-label': 'Difference' },
    diff.split('\n').map((line, index) => lineView(String(index), line, diffKind(line))),
  );
}

/** What a line of a unified diff is. */
export function diffKind(line: string): 'hunk' | 'added' | 'removed' | 'same' {
  if (line.startsWith('@@')) return 'hunk';
  return line.startsWith('+') ? 'added' : line.startsWith('-') ? 'removed' : 'same';
}

function lineView(number: string, line: string, kind: string): VElement {
  return h(
    'div',
    { class: `line ${kind}`, key: number },
    h('span', { class: 'line-number', 'aria-hidden': 'true', 'data-line': number }),
    h('span', { class: 'line-text' }, line === '' ? ' ' : line),
  );
}
