import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';

/** The project's folder. */
export const root: string = resolve(import.meta.dirname, '../..');

export interface Import {
  /** As written, e.g. '../db/client.ts' or 'kysely'. */
  specifier: string;
  /** Path from the project's folder if it is one of our files. */
  file: string | undefined;
  typeOnly: boolean;
  line: number;
}

/** TypeScript files below a folder, as paths from the project's folder. */
export function listSources(folder: string): string[] {
  const path = join(root, folder);
  if (!existsSync(path)) return [];
  return readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.tsx?$/.test(entry.name))
    .map((entry) => relative(root, join(entry.parentPath, entry.name)).replaceAll('\\', '/'))
    .sort();
}

/** What a file imports, statically or by `import('…')`, read from its text. */
export function listImports(file: string): Import[] {
  const text = readFileSync(join(root, file), 'utf8');
  const pattern =
    /(?:^|\n)\s*(?:import|export)\s+(type\s)?([^'";]*?\sfrom\s+)?['"]([^'"\n]+)['"]|\bimport\(\s*['"]([^'"\n]+)['"]\s*\)/g;
  return [...text.matchAll(pattern)].map((match) => {
    const specifier = match[3] ?? match[4] ?? '';
    const names = /\{([^}]*)\}/
      .exec(match[2] ?? '')?.[1]
      ?.split(',')
      .filter((name) => name.trim() !== '');
    return {
      specifier,
      file: specifier.startsWith('.')
        ? relative(root, resolve(join(root, dirname(file)), specifier)).replaceAll('\\', '/')
        : undefined,
      typeOnly: match[1] !== undefined || (names?.every((name) => /^\s*type\s/.test(name)) ?? false),
      line: text.slice(0, match.index).split('\n').length + (match[0].startsWith('\n') ? 1 : 0),
    };
  });
}

/** True if a file needs another one, directly or through others. */
export function reaches(file: string, goal: string, seen = new Set<string>()): boolean {
  if (file === goal) return true;
  if (seen.has(file) || !existsSync(join(root, file))) return false;
  seen.add(file);
  return listImports(file).some((one) => one.file !== undefined && reaches(one.file, goal, seen));
}
