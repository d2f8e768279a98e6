import { type Check, distinctTexts, type Found } from './check.ts';

/** More parties than these are counted, not named. */
const MOST_NAMED = 20;

/** A letter never shows an empty box: every character of a text, a fact or a name is one our faces draw. */
export const glyphsDrawable: Check = {
  rule: 'glyphs-drawable',
  citation: 'House rule: never a box in a letter',
  severity: 'blocking',
  text: 'Our typefaces have no picture for {characters}. {mend}',
  find: ({ document, facts, undrawable }) => {
    if (!undrawable) return [];
    const inText = (text: string): string => undrawable.characters.filter((one) => text.includes(one)).join(' ');
    const write = 'Write it in other characters, or leave it out.';
    const found: Found[] = distinctTexts(document).flatMap(({ source, where }) => {
      const characters = inText(source);
      return characters === '' ? [] : [{ where, params: { characters, mend: write } }];
    });
    for (const [name, value] of [...Object.entries(facts.values), ...Object.entries(facts.groups)]) {
      const characters = inText(JSON.stringify(value));
      if (characters !== '') found.push({ where: `fact ${name}`, params: { characters, mend: write } });
    }
    const { people } = undrawable;
    const mend = 'Its letter cannot be printed: write the name and address in Latin or another known script.';
    for (const { party, characters } of people.slice(0, MOST_NAMED)) {
      found.push({ where: `party ${party}`, params: { characters, mend }, severity: 'reason' });
    }
    const more = people.length - MOST_NAMED;
    if (more > 0) {
      const characters = [...new Set(people.slice(MOST_NAMED).flatMap((one) => one.characters.split(' ')))].join(' ');
      found.push({ where: `parties, ${more} more`, params: { characters, mend }, severity: 'reason' });
    }
    return found;
  },
};
