/** From the headings of a file to the columns of an import: a proposal the operator corrects once and the system then keeps. */
import { type DateOrder, detectDateOrder } from './date-text.ts';
import { IMPORT_COLUMNS, type ImportColumn, type ImportKind } from './import-columns.ts';
import { foldText } from './import-country.ts';
import { isRefusal } from './refusal.ts';
import { parseDeviceIdentifier } from './udi.ts';

/** Column key → index of the file's column. `software:Dx` is the software version of the environment Dx (units only). */
export type ImportMapping = Record<string, number>;

/**
 * A proposed mapping. `confidence` is per column key: 1 the heading is known, 0.7 it may mean something else, 0.5 guessed from a
 * longer heading, 0.4 from the values. `unused` are the file's columns nothing was found for, `missing` the required keys without one.
 * `dateOrder` is what the sample rows say; `ask` and `mixed` mean the operator must choose.
 */
export type MappingProposal = {
  mapping: ImportMapping;
  confidence: Record<string, number>;
  unused: number[];
  missing: string[];
  dateOrder: DateOrder | 'none' | 'ask' | 'mixed';
};

const folded = new Map<string, string>();
/** A heading as headings are compared: letters and digits only, no case, no accents; umlauts written out count as umlauts. */
export function foldHeading(text: string): string {
  const known = folded.get(text);
  if (known !== undefined) return known;
  const value = foldText(text).replaceAll(' ', '').replace(/ae/g, 'a').replace(/oe/g, 'o').replace(/ue/g, 'u');
  // Headings are few; a hostile file's many stay out of memory.
  if (folded.size < 5000) folded.set(text, value);
  return value;
}

/** Every heading any kind of import knows, compared as `readTable` compares when it looks for the heading row. */
export function knownHeadings(kind: ImportKind): string[] {
  return IMPORT_COLUMNS[kind].flatMap((column) => column.headings.map((heading) => heading.replace(/^~/, '')));
}

/** A text that is equal for files with the same headings in the same order: the key under which a mapping is kept. */
export function headerSignature(header: readonly string[]): string {
  return header.map((heading) => foldHeading(heading).slice(0, 60)).join('|');
}

/**
 * Proposes which column of the file is which.
 * @param header the file's headings
 * @param sampleRows a few dozen rows: they settle the order of dates and headings that could mean two things
 * @param options.environments codes of environments whose software columns may occur (units); without them any `Software X` counts
 */
export function proposeMapping(
  kind: ImportKind,
  header: readonly string[],
  sampleRows: readonly (readonly string[])[],
  options: { environments?: readonly string[] } = {},
): MappingProposal {
  return proposeColumns(IMPORT_COLUMNS[kind], header, sampleRows, (heading) => {
    const environment = kind === 'units' ? environmentOf(heading, options.environments) : undefined;
    return environment === undefined ? undefined : { key: `software:${environment}`, score: 0.9 };
  });
}

/**
 * Proposes which column of a file is which, for any table of columns.
 * @param own a key that a heading stands for beside the table's columns, e.g. a column for each mode
 */
export function proposeColumns(
  columns: readonly ImportColumn[],
  header: readonly string[],
  sampleRows: readonly (readonly string[])[],
  own: (heading: string) => { key: string; score: number } | undefined = () => undefined,
): MappingProposal {
  const candidates: { key: string; index: number; score: number; order: number }[] = [];
  for (const [index, heading] of header.entries()) {
    const samples = sampleRows.map((row) => (row[index] ?? '').trim()).filter((cell) => cell !== '');
    const special = own(heading);
    if (special) candidates.push({ ...special, index, order: 0 });
    for (const [order, column] of columns.entries()) {
      const score = scoreHeading(column, heading) - contradiction(column, samples);
      if (score > 0) candidates.push({ key: column.key, index, score, order });
      else if (looksLike(column, samples)) candidates.push({ key: column.key, index, score: 0.4, order });
    }
  }
  candidates.sort((a, b) => b.score - a.score || a.order - b.order || a.index - b.index);
  const mapping: ImportMapping = {};
  const confidence: Record<string, number> = {};
  const taken = new Set<number>();
  for (const { key, index, score } of candidates) {
    if (key in mapping || taken.has(index)) continue;
    mapping[key] = index;
    confidence[key] = Math.round(score * 10) / 10;
    taken.add(index);
  }
  const dates = columns.filter((column) => column.type === 'date' && column.key in mapping);
  const samples = dates.flatMap((column) => sampleRows.map((row) => row[mapping[column.key] ?? -1] ?? ''));
  return {
    mapping,
    confidence,
    unused: header.map((_, index) => index).filter((index) => !taken.has(index)),
    missing: columns.filter((column) => column.required && !(column.key in mapping)).map((column) => column.key),
    dateOrder: detectDateOrder(samples),
  };
}

function scoreHeading(column: ImportColumn, heading: string): number {
  const full = foldHeading(heading);
  if (full === '') return 0;
  const bare = foldHeading(heading.replace(/[([{].*?[)\]}]/g, ' '));
  let best = full === foldHeading(column.label) || full === column.key.toLowerCase() ? 1 : 0;
  for (const [order, known] of column.headings.entries()) {
    const weak = known.startsWith('~');
    const name = foldHeading(known);
    // Earlier headings are the more telling ones: a hair's breadth decides between two columns of one file.
    const rank = order / 10_000;
    if (full === name) best = Math.max(best, (weak ? 0.7 : 1) - rank);
    else if (bare === name) best = Math.max(best, (weak ? 0.6 : 0.9) - rank);
    else if (!weak && name.length >= 5 && full.length <= name.length * 3 && full.includes(name))
      best = Math.max(best, 0.5 - rank);
  }
  return best;
}

/** A column of numbers is hardly a name, and a column of sentences hardly a number: takes half a point from unclear headings. */
function contradiction(column: ImportColumn, samples: string[]): number {
  if (samples.length === 0) return 0;
  const wordy = samples.filter((cell) => /\p{L}{3,}\s+\S/u.test(cell)).length / samples.length;
  if (column.type === 'ref') return wordy > 0.5 ? 0.45 : 0;
  if (column.key === 'name') return samples.every((cell) => /^[A-Z]{0,3}[\d.\-/]+$/.test(cell)) ? 0.45 : 0;
  return 0;
}

/** For columns whose values speak for themselves, whatever the heading says. */
function looksLike(column: ImportColumn, samples: string[]): boolean {
  if (samples.length === 0) return false;
  if (column.type === 'email') return samples.every((cell) => /^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(cell));
  if (column.type !== 'identifiers' && column.type !== 'product') return false;
  return samples.every((cell) => cell.length >= 12 && !isRefusal(parseDeviceIdentifier(cell)));
}

const VERSION_WORDS =
  /^(software|softwareversion|softwarestand|sw|lrm|local|run|manager|firmware|version|versione|versions|release|stand|mode|modus|modo|modalita|betriebsart|environment|umgebung|ambiente|installed|installiert|installata|in|im|of|der|del|per|fur|for|v)$/;

/** `Software Dx` → `Dx`, `LRM version RUO` → `RUO`; undefined when the heading is not about one environment's software. */
function environmentOf(heading: string, environments: readonly string[] | undefined): string | undefined {
  const printed = heading.split(/[^\p{L}\p{N}.+]+/u).filter((word) => word !== '');
  const rest = printed.filter((word) => !VERSION_WORDS.test(foldText(word)));
  if (rest.length === 0 || rest.length === printed.length) return undefined;
  // A lone `mode` or `in` does not make a software column.
  if (
    !printed.some((word) =>
      /^(software|softwareversion|softwarestand|sw|lrm|firmware|version|versione|release)$/.test(foldText(word)),
    )
  )
    return undefined;
  const name = rest.join(' ');
  if (environments) return environments.find((code) => foldText(code) === foldText(name));
  return rest.length === 1 && name.length <= 12 ? name : undefined;
}
