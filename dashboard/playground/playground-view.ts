import type { Publication } from '../control-api.ts';
import { type Child, h, type VElement } from '../dom/element.ts';
import { badge } from '../notice.ts';
import { placeHref } from '../place.ts';
import { type Answer, answer } from './answer.ts';
import { hopView } from './hop-view.ts';
import { callers, knownUrls, methods, type Question, questionSettings, readQuestion } from './question.ts';

export interface PlaygroundParts {
  readonly publication: Publication;
  readonly settings: ReadonlyMap<string, string>;
  /** Replaces the address, so that it always asks what the form asks. */
  readonly replace: (href: string) => void;
}

/** A request on the left, what the mesh does with it on the right. */
export function playgroundView({ publication, settings, replace }: PlaygroundParts): VElement {
  const question = readQuestion(settings, publication);
  const ask = (change: Partial<Question>) =>
    replace(placeHref({ view: 'playground', settings: questionSettings({ ...question, ...change }) }));
  return h(
    'div',
    { class: 'playground' },
    requestForm(question, publication, ask),
    h(
      'div',
      { class: 'answer', 'aria-live': 'polite' },
      answerView(answer(question, publication), publication),
    ),
  );
}

function requestForm(
  question: Question,
  publication: Publication,
  ask: (change: Partial<Question>) => void,
): VElement {
  const heard =
    (name: keyof Question) =>
    ({ target }: Event) => {
      if (target && 'value' in target) ask({ [name]: String(target.value) });
    };
  return h(
    'form',
    { class: 'card request', onsubmit: (event) => event.preventDefault() },
    h('h2', {}, 'Request'),
    field(
      'Caller',
      h(
        'select',
        { name: 'from', value: question.from, onchange: heard('from') },
        callers(publication).map((name) =>
          h('option', { value: name, key: name }, name === '' ? 'anybody, through the gateway' : name),
        ),
      ),
    ),
    field(
      'Method',
      h(
        'select',
        { name: 'method', value: question.method, onchange: heard('method') },
        methods.map((name) => h('option', { value: name, key: name }, name)),
      ),
    ),
    field(
      'URL',
      h('input', {
        name: 'url',
        type: 'text',
        value: question.url,
        list: 'known-urls',
        spellcheck: 'false',
        autocomplete: 'off',
        oninput: heard('url'),
      }),
    ),
    h(
      'datalist',
      { id: 'known-urls' },
      knownUrls(publication, question.from).map((url) => h('option', { value: url, key: url })),
    ),
    field(
      'Headers, one a line',
      h('textarea', {
        name: 'headers',
        rows: 5,
        value: question.headers,
        spellcheck: 'false',
        placeholder: 'end-user: jason',
        oninput: heard('headers'),
      }),
    ),
    h(
      'p',
      { class: 'quiet' },
      `This page runs the core of the proxies on revision ${publication.revision}. No request is sent. The address of this page asks the same again.`,
    ),
  );
}

function field(title: string, input: VElement): VElement {
  return h('label', { class: 'field', key: title }, h('span', {}, title), input);
}

function answerView(found: Answer, { sources, revision }: Publication): Child {
  if (found.kind === 'unreadable')
    return h('p', { class: 'notice', role: 'status', key: 'unreadable' }, found.message);
  if (found.kind === 'refused')
    return h(
      'section',
      { class: 'card hop', key: 'refused' },
      h('header', {}, h('h3', {}, 'At the door'), badge('bad', `answers ${found.status}`)),
      h('p', {}, found.message),
    );
  const places = new Map(sources);
  const [first, ...rest] = found.hops;
  return h(
    'div',
    { key: 'hops', class: 'hops', 'data-revision': revision },
    first && hopView(first, 0, places),
    rest.length > 0 && h('h2', {}, rest.length === 1 ? 'Then' : 'Then, by destination'),
    rest.map((hop, index) => hopView(hop, index + 1, places)),
  );
}
