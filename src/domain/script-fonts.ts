/** Which faces a printed text is set in. One family draws Latin, Greek and Cyrillic; the others follow it by language. */

/** Families that letters and forms are set in; the adapter knows their files. */
export const fontFamilies = [
  'Noto Sans',
  'Noto Sans Arabic',
  'Noto Sans Hebrew',
  'Noto Sans JP',
  'Noto Sans KR',
  'Noto Sans SC',
  'Noto Sans TC',
] as const;
export type FontFamily = (typeof fontFamilies)[number];

const HAN: readonly FontFamily[] = ['Noto Sans JP', 'Noto Sans SC', 'Noto Sans TC', 'Noto Sans KR'];

/**
 * The families of a text in a language, first choice first. Han characters look different in Japan, Korea, China and
 * Taiwan, so the language's own family stands before its sisters; a name from elsewhere still finds its letters.
 */
export function fontsFor(language: string): FontFamily[] {
  const own = hanFamily(language);
  const han = own ? [own, ...HAN.filter((family) => family !== own)] : HAN;
  return ['Noto Sans', 'Noto Sans Arabic', 'Noto Sans Hebrew', ...han];
}

function hanFamily(language: string): FontFamily | undefined {
  const code = language.toLowerCase();
  if (code.startsWith('ja')) return 'Noto Sans JP';
  if (code.startsWith('ko')) return 'Noto Sans KR';
  if (!code.startsWith('zh')) return undefined;
  return /hant|-tw|-hk|-mo/.test(code) ? 'Noto Sans TC' : 'Noto Sans SC';
}
