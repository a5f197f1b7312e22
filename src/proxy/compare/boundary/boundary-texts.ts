import { compileStringMatch } from '../../../match/string-match.ts';
import type { StringMatch } from '../../../match/value-match.ts';
import { regexSamples } from './regex-samples.ts';

/** Texts around the edge of a condition. */
export interface BoundaryTexts {
  readonly meets: readonly string[];
  readonly misses: readonly string[];
}

/** Texts that only just meet a condition and that only just do not; each is tried on the condition itself. */
export function boundaryTexts(match: StringMatch, isPath = false): BoundaryTexts {
  const known = (isPath ? ofPaths : ofValues).get(match);
  if (known !== undefined) return known;
  const texts = makeTexts(match, isPath);
  (isPath ? ofPaths : ofValues).set(match, texts);
  return texts;
}

/** Conditions of a snapshot never change, and each is asked for often. */
const ofPaths = new WeakMap<StringMatch, BoundaryTexts>();
const ofValues = new WeakMap<StringMatch, BoundaryTexts>();

function makeTexts(match: StringMatch, isPath: boolean): BoundaryTexts {
  const { test } = compileStringMatch(match);
  const texts = [...new Set(candidates(match, isPath))].filter((text) => !isPath || text.startsWith('/'));
  return { meets: texts.filter(test), misses: texts.filter((text) => !test(text)) };
}

function candidates(match: StringMatch, isPath: boolean): string[] {
  switch (match.kind) {
    case 'exact':
      return [match.value, ...around(match.value, isPath), swapped(match.value)];
    case 'prefix':
      return [
        match.value,
        `${match.value}2`,
        ...below(match.value, isPath),
        cut(match.value),
        swapped(match.value),
      ];
    case 'suffix':
      return [isPath ? `/a${match.value}` : `a${match.value}`, match.value, `${match.value}2`];
    case 'regex':
      return regexSamples(match.value).flatMap((text) => [text, ...around(text, isPath)]);
    case 'template':
      return [templateText(match.value), `${templateText(match.value)}/more`, '/'];
    case 'present':
      return ['any', ''];
  }
}

function around(text: string, isPath: boolean): string[] {
  return [`${text}2`, ...below(text, isPath), cut(text)];
}

/** What is below a path. */
function below(text: string, isPath: boolean): string[] {
  if (!isPath) return [];
  return text.endsWith('/') ? [`${text}below`] : [`${text}/`, `${text}/below`];
}

function cut(text: string): string {
  return text.slice(0, -1);
}

/** The same in the other case, which only some conditions take. */
function swapped(text: string): string {
  return text === text.toUpperCase() ? text.toLowerCase() : text.toUpperCase();
}

/** A path for `{*}` and `{**}`. */
function templateText(template: string): string {
  return template.replaceAll('{**}', 'one/two').replaceAll('{*}', 'one');
}
