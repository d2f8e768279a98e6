/** The files of the faces that letters and forms are set in, from npm. */
import { readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { FontFamily } from '../domain/script-fonts.ts';

const PACKAGES: Record<FontFamily, string> = {
  'Noto Sans': 'noto-sans',
  'Noto Sans Arabic': 'noto-sans-arabic',
  'Noto Sans Hebrew': 'noto-sans-hebrew',
  'Noto Sans JP': 'noto-sans-jp',
  'Noto Sans KR': 'noto-sans-kr',
  'Noto Sans SC': 'noto-sans-sc',
  'Noto Sans TC': 'noto-sans-tc',
};
const WEIGHTS = ['400Regular', '700Bold'] as const;

const require = createRequire(import.meta.url);

/** The folders of a family, regular first; each holds one TTF. */
export function fontFolders(family: FontFamily): string[] {
  const root = dirname(require.resolve(`@expo-google-fonts/${PACKAGES[family]}/package.json`));
  return WEIGHTS.map((weight) => join(root, weight));
}

/** The TTF files of a family, regular first. */
export function fontFiles(family: FontFamily): string[] {
  return fontFolders(family).map((folder) => {
    const file = readdirSync(folder).find((name) => name.endsWith('.ttf'));
    if (!file) throw new Error(`No TTF in ${folder}`);
    return join(folder, file);
  });
}
