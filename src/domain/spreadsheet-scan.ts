/** What a list leaves open: words nobody knows, dates that could be two days, rows without a mode. Asked once per sender. */
import { type DateOrder, detectDateOrder, isDay } from './date-text.ts';
import { cleanCell, isBlank } from './import-cells.ts';
import { isWhole, type SheetMapping, type SheetWords } from './spreadsheet-columns.ts';
import { modeReader, placesOf, statusReader } from './spreadsheet-row.ts';
import { foldWord } from './spreadsheet-words.ts';

/** A word that is not known: how it is compared, as it was written, how often, and in which row first. */
export interface AskedWord {
  key: string;
  word: string;
  count: number;
  row: number;
}

/** What a person has to say before a list can be checked. Nothing in it means: nothing. */
export interface SheetAsks {
  /** Which column is which. */
  columns?: boolean;
  status?: AskedWord[];
  mode?: AskedWord[];
  dateOrder?: boolean;
  noMode?: number;
  remedy?: boolean;
}

/** Distinct words that are asked for at most: a column with more is not a column of words. */
export const MOST_WORDS = 60;

/** Takes rows one by one; `asks` is what is open after the last. */
export function scanSheet(reading: {
  mapping: SheetMapping;
  words: SheetWords;
  environments: readonly { code: string; name: string }[];
}): {
  take(row: { number: number; cells: readonly string[] }): void;
  asks(): Pick<SheetAsks, 'columns' | 'status' | 'mode' | 'dateOrder' | 'noMode'>;
  /** The order of its dates, where its own rows decide it. */
  order(): DateOrder | undefined;
} {
  const { mapping } = reading;
  const places = placesOf(mapping);
  const wide = places.some((place) => place.mode !== '');
  const status = statusReader(reading.words);
  const mode = modeReader(reading);
  const words = { status: new Map<string, AskedWord>(), mode: new Map<string, AskedWord>() };
  const dates = new Set<string>();
  let withoutMode = 0;

  const ask = (which: 'status' | 'mode', word: string, row: number): void => {
    const key = isBlank(word) ? '' : foldWord(word);
    const known = words[which].get(key);
    if (known) known.count++;
    else if (words[which].size <= MOST_WORDS) words[which].set(key, { key, word: word.slice(0, 80), count: 1, row });
  };

  return {
    take({ number, cells }) {
      const at = (index: number | undefined): string =>
        index === undefined
          ? ''
          : cleanCell(cells[index] ?? '')
              .slice(0, 300)
              .toWellFormed();
      // Without a digit it is no device: a line of sums, a heading between rows. The check refuses it.
      if (!/\p{N}/u.test(at(mapping.unit))) return;
      for (const place of places) {
        const word = at(place.status);
        const day = at(place.date);
        if (!isBlank(day)) dates.add(day);
        if (place.status === undefined || word.startsWith('#')) continue;
        if (!isBlank(word) && isDay(word) && status(word) === undefined) dates.add(word);
        else if (status(word) === undefined && !(isBlank(word) && !isBlank(day))) ask('status', word, number);
      }
      if (wide) return;
      const named = mode(at(mapping.mode));
      if (named === undefined) ask('mode', at(mapping.mode), number);
      else if (named[0] === '') withoutMode++;
    },
    order() {
      const order = detectDateOrder(dates);
      return order === 'dmy' || order === 'mdy' ? order : undefined;
    },
    asks() {
      if (!isWhole(mapping)) return { columns: true };
      const order = detectDateOrder(dates);
      // Blanks alone say nothing, unless their sender says otherwise: they are shown with the other words, never by themselves.
      const status = [...words.status.values()];
      return {
        ...(status.some((one) => one.key !== '') ? { status } : {}),
        ...(words.mode.size > 0 ? { mode: [...words.mode.values()] } : {}),
        ...(order === 'ask' || order === 'mixed' ? { dateOrder: true } : {}),
        ...(withoutMode > 0 && reading.environments.length > 1 ? { noMode: withoutMode } : {}),
      };
    },
  };
}

/** Whether a person has to say anything. */
export function isOpen(asks: SheetAsks): boolean {
  return Object.keys(asks).length > 0;
}
