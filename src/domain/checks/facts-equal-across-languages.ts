import { factsOf, plainWords, referencesOf } from '../notice.ts';
import { type Check, distinctTexts, type Found } from './check.ts';

/**
 * Each language of a text uses the same facts, references and typed figures as the source language (law 7; the
 * example's two copies differed in addresses and in a reference to a heading).
 */
export const factsEqualAcrossLanguages: Check = {
  rule: 'facts-equal-across-languages',
  citation: 'House rule: facts are locked across languages',
  severity: 'blocking',
  text: 'Other than in {source}: {difference}. Put the same facts into both languages.',
  find: ({ document }) => {
    const texts = distinctTexts(document);
    const source = document.sourceLanguage;
    const originals = new Map(texts.filter((one) => one.language === source).map((one) => [one.name, one]));
    return texts.flatMap((one): Found[] => {
      const original = one.language === source ? undefined : originals.get(one.name);
      if (!original) return [];
      const difference = [
        ...compare(factsOf(original.text), factsOf(one.text), (name) => `{${name}}`),
        ...compare(referencesOf(original.text), referencesOf(one.text), (key) => `{@${key}}`),
        ...compare(figuresOf(plainWords(original.text)), figuresOf(plainWords(one.text)), (figure) => `“${figure}”`),
        ...compareTicks(plainWords(original.text), plainWords(one.text)),
      ];
      return difference.length === 0
        ? []
        : [{ where: one.where, params: { source, difference: difference.join(', ') } }];
    });
  },
};

/** Figures typed as words: numbers, CVE numbers, versions. Signs that languages set apart differently are left out. */
function figuresOf(words: string): string[] {
  return (words.match(/[A-Z]*\d[\dA-Za-z]*/g) ?? []).sort();
}

/** Tick boxes stand in the same order in every language: a tick that moved is another statement. */
function compareTicks(before: string, after: string): string[] {
  const ticks = (words: string): string =>
    (words.match(/\((?:x|\s)\)|[☐☒☑]/gi) ?? []).map((box) => (/[x☒☑]/i.test(box) ? '(x)' : '( )')).join(' ');
  const [expected, found] = [ticks(before), ticks(after)];
  return expected === found ? [] : [`the tick boxes are ${found || 'missing'} instead of ${expected || 'none'}`];
}

function compare(before: string[], after: string[], show: (name: string) => string): string[] {
  const lacking = without(before, after).map((name) => `${show(name)} is missing`);
  const added = without(after, before).map((name) => `${show(name)} is added`);
  return [...lacking, ...added];
}

/** What is in the first list and not, or not as often, in the second. */
function without(list: string[], other: string[]): string[] {
  const rest = [...other];
  return list.filter((one) => {
    const at = rest.indexOf(one);
    if (at >= 0) rest.splice(at, 1);
    return at < 0;
  });
}
