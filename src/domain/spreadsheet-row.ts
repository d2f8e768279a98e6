/**
 * What one row of a list says: the cells read by the mapping and the words of its sender. Nothing here knows whether the
 * unit exists; see spreadsheet-judge.ts. Never throws, whatever stands in the cells.
 */
import { type DateOrder, isDay, parseDateText } from './date-text.ts';
import { cleanCell, isBlank } from './import-cells.ts';
import { isRefusal } from './refusal.ts';
import type { SheetMapping, SheetWords } from './spreadsheet-columns.ts';
import type { SheetFinding } from './spreadsheet-findings.ts';
import { foldWord, isMeaning, knownMode, knownStatus, type SheetMeaning } from './spreadsheet-words.ts';

/** How a list is read. */
export interface SheetReading {
  mapping: SheetMapping;
  words: SheetWords;
  dateOrder: DateOrder | undefined;
  /** What a row speaks of that names no mode. */
  noMode: '' | 'all' | 'refuse';
  environments: readonly { code: string; name: string }[];
  header: readonly string[];
  /** Last day that can have been: 'YYYY-MM-DD' where the sender is, when the list came. */
  today: string;
}

/** One thing a row says. */
export interface SheetSaid {
  /** Code of a mode; `all`; '' where the row names none. */
  mode: string;
  meaning: Exclude<SheetMeaning, 'nothing'>;
  /** 'YYYY-MM-DD'; '' where none is given. */
  date: string;
  /** The word itself, as its sender wrote it. */
  word: string;
}

export interface SheetSaying {
  unit: string;
  product: string;
  remark: string;
  person: string;
  said: SheetSaid[];
  findings: SheetFinding[];
}

const LONGEST = 300;
const ROUNDED = /^[+-]?\d[.,]\d+E\+?\d{1,3}$/i;
const FAILED = /^#(REF!|N\/A|NV|VALUE!|WERT!|NAME\?|DIV\/0!|NULL!|NUM!|ZAHL!|BEZUG!|RIF!|VALORE!|NOME\?)$/;

/** One place where a row says whether it is done: one for all modes, or one for each. */
interface Place {
  mode: string;
  status: number | undefined;
  date: number | undefined;
}

/** The places of a mapping: `status`, `status:Dx` …, each with its date. */
export function placesOf(mapping: SheetMapping): Place[] {
  const modes = new Set(
    Object.keys(mapping).flatMap((key) => {
      const match = /^(?:status|date):(.+)$/.exec(key);
      return match?.[1] ? [match[1]] : [];
    }),
  );
  if (modes.size === 0) return [{ mode: '', status: mapping.status, date: mapping.date }];
  return [...modes].map((mode) => ({
    mode,
    status: mapping[`status:${mode}`],
    date: mapping[`date:${mode}`] ?? mapping.date,
  }));
}

/** Prepares the reading of every row of one list. */
export function planSheet(
  reading: SheetReading,
): (row: { cells: readonly string[]; formulas?: readonly number[] | undefined }) => SheetSaying {
  const { mapping } = reading;
  const places = placesOf(mapping);
  const wide = places.some((place) => place.mode !== '');
  const status = statusReader(reading.words);
  const modes = modeReader(reading);
  const used = new Set(Object.values(mapping));

  return ({ cells, formulas }) => {
    const at = (index: number | undefined): string =>
      index === undefined
        ? ''
        : cleanCell(cells[index] ?? '')
            .slice(0, LONGEST)
            .toWellFormed();
    const findings: SheetFinding[] = [];
    const find = (level: SheetFinding['level'], code: string, index: number | undefined, params = {}): void => {
      findings.push({
        level,
        code,
        column: index === undefined ? '' : (reading.header[index] ?? ''),
        value: at(index).slice(0, 120),
        params,
      });
    };
    const saying: SheetSaying = {
      unit: at(mapping.unit),
      product: isBlank(at(mapping.product)) ? '' : at(mapping.product),
      remark: at(mapping.remark),
      person: at(mapping.person),
      said: [],
      findings,
    };
    for (const index of used) if (FAILED.test(at(index))) find('error', 'formula-failed', index);
    for (const index of formulas ?? []) if (used.has(index)) find('warning', 'formula', index);
    const named = wide ? [''] : modes(at(mapping.mode));
    for (const place of places) {
      const said = readPlace(place);
      if (!said) continue;
      if (named === undefined) {
        find('error', 'mode-word', mapping.mode, { modes: reading.environments.map((one) => one.code).join(', ') });
        continue;
      }
      for (const mode of place.mode === '' ? named : [place.mode]) saying.said.push({ ...said, mode });
    }
    if (isBlank(saying.unit)) {
      // A row of sums or remarks below a list names no unit and says nothing.
      saying.said = saying.said.filter((said) => !isBlank(said.word));
      if (saying.said.length > 0) find('error', 'no-serial', mapping.unit);
    } else if (ROUNDED.test(saying.unit)) find('error', 'rounded', mapping.unit);
    return saying;

    function readPlace(place: Place): Omit<SheetSaid, 'mode'> | undefined {
      const word = at(place.status);
      const typed = at(place.date);
      if (place.status !== undefined && FAILED.test(word)) return undefined;
      let meaning = place.status === undefined ? undefined : status(word);
      let day = isBlank(typed) || FAILED.test(typed) ? '' : typed;
      if (meaning === undefined && !isBlank(word) && isDay(word)) {
        // Many write the day where others write *done*.
        meaning = 'done';
        day = word;
      }
      // A day without a word is the day it was done.
      if (isBlank(word) && day !== '') meaning = 'done';
      if (meaning === undefined && isBlank(word)) return undefined;
      if (meaning === undefined) {
        find('error', 'status-word', place.status);
        return undefined;
      }
      if (meaning === 'nothing') return undefined;
      const date = day === '' ? '' : readDay(day, meaning, day === word ? place.status : place.date);
      return date === undefined ? undefined : { meaning, date, word: word || typed };
    }

    function readDay(text: string, meaning: SheetMeaning, index: number | undefined): string | undefined {
      const date = parseDateText(text, { order: reading.dateOrder });
      if (isRefusal(date)) {
        if (date.code === 'date.empty') return '';
        find('error', date.code === 'date.ambiguous' ? 'date-order' : 'date', index, { value: text.slice(0, 40) });
        return undefined;
      }
      // What is not done yet may be planned for a day to come.
      if (date > reading.today && meaning !== 'not-yet' && meaning !== 'help') {
        find('error', 'date-future', index, { date });
        return undefined;
      }
      return date;
    }
  };
}

/** A word for *done or not*: the sender's own meaning, else what everybody means by it. A blank may have one, too. */
export function statusReader(words: SheetWords): (word: string) => SheetMeaning | undefined {
  return (word) => {
    const folded = isBlank(word) ? '' : foldWord(word);
    const own = Object.hasOwn(words.status, folded) ? words.status[folded] : undefined;
    if (own !== undefined && isMeaning(own)) return own;
    return folded === '' ? undefined : knownStatus(folded);
  };
}

/** The modes a cell names; [''] for a blank; undefined where it names something else. */
export function modeReader(
  reading: Pick<SheetReading, 'words' | 'environments'>,
): (text: string) => string[] | undefined {
  const one = (text: string): string | undefined => {
    const folded = foldWord(text);
    const own = Object.hasOwn(reading.words.mode, folded) ? reading.words.mode[folded] : undefined;
    return own ?? knownMode(folded, reading.environments);
  };
  return (text) => {
    if (isBlank(text)) return [''];
    const whole = one(text);
    if (whole !== undefined) return [whole];
    const parts = text.split(/[,;/+&|]|\s(?:and|und|et|e|y|en|och|og|ja|i|a|in|és|și|и|та|και|ir|un|ve|u|agus)\s/iu);
    if (parts.length < 2 || parts.length > 10) return undefined;
    const each = parts.map(one);
    return each.every((mode) => mode !== undefined) ? [...new Set(each)] : undefined;
  };
}
