/** Languages as people write them: codes of two or three letters, SAP's one letter, or names in English, German, Italian and their own. */
import { foldText } from './import-country.ts';

const CODES =
  'ar bg bs ca cs da de el en es et fa fi fr ga he hi hr hu hy id is it ja ka kk ko lb lt lv mk ms mt nb nl nn no pl pt ro ru sk sl sq sr sv th tr uk ur vi zh'.split(
    ' ',
  );

/** SAP language keys (SPRAS) that are one letter. */
const SAP: Record<string, string> = {
  d: 'de',
  e: 'en',
  f: 'fr',
  i: 'it',
  s: 'es',
  n: 'nl',
  p: 'pt',
  l: 'pl',
  j: 'ja',
  r: 'ru',
  t: 'tr',
  v: 'sv',
  k: 'da',
  u: 'fi',
  h: 'hu',
  c: 'cs',
  g: 'el',
  b: 'he',
  '1': 'zh',
  '3': 'ko',
};

const NAMES = new Map<string, string>(Object.entries(SAP));
for (const reader of ['en', 'de', 'it']) {
  const names = new Intl.DisplayNames([reader], { type: 'language' });
  for (const code of CODES) NAMES.set(foldText(names.of(code) ?? code), code);
}
for (const code of CODES) {
  NAMES.set(foldText(new Intl.DisplayNames([code], { type: 'language' }).of(code) ?? code), code);
}
for (const [name, code] of [
  ['flemish', 'nl'],
  ['flamisch', 'nl'],
  ['fiammingo', 'nl'],
  ['mandarin', 'zh'],
  ['castellano', 'es'],
  ['ger', 'de'],
  ['fre', 'fr'],
  ['gr', 'el'],
  ['cz', 'cs'],
  ['dk', 'da'],
  ['se', 'sv'],
] as const) {
  NAMES.set(name, code);
}

/** The BCP 47 tag of a language, region and script kept where written (`pt-BR`); undefined when it is none we know. */
export function readLanguage(text: string): string | undefined {
  const name = NAMES.get(foldText(text));
  if (name !== undefined) return name;
  if (!/^[A-Za-z]{2,3}([-_][A-Za-z0-9]{2,8})*$/.test(text.trim())) return undefined;
  try {
    const [tag = ''] = Intl.getCanonicalLocales(text.trim().replaceAll('_', '-'));
    return CODES.includes(tag.split('-')[0] ?? '') ? tag : undefined;
  } catch {
    return undefined;
  }
}
