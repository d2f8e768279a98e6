/** Which characters the faces of letters and forms draw. Runs inside a worker thread. */
import { openSync } from 'fontkit';
import { type FontFamily, fontFamilies } from '../domain/script-fonts.ts';
import { fontFiles } from './typst-fonts.ts';

/** Smallest first: the large ones are read only for a text that needs them. */
const drawn: { family: FontFamily; characters?: Set<number> }[] = fontFamilies.map((family) => ({ family }));

/** Signs without a picture: controls, joiners, marks of direction, variation selectors, soft hyphens, blanks. */
const WITHOUT_PICTURE = /\p{C}|\p{Z}|\p{Variation_Selector}/u;

/** The characters of a text that no face draws, each once. */
export function undrawable(text: string): string[] {
  return [...new Set(text)].filter((character) => {
    if (WITHOUT_PICTURE.test(character)) return false;
    const code = character.codePointAt(0) ?? 0;
    return !drawn.some((face) => charactersOf(face).has(code));
  });
}

function charactersOf(face: (typeof drawn)[number]): Set<number> {
  if (!face.characters) {
    const [regular = ''] = fontFiles(face.family);
    const font = openSync(regular);
    face.characters = new Set('characterSet' in font ? font.characterSet : []);
  }
  return face.characters;
}
